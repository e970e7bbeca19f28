# shellcheck shell=bash
# What `up` and `down` share; sourced, never run.
#
# A server belongs to a state folder. It is ours to end only if its pid file is in that folder and the process carries
# the folder in its environment, so that a pid that was given to somebody else meanwhile is left alone. Everything
# listens on loopback only.

# shellcheck disable=SC2034 # the scripts that source this one read it
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
HOST=127.0.0.1

die() { echo "tests/servers: $*" >&2; exit 1; }

# open_state DIR: makes the state folder, for its owner only (it holds tokens), and goes there.
open_state() {
  umask 077
  mkdir -p "$1"
  STATE=$(cd "$1" && pwd)
  cd "$STATE" || die "$STATE cannot be entered"
}

# ours NAME: whether the process of NAME runs and was started from this state folder.
ours() {
  local pid
  # No pipe: grep ends at the first match, and what then still writes into the pipe fails.
  [ -s "$1.pid" ] && pid=$(<"$1.pid") && grep --null-data -qxF "BSMTOP_SERVERS=$STATE" "/proc/$pid/environ" 2>/dev/null
}

# port NAME: the port that NAME has in this state folder: PORT_NAME of the environment, the one it had before, or a free
# one. Below the kernel's own range for outgoing connections, so that none of those takes it between here and the start.
port() {
  local wish="PORT_${1^^}" tries
  wish=${wish//-/_}
  if [ -n "${!wish:-}" ]; then
    echo "${!wish}" >"$1.port"
  elif [ ! -s "$1.port" ]; then
    for tries in {1..200}; do
      local candidate=$((15000 + (RANDOM * 32768 + RANDOM) % 15000))
      (: <"/dev/tcp/$HOST/$candidate") 2>/dev/null && continue
      echo "$candidate" >"$1.port"
      break
    done
    [ -s "$1.port" ] || die "no free port was found in $tries tries"
  fi
  cat "$1.port"
}

# launch NAME COMMAND...: starts COMMAND in a session of its own, unless it runs already.
launch() {
  local name=$1
  shift
  ours "$name" && return
  if (: <"/dev/tcp/$HOST/$(port "$name")") 2>/dev/null; then
    die "port $(port "$name") is taken by somebody else; set PORT_NAME to another one"
  fi
  BSMTOP_SERVERS=$STATE setsid "$@" >"$name.log" 2>&1 </dev/null &
  echo $! >"$name.pid"
}

# await NAME SECONDS COMMAND...: until COMMAND succeeds, as long as the process of NAME lives.
await() {
  local name=$1 end=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    sleep 0.2
    ours "$name" || die "$name ended at its start: $(tail -n 3 "$name.log")"
    [ "$SECONDS" -lt "$end" ] || die "$name is not ready (waiting for: $*): $(tail -n 3 "$name.log")"
  done
}

# finish NAME: ends NAME with all that it started, and waits until it is gone.
finish() {
  local pid try
  if ours "$1"; then
    pid=$(<"$1.pid")
    kill -TERM -- "-$pid" 2>/dev/null || true
    for try in {1..100}; do
      ours "$1" || break
      [ "$try" -lt 100 ] || kill -KILL -- "-$pid" 2>/dev/null || true
      sleep 0.1
    done
    sleep 0.1
    ! ours "$1" || die "$1 ($pid) is still running"
  fi
  rm -f "$1.pid"
}

http() { curl --silent --show-error --fail --noproxy '*' --max-time 20 "$@"; }
