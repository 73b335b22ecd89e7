# shellcheck shell=sh disable=SC2034
# Messages, pins and fetching, sourced by every script here. Messages go to stderr, as stdout is for results.

# The tests of the fetching have pins of their own.
# shellcheck source=build/native-builder/pins.sh
. "${NATIVE_BUILDER_PINS:-${here:?}/pins.sh}"

say() { echo "native-builder: $*" >&2; }

die() {
  say "$*"
  exit 1
}

# unavailable WHAT: ends with the exit code that means "a part cannot be had here", as opposed to "something broke".
unavailable_code=3
unavailable() {
  say "$*"
  exit $unavailable_code
}

# step DESCRIPTION COMMAND...: runs the command, its output on stderr, and says how long it took.
step() {
  description=$1
  shift
  step_started=$(date +%s)
  say "$description ..."
  "$@" >&2 || return
  say "$description: $(($(date +%s) - step_started)) s"
}

is_installed() { [ "$(dpkg-query -W -f '${Status}' "$1" 2> /dev/null)" = 'install ok installed' ]; }

# install PACKAGE...: installs Debian packages, as root.
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" > /dev/null; }

# The Debian archives that this machine's apt uses, without a slash at the end.
archives() { apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' | sed -n 's/^Debian //p' | sed 's,/*$,,' | sort -u; }

# Where the archives are is known once apt has read its lists.
need_archives() { [ -n "$(archives)" ] || [ "$(id -u)" != 0 ] || apt-get update -qq >&2 || true; }

# fetch URL FILE SHA256: by apt's own means, so that its proxies and certificates hold. One try; on failure one line.
fetch() {
  if ! timeout "$fetch_limit" /usr/lib/apt/apt-helper -o Acquire::Retries=0 -o Acquire::http::Timeout=20 \
    -o Acquire::https::Timeout=20 download-file "$1" "$2.part" "SHA256:$3" > "$2.log" 2>&1; then
    words=$(sed -n 's/^E: *//p; s/^Err:[0-9]* *//p' "$2.log" | grep -v '^Download Failed' | tail -n 1 | cut -c 1-200)
    say "not at $1: ${words:-no answer within $fetch_limit s}"
    rm -f "$2.part" "$2.log"
    return 1
  fi
  rm -f "$2.log"
  mv "$2.part" "$2"
}

# fetch_from_pool NAME FILE SHA256: a file of the pool, from whichever archive has it, whatever the index says.
fetch_from_pool() {
  tried=no
  for archive in $(archives); do
    case $archive in *security*) continue ;; esac # its files come into the main archive with the next point release
    tried=yes
    # A plus sign is a blank to some servers.
    if fetch "$archive/$openjdk_pool/$(echo "$1" | sed 's/+/%2b/g')" "$2" "$3"; then return; fi
  done
  [ $tried = yes ] || say "apt uses no archive of Debian that could have $1"
  return 1
}
