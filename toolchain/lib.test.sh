#!/bin/sh
# Tests of the setup that need neither network nor engine.
# shellcheck source=toolchain/testing.sh disable=SC2034,SC2016
. "$(dirname -- "$0")/testing.sh"
trap 'rm -rf "$WORK"' EXIT

it "the same version is enough" version_at_least 22.18.0 22.18.0
it "a later patch is enough" version_at_least 22.18.1 22.18.0
it "a later major is enough though its minor is smaller" version_at_least 24.1.0 22.18.0
it "numbers are compared as numbers" version_at_least 3.100.0 3.99.9
it "an earlier minor is not enough" not version_at_least 22.17.9 22.18.0
it "an earlier major is not enough" not version_at_least 20.20.2 22.18.0
it "no version at all is not enough" not version_at_least "" 22.18.0

it "a step shows its title and its time" says "ok  quick (" step quick true
it "a failed step shows the end of its log" says "the reason" step broken sh -c 'echo the reason; exit 3'
failed_code() { code=0; step broken sh -c 'exit 3' || code=$?; [ "$code" -eq 3 ]; }
it "a failed step keeps the exit code" failed_code
logged() { step "a title" echo kept && grep -q kept "$LOGS"/*-a-title.log; }
it "a step keeps its output in a log" logged

tree() {
  sh -c 'sleep 300 & sleep 301 & wait' &
  top=$!
  sleep 0.3
  below=$(children "$top")
  [ "$(echo "$below" | wc -w)" -eq 2 ] || return 1
  end_tree "$top"
  sleep 0.3
  for pid in $top $below; do
    # A process that has ended but was not waited for yet is a zombie.
    case $(sed 's/(.*)/-/' "/proc/$pid/stat" 2>/dev/null | cut -d' ' -f3) in '' | Z) ;; *) return 1 ;; esac
  done
}
if [ -d /proc/self ]; then it "ending a step ends all it started" tree; else skip "ending a step ends all it started: needs /proc"; fi

passphrase() {
  setup_backend
  [ -s "$CACHE/passphrase" ] && [ "$(find "$CACHE/passphrase" -perm 600)" = "$CACHE/passphrase" ] || return 1
  first=$(cat "$CACHE/passphrase")
  setup_backend
  [ "$first" = "$(cat "$CACHE/passphrase")" ] && [ "$PULUMI_BACKEND_URL" = "file://$CACHE/state" ]
}
it "a passphrase is generated once, for its owner's eyes" passphrase
own_backend() {
  PULUMI_BACKEND_URL=s3://mine
  PULUMI_CONFIG_PASSPHRASE=''
  setup_backend
  [ "$PULUMI_BACKEND_URL" = s3://mine ] && [ -z "${PULUMI_CONFIG_PASSPHRASE_FILE:-}" ]
}
it "a backend and a passphrase of the user's are respected, an empty one too" own_backend
login() {
  mkdir -p "$HOME/.pulumi"
  echo '{ "current": "https://example.test" }' >"$HOME/.pulumi/credentials.json"
  setup_backend
  [ -z "${PULUMI_BACKEND_URL:-}" ]
}
it "a login of the user's is respected" login

stub() {
  mkdir -p "$WORK/bin"
  printf '#!/bin/sh\necho %s\n' "$2" >"$WORK/bin/$1"
  chmod +x "$WORK/bin/$1"
  PATH=$WORK/bin:$PATH
}
new_cli() {
  stub pulumi v99.0.0
  stub pulumi-language-nodejs ""
  use_pulumi && [ "$(command -v pulumi)" = "$WORK/bin/pulumi" ]
}
it "a newer CLI of the user's is respected" new_cli
old_cli() {
  stub pulumi v3.0.0
  stub pulumi-language-nodejs ""
  not users_pulumi
}
it "an older CLI of the user's is not used" old_cli

linked() {
  ROOT=$WORK/checkout
  mkdir -p "$ROOT/toolchain/plugins/postgresql"
  stub node ""
  printf '#!/bin/sh\necho "started with $1"\n' >"$ROOT/toolchain/plugins/postgresql/pulumi-resource-postgresql"
  chmod +x "$ROOT/toolchain/plugins/postgresql/pulumi-resource-postgresql"
  releases_known=no
  setup_plugin postgresql 1.2.3
  says "started with 7" "$PLUGINS_HOME/resource-postgresql-v1.2.3/pulumi-resource-postgresql" 7 || return 1
  mv "$ROOT" "$WORK/moved"
  ROOT=$WORK/moved
  says "run ./lakehouse setup" "$PLUGINS_HOME/resource-postgresql-v1.2.3/pulumi-resource-postgresql" 7 || return 1
  setup_plugin postgresql 1.2.3
  says "started with 8" "$PLUGINS_HOME/resource-postgresql-v1.2.3/pulumi-resource-postgresql" 8
}
it "a plugin of the checkout is linked, and linked anew when the checkout moves" linked

it "an unknown command is refused with the list of commands" says "unknown command 'nonsense'" "$ROOT/lakehouse" nonsense
it "a bare machine's status says what to do" says "run ./lakehouse up" \
  env -i HOME="$HOME" LAKEHOUSE_CACHE="$WORK/none" PATH=/usr/bin:/bin PULUMI_HOME="$WORK/none" "$ROOT/lakehouse" status
