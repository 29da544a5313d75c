# shellcheck shell=sh
# Where Pulumi keeps its state, and the passphrase that encrypts the secrets in it.

# use_backend: respects what the user has; otherwise a local folder and a passphrase generated once.
use_backend() {
  if [ -z "${PULUMI_BACKEND_URL:-}" ] && ! logged_in; then
    PULUMI_BACKEND_URL=file://$CACHE/state
    export PULUMI_BACKEND_URL
  fi
  if [ -z "${PULUMI_CONFIG_PASSPHRASE+set}" ] && [ -z "${PULUMI_CONFIG_PASSPHRASE_FILE:-}" ]; then
    PULUMI_CONFIG_PASSPHRASE_FILE=$CACHE/passphrase
    export PULUMI_CONFIG_PASSPHRASE_FILE
  fi
}

logged_in() {
  grep -q '"current": *"[^"]' "${PULUMI_HOME:-$HOME/.pulumi}/credentials.json" 2>/dev/null
}

setup_backend() {
  use_backend
  if [ "$PULUMI_BACKEND_URL" = "file://$CACHE/state" ] && [ ! -d "$CACHE/state" ]; then
    mkdir -p "$CACHE/state"
    chmod 700 "$CACHE/state"
  fi
  if [ "${PULUMI_CONFIG_PASSPHRASE_FILE:-}" = "$CACHE/passphrase" ] && [ ! -s "$CACHE/passphrase" ]; then
    (umask 077 && head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$CACHE/passphrase")
  fi
}
