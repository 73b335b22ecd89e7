# shellcheck shell=bash disable=SC2034
# What deploy/demo, deploy/verify and bench/launch need from the machine: packages, a JDK, a Docker Engine. To be sourced.
# Works on Debian 12 or later, as root. What is there already is used as it is.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Java passes on words and names of files in the encoding of the locale.
export LANG=${LANG:-C.UTF-8}
bold='' dim='' green='' red='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
fi

say() { printf '%s\n' "$*"; }
fact() { printf '  %-14s %s\n' "$1" "$2"; }
fail() { # says why in red and ends
  printf '%s%s: %s%s\n' "$red" "$(basename "$0")" "$*" "$plain" >&2
  exit 1
}

since() { # prints the seconds since $1, a value of EPOCHREALTIME
  awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", to - from }'
}

step() { # step "what" command...: runs it silently and prints how long it took; when it fails, says why and keeps its output
  local what=$1 began=$EPOCHREALTIME output
  shift
  output=$(mktemp "${TMPDIR:-/tmp}/$(basename "$0").XXXXXX")
  if ! "$@" >"$output" 2>&1; then
    fail "$what failed: $(reason "$output"); all that it said is in $output"
  fi
  rm -f "$output"
  fact "$what" "$(since "$began")"
}

# The line of a failed command's output that says why, without colours: reason FILE. The first pattern that a line matches
# wins: what a tool could not get, then a test that failed, then what looks like an error; else it is the last line.
reason() {
  local line='' pattern
  for pattern in 'No space left|Could not transfer|Non-resolvable|Could not resolve|Unknown host|cannot be had' \
    '<<< (FAILURE|ERROR)!' 'COMPILATION ERROR|^\[ERROR\] .*\.java' '^\[ERROR\] Failed to execute' '^(E|Error|ERROR|fatal)\b' \
    'rror:|annot |ould not|efused|denied|not found|nable to|failed'; do
    line=$(sed -e 's/\x1b\[[0-9;]*m//g' "$1" | grep -E -e "$pattern" | sed -n 1p || true)
    [ -z "$line" ] || break
  done
  [ -n "$line" ] || line=$(sed -e 's/\x1b\[[0-9;]*m//g' "$1" | grep -v '^ *$' | tail -n 1 || true)
  line=${line#"[ERROR] "}
  printf '%s' "${line:-it said nothing}" | cut -c 1-400
}

# Installs packages for the commands that are missing: needs COMMAND=PACKAGE...
needs() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

install_packages() {
  [ "$(id -u)" -eq 0 ] || fail "must run as root to install: $*"
  command -v apt-get >/dev/null || fail "needs these packages, and there is no apt-get to install them: $*"
  step "installing" apt_install "$@"
  fact "" "$*"
}

lists_are_fresh=no
apt_install() {
  [ "$lists_are_fresh" = yes ] || apt-get update -q || return
  lists_are_fresh=yes
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

# A C compiler that can link statically.
needs_compiler() {
  needs cc=gcc
  echo 'int main(void) { return 0; }' | cc -static -x c -o /dev/null - 2>/dev/null || install_packages libc6-dev
}

# A JDK 25 and a Maven, as ./mvnw looks for them.
needs_build_tools() {
  needs curl=curl
  if ! "$root/mvnw" --version >/dev/null 2>&1; then
    command -v mvn >/dev/null || install_packages maven
    "$root/mvnw" --version >/dev/null 2>&1 || install_jdk
    "$root/mvnw" --version >/dev/null || fail "the build does not start; see above"
  fi
}

install_jdk() {
  local words began=$EPOCHREALTIME
  [ -s /etc/ssl/certs/ca-certificates.crt ] || install_packages ca-certificates
  # The one that native images are built with, rather than the distribution's newest.
  if words=$("$root/build/native-builder/steps/find-jdk" 2>&1 >/dev/null); then
    fact "JDK" "Debian's, fetched into the cache, $(since "$began")"
    return
  fi
  [ "$lists_are_fresh" = yes ] || apt-get update -q >/dev/null || true
  [ -n "$(apt-cache madison openjdk-25-jdk-headless)" ] \
    || fail "no JDK 25 here, and apt has none: install one below /usr/lib/jvm or set JAVA_HOME (${words##*native-builder: })"
  install_packages openjdk-25-jdk-headless
}

java_command() { # prints the java of the JDK that ./mvnw uses
  "$root/mvnw" --version | awk -F 'runtime: ' 'NF > 1 && !found++ { print $2 "/bin/java" }'
}

# ---- the Docker Engine ----

engine_pid='' # of the engine that this script has started, if it has
engine_unit=''

needs_engine() {
  local ran_before=no
  if engine_answers; then ran_before=yes; fi
  needs dockerd=docker.io iptables=iptables ip=iproute2
  # Debian 13 has the command in a package of its own.
  command -v docker >/dev/null || install_packages docker-cli
  if [ "$ran_before" = yes ]; then
    fact "Docker Engine" "$(docker version --format '{{.Server.Version}}'), running already"
    return
  fi
  start_engine
  fact "Docker Engine" "$(docker version --format '{{.Server.Version}}'), started, stopped again at the end"
}

engine_answers() { curl --silent --fail --output /dev/null --unix-socket /var/run/docker.sock http://docker/_ping; }

start_engine() {
  if [ -d /run/systemd/system ]; then
    engine_unit=docker.service
    systemctl start "$engine_unit"
  else
    engine_log=$(mktemp)
    # In a session of its own, so that Ctrl-C reaches it only when this script has cleaned up.
    setsid dockerd >"$engine_log" 2>&1 &
    engine_pid=$!
  fi
  for _ in $(seq 300); do
    if engine_answers; then return; fi
    if [ -n "$engine_pid" ] && ! kill -0 "$engine_pid" 2>/dev/null; then break; fi
    sleep 0.1
  done
  [ -n "$engine_pid" ] || fail "the Docker Engine does not start; see: journalctl -u $engine_unit"
  fail "the Docker Engine does not start: $(grep 'failed to start' "$engine_log" | tail -n 1 | cut -c 1-400); all that it said is in $engine_log"
}

stop_engine() { # only the one that this script has started
  if [ -n "$engine_unit" ]; then
    systemctl stop docker.socket "$engine_unit"
  elif [ -n "$engine_pid" ]; then
    kill "$engine_pid" 2>/dev/null || true
    wait "$engine_pid" 2>/dev/null || true
    rm -f "$engine_log"
  fi
  engine_unit='' engine_pid=''
}

# ---- the agent and its application ----

# Builds the agent and sets agent_command to the words that start it: build_agent [jvm|native|any|PATH]. "any" is the native
# binary if it is there and newer than its sources, or can be built in a few minutes since a GraalVM is at hand; else the
# JVM's build. A path is that of a program that is built: quarkus-run.jar or a native binary.
build_agent() {
  local wanted=${1:-any}
  case $wanted in
    */*.jar)
      agent_command=("$(java_command)" -jar "$wanted")
      fact "agent" "on the JVM: $("${agent_command[@]}" --version)"
      return
      ;;
    */*)
      agent_command=("$wanted")
      fact "agent" "native: $("${agent_command[@]}" --version)"
      return
      ;;
  esac
  if [ "$wanted" != jvm ] && { binary_is_up_to_date || [ "$wanted" = native ] || graalvm_is_at_hand; }; then
    if ! binary_is_up_to_date; then
      say "  building the native binary, which takes some minutes"
      step "building" "$root/mvnw" -B -q package -Dnative -DskipTests -DskipITs
    fi
    agent_command=("$root/target/wunderproxy")
    fact "agent" "native: $("${agent_command[@]}" --version)"
    return
  fi
  step "building" "$root/mvnw" -B -q package -DskipTests -DskipITs
  agent_command=("$(java_command)" -jar "$root/target/quarkus-app/quarkus-run.jar")
  fact "agent" "on the JVM: $("${agent_command[@]}" --version)"
}

binary_is_up_to_date() {
  [ -x "$root/target/wunderproxy" ] \
    && [ -z "$(find "$root/src/main" "$root/pom.xml" -newer "$root/target/wunderproxy" -print -quit)" ]
}

graalvm_is_at_hand() {
  [ -n "${GRAALVM_HOME:-}" ] || command -v native-image >/dev/null || "$root/build/native-builder/build" --cached >/dev/null 2>&1
}

# Builds the sample application's image, FROM scratch: build_image NAME REVISION DIRECTORY
build_image() {
  cc -std=gnu17 -O2 -static -pthread -s -o "$3/webapp" "$root/build/webapp/webapp.c"
  DOCKER_BUILDKIT=0 docker build --quiet --label "revision=$2" --tag "$1" \
    --file "$root/build/webapp/Dockerfile" "$3"
}

# Writes a launch configuration into a directory store and prints its hash:
# put_configuration STORE IMAGE REVISION [KEY=VALUE]
put_configuration() {
  local file
  file=$(mktemp "$1/.configuration.XXXXXX")
  cat >"$file" <<END
{
  "ContainerConfig": {
    "Image": "$2",
    "Env": ["REVISION=$3", "${4:-DEMO=yes}"],
    "ExposedPorts": {"9292/tcp": {}}
  },
  "HostConfig": {},
  "HealthCheckPath": "up",
  "Revision": "$3",
  "ForceReload": false
}
END
  local hash
  hash=$(md5sum <"$file")
  mv "$file" "$1/container.${hash%% *}.json"
  printf '%s\n' "${hash%% *}"
}

# Waits until a file has a line that matches and prints what follows the match: await_line FILE TEXT PID
await_line() {
  local line
  for _ in $(seq 600); do
    line=$(sed -n "s/.*$2//p" "$1" | tail -n 1)
    if [ -n "$line" ]; then
      printf '%s\n' "$line"
      return
    fi
    kill -0 "$3" 2>/dev/null || break
    sleep 0.1
  done
  cat "$1" >&2
  fail "the agent does not start; its log is above"
}

# Containers and images of an application: remove_application APP
remove_application() {
  docker ps --all --quiet --filter "label=io.wunderproxy.app=$1" | xargs --no-run-if-empty docker rm --force >/dev/null 2>&1 \
    || true # the agent may be removing it, too
  docker images --format '{{.Repository}}:{{.Tag}}' | grep -F "/$1:" | xargs --no-run-if-empty docker rmi --force >/dev/null \
    || true
}
