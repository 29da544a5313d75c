# shellcheck shell=sh
# What every part of the setup uses: messages, progress, privileges, the cache home.

CACHE=${LAKEHOUSE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lakehouse}
LOGS=$CACHE/logs

say() { printf '%s\n' "$*" >&2; }

# die MESSAGE [HINT...]: one line what is wrong, further lines what to do.
die() {
  say "lakehouse: $1"
  shift
  for hint; do say "  $hint"; done
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

seconds() { date +%s; }

# step TITLE COMMAND...: runs a long command with a progress line; its output goes to a log file.
step() {
  step_title=$1
  shift
  mkdir -p "$LOGS"
  step_log=$LOGS/$(date +%Y%m%d-%H%M%S)-$(printf '%s' "$step_title" | tr -cs 'A-Za-z0-9.' '-').log
  step_start=$(seconds)
  # The log says by itself what ran; "&" keeps this shell free to show the time.
  { "$@"; } >"$step_log" 2>&1 &
  step_pid=$!
  # A background job of a script ignores ^C, so it is ended from here, with all it started.
  trap 'end_tree "$step_pid"; say ""; exit 130' INT TERM
  [ -t 2 ] || say "  ... $step_title"
  step_shown=$step_start
  while kill -0 "$step_pid" 2>/dev/null; do
    sleep 0.2
    step_now=$(seconds)
    if [ -t 2 ]; then
      printf '\r  ... %s %ss ' "$step_title" "$((step_now - step_start))" >&2
    elif [ $((step_now - step_shown)) -ge 30 ]; then
      step_shown=$step_now
      say "  ... $step_title $((step_now - step_start))s"
    fi
  done
  step_code=0
  wait "$step_pid" || step_code=$?
  trap - INT TERM
  [ -t 2 ] && printf '\r\033[K' >&2
  step_took=$(($(seconds) - step_start))
  if [ "$step_code" -ne 0 ]; then
    say "  FAILED $step_title (${step_took}s); the end of $step_log:"
    tail -n 20 "$step_log" | sed 's/^/    /' >&2
    return "$step_code"
  fi
  say "  ok  $step_title (${step_took}s)"
}

# end_tree PID: ends a process and its descendants.
end_tree() {
  for end_child in $(children "$1"); do end_tree "$end_child"; done
  kill "$1" 2>/dev/null || true
}

# children PID: a bare system has no ps, but then it has /proc.
children() {
  if have ps; then
    ps -A -o pid= -o ppid=
  else
    cat /proc/[0-9]*/stat 2>/dev/null | sed 's/(.*)/-/' | awk '{ print $1, $4 }'
  fi | awk -v parent="$1" '$2 == parent { print $1 }'
}

# bounded SECONDS COMMAND...: ends a command that takes longer, where `timeout` exists.
bounded() {
  if have timeout; then
    timeout "$@"
  else
    shift
    "$@"
  fi
}

# version_at_least HAVE WANTED: compares dotted numbers.
version_at_least() {
  printf '%s\n%s\n' "$2" "$1" | awk -F. '
    NR == 1 { for (i = 1; i <= 3; i++) wanted[i] = $i + 0 }
    NR == 2 {
      for (i = 1; i <= 3; i++) if ($i + 0 != wanted[i]) exit ($i + 0 > wanted[i] ? 0 : 1)
      exit 0
    }'
}

# debian: whether this is Debian, Ubuntu or another system with apt.
debian() { [ -e /etc/debian_version ] && have apt-get; }

# as_root COMMAND...: as root, by sudo where needed.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    die "this needs root: $*" "run ./lakehouse as root, or install sudo"
  fi
}

# ask_root: asks for sudo's password before a progress line hides the question.
ask_root() {
  [ "$(id -u)" -eq 0 ] && return
  have sudo || die "installing packages needs root" "run ./lakehouse as root, or install sudo"
  sudo -v || die "installing packages needs root" "run ./lakehouse as root, or as a user who may sudo"
}

# apt_install PACKAGE...: from the system's own archives.
apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# checksum FILE: changes when the file does.
checksum() { cksum <"$1"; }
