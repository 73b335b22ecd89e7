# shellcheck shell=bash disable=SC2154
# What bench/launch and bench/native share: an agent to start and stop, waiting for responses, medians. To be sourced after
# build/machine.sh, with app, work and agent_command set. agent_pid is the running agent's.

agent_pid=''

start_agent() {
  "${agent_command[@]}" run --proxy "127.0.0.1:$1" --api "127.0.0.1:$2" --state-dir "$work/state" \
    "file:$work/store" bench "$app" >>"$work/agent.log" 2>&1 &
  agent_pid=$!
}

stop_agent() {
  if [ -n "$agent_pid" ]; then
    kill "$agent_pid" 2>/dev/null || true
    wait "$agent_pid" 2>/dev/null || true
    agent_pid=''
  fi
}

exec 4<> <(:) # nobody writes to it: reading from it with a time-out is a pause that starts no program
pause() { read -r -t 0.005 -u 4 || true; }

# Asks every 5 ms until HOST PORT returns 200 for /up, without starting a program for it: await_answer HOST PORT
await_answer() {
  local line until=$((EPOCHSECONDS + 60))
  while [ "$EPOCHSECONDS" -lt "$until" ]; do
    if { exec 3<>"/dev/tcp/$1/$2"; } 2>/dev/null; then
      printf 'GET /up HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n' >&3
      IFS= read -r -u 3 line || line=''
      exec 3>&-
      case $line in "HTTP/1.1 200"*) return ;; esac
    fi
    pause
  done
  cat "$work/agent.log" >&2
  fail "no response from $1:$2 within a minute"
}

milliseconds() { awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.0f\n", (to - from) * 1000 }'; }

median() { sort -n "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }

free_port() {
  local port
  for port in $(shuf -i 20000-29999 -n 100); do
    if ! { exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null; then
      echo "$port"
      return
    fi
    exec 3>&-
  done
}

launch_answer() { # posts a hash to /$1 and keeps the response out of the way of the clock
  curl --silent --show-error --fail-with-body --max-time 60 -H "Authorization: Bearer $(cat "$work/state/api-token")" \
    --data "$2" "http://127.0.0.1:$api_port/$1" >"$work/response" || fail "$1: $(cat "$work/response")"
}

