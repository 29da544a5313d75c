# shellcheck shell=sh disable=SC2034
# What the shell tests share: `ok - …`, `not ok - …` and `skip - …` lines, a work folder, the parts under test.

HERE=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
ROOT=$(dirname "$HERE")
WORK=$(mktemp -d)
export LAKEHOUSE_CACHE="$WORK/cache"
export HOME="$WORK/home"
mkdir -p "$HOME"
unset PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE PULUMI_CONFIG_PASSPHRASE_FILE PULUMI_HOME
for part in versions lib node engine pulumi backend; do
  # shellcheck source=/dev/null
  . "$HERE/$part.sh"
done
mkdir -p "$LOGS"

# it TITLE COMMAND...: the command must succeed.
it() {
  title=$1
  shift
  if ("$@") >"$WORK/said" 2>&1; then
    echo "ok - $title"
  else
    echo "not ok - $title"
    sed 's/^/    /' "$WORK/said"
  fi
}

skip() { echo "skip - $1"; }

not() { ! "$@"; }

# says TEXT COMMAND...: the command's output must hold the text.
says() {
  wanted=$1
  shift
  said=$("$@" 2>&1) || true
  case $said in
    *"$wanted"*) return 0 ;;
  esac
  printf 'wanted: %s\ngot: %s\n' "$wanted" "$said"
  return 1
}
