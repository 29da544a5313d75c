# shellcheck shell=sh
# The Pulumi CLI, its Node language host and the provider plugins: downloaded where releases
# can be reached, else built from Go modules and npm packages.

own_pulumi=$CACHE/pulumi/$PULUMI_VERSION/bin
PLUGINS_HOME=${PULUMI_HOME:-$HOME/.pulumi}/plugins
# A company's mirror of Pulumi's releases may stand here.
RELEASES=${LAKEHOUSE_PULUMI_RELEASES:-https://get.pulumi.com/releases}

setup_pulumi() {
  trap 'if [ -e "$CACHE/go" ]; then end_go_container; fi' EXIT
  setup_cli
  setup_plugin docker "$PLUGIN_DOCKER_VERSION"
  setup_plugin minio "$PLUGIN_MINIO_VERSION"
  setup_plugin postgresql "$PLUGIN_POSTGRESQL_VERSION"
  if [ -e "$CACHE/go" ]; then end_go_container; fi
  trap - EXIT
  drop_go_caches
}

# use_pulumi: puts the CLI first on PATH if it is there; a good one of the user's comes first.
use_pulumi() {
  if users_pulumi; then return 0; fi
  [ -x "$own_pulumi/pulumi" ] && [ -x "$own_pulumi/pulumi-language-nodejs" ] &&
    [ -x "$own_pulumi/pulumi-resource-pulumi-nodejs" ] || return 1
  case :$PATH: in
    *:"$own_pulumi":*) ;;
    *) PATH=$own_pulumi:$PATH ;;
  esac
  export PATH
}

# Whether the user has a CLI of their own that is new enough.
users_pulumi() {
  have pulumi && have pulumi-language-nodejs || return 1
  case $(command -v pulumi) in
    "$own_pulumi"/*) return 1 ;;
  esac
  users_version=$(pulumi version 2>/dev/null)
  version_at_least "${users_version#v}" "$PULUMI_VERSION"
}

setup_cli() {
  use_pulumi && return 0
  if releases_answer; then
    step "Pulumi CLI $PULUMI_VERSION" download_cli || exit 1
  else
    step "Node language host, built (about 40 s)" go_build language-nodejs pulumi-language-nodejs \
      github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs \
      "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$PULUMI_LANGUAGE_NODEJS_VERSION" || exit 1
    step "Pulumi CLI $PULUMI_VERSION, built (about 170 s)" go_build pulumi pulumi \
      github.com/pulumi/pulumi/pkg/v3/cmd/pulumi \
      "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$PULUMI_VERSION" || exit 1
    mkdir -p "$own_pulumi"
    cp "$ROOT/node_modules/@pulumi/pulumi/pulumi-resource-pulumi-nodejs" "$own_pulumi/"
    mv -f "$CACHE/go/bin/pulumi-language-nodejs" "$own_pulumi/"
    mv -f "$CACHE/go/bin/pulumi" "$own_pulumi/"
  fi
  use_pulumi || die "the Pulumi CLI in $own_pulumi is not complete" "remove that folder and run this again"
}

download_cli() {
  case $(uname -m) in
    x86_64) cli_arch=x64 ;;
    *) cli_arch=arm64 ;;
  esac
  cli_os=$(uname -s | tr '[:upper:]' '[:lower:]')
  cli_staging=$CACHE/pulumi/.download.$$
  rm -rf "$cli_staging"
  mkdir -p "$cli_staging" "$own_pulumi"
  downloaded=0
  { download "$RELEASES/sdk/pulumi-v$PULUMI_VERSION-$cli_os-$cli_arch.tar.gz" "$cli_staging/pulumi.tar.gz" &&
    tar -xzf "$cli_staging/pulumi.tar.gz" -C "$cli_staging" &&
    mv -f "$cli_staging"/pulumi/* "$own_pulumi/"; } || downloaded=$?
  rm -rf "$cli_staging"
  return "$downloaded"
}

# Behind a company's proxy only the host's own certificate store knows the authority.
download() { NODE_USE_ENV_PROXY=1 node --use-system-ca "$ROOT/toolchain/download.ts" "$@"; }

# Asked at most once a run, and only when something is missing.
releases_answer() {
  if [ -z "${releases_known:-}" ]; then
    releases_known=no
    download --probe "$RELEASES/sdk/pulumi-v$PULUMI_VERSION-linux-x64.tar.gz" \
      >/dev/null 2>&1 && releases_known=yes
    [ "$releases_known" = yes ] || say "  --  Pulumi's releases cannot be reached: building from Go modules instead"
  fi
  [ "$releases_known" = yes ]
}

# setup_plugin NAME VERSION
setup_plugin() {
  plugin_dir=$PLUGINS_HOME/resource-$1-v$2
  plugin=$plugin_dir/pulumi-resource-$1
  plugin_here=$ROOT/toolchain/plugins/$1/pulumi-resource-$1
  if [ -x "$plugin" ]; then
    # A plugin that is linked must follow this checkout and this Node.
    if [ -e "$plugin_here" ] && grep -q '^# lakehouse: link' "$plugin" 2>/dev/null; then link_plugin; fi
    return 0
  fi
  if releases_answer; then
    if [ -n "${LAKEHOUSE_PULUMI_RELEASES:-}" ]; then
      step "plugin $1 $2" pulumi plugin install resource "$1" "$2" --server "$RELEASES/plugins" || exit 1
    else
      step "plugin $1 $2" pulumi plugin install resource "$1" "$2" || exit 1
    fi
  elif [ -e "$plugin_here" ]; then
    link_plugin
    say "  ok  plugin $1 $2, linked from this checkout"
  elif [ -e "$ROOT/toolchain/go/plugin-$1" ]; then
    step "plugin $1 $2, built (about 100 s)" go_build "plugin-$1" "pulumi-resource-$1" . "-X main.version=$2" || exit 1
    mkdir -p "$plugin_dir"
    mv -f "$CACHE/go/bin/pulumi-resource-$1" "$plugin"
  else
    die "the plugin $1 $2 is on no registry" "allow access to $RELEASES once, then run this again"
  fi
}

# A Node plugin stays where its packages are: what Pulumi starts is a script that leads there.
link_plugin() {
  link=$(
    cat <<EOF
#!/bin/sh
# lakehouse: link
PATH=$(dirname "$(command -v node)"):\$PATH
export PATH
[ -x "$plugin_here" ] || { echo "$plugin_here is gone: run ./lakehouse setup" >&2; exit 1; }
exec "$plugin_here" "\$@"
EOF
  )
  [ -e "$plugin" ] && [ "$(cat "$plugin")" = "$link" ] && return 0
  mkdir -p "$plugin_dir"
  printf '%s\n' "$link" >"$plugin.$$"
  chmod 755 "$plugin.$$"
  mv -f "$plugin.$$" "$plugin"
}

# go_build MODULE OUTPUT PACKAGE LDFLAGS: builds into <cache>/go/bin, with caches that are dropped afterwards.
go_build() {
  mkdir -p "$CACHE/go/mod" "$CACHE/go/build" "$CACHE/go/bin"
  if good_go; then
    (cd "$ROOT/toolchain/go/$1" &&
      env CGO_ENABLED=0 GOWORK=off GOFLAGS='-mod=readonly -modcacherw -buildvcs=false' \
        GOMODCACHE="$CACHE/go/mod" GOCACHE="$CACHE/go/build" \
        go build -trimpath -tags no_compose -ldflags "-s -w $4" -o "$CACHE/go/bin/$2" "$3")
  else
    go_build_in_container "$@"
  fi
}

# The modules ask for Go 1.25; an older one could not even read some of their requirements.
good_go() {
  have go || return 1
  go_version=$(cd / && GOTOOLCHAIN=local go env GOVERSION 2>/dev/null)
  version_at_least "${go_version#go}" 1.25.8
}

# Debian's Go is older than the modules ask for, but it fetches the right one from the module proxy.
# One container serves all builds; the process number tells those of two setups apart.
go_build_in_container() {
  go_container || return 1
  docker exec -w "/src/$1" "$go_container" sh -euc '
    built=0
    go build -trimpath -tags no_compose -ldflags "-s -w $3" -o "/go/bin/$1" "$2" || built=$?
    chown -R "$4" /go
    exit "$built"' sh "$2" "$3" "$4" "$(id -u):$(id -g)"
}

go_container() {
  go_container=lakehouse-go-$$
  docker exec "$go_container" go version 2>/dev/null && return 0
  docker rm -f "$go_container" >/dev/null 2>&1
  docker run -d --rm --init --network host --name "$go_container" \
    -v "$ROOT/toolchain/go:/src:ro" -v "$CACHE/go:/go" \
    -v "$(certificates):/usr/local/share/ca-certificates:ro" \
    -e CGO_ENABLED=0 -e GOWORK=off -e GOFLAGS='-mod=readonly -modcacherw -buildvcs=false' -e GOTOOLCHAIN=auto \
    -e GOMODCACHE=/go/mod -e GOCACHE=/go/build -e DEBIAN_FRONTEND=noninteractive \
    -e GOPROXY -e GOSUMDB -e GONOSUMDB \
    -e http_proxy -e https_proxy -e no_proxy -e HTTP_PROXY -e HTTPS_PROXY -e NO_PROXY \
    "$BASE_IMAGE" sleep 7200 &&
    docker exec "$go_container" sh -euc '
      apt-get update -qq
      apt-get install -y -qq --no-install-recommends golang-go ca-certificates
      update-ca-certificates'
}

end_go_container() { docker rm -f "lakehouse-go-$$" >/dev/null 2>&1 || true; }

# The folder with the certificate authorities that this host trusts beside the usual ones.
certificates() {
  if [ -d /usr/local/share/ca-certificates ]; then
    echo /usr/local/share/ca-certificates
  else
    mkdir -p "$CACHE/certificates"
    echo "$CACHE/certificates"
  fi
}

# Gigabytes that only a change of versions would need again. Deleting their many files takes a
# minute that nobody has to wait for.
drop_go_caches() {
  [ -n "${LAKEHOUSE_KEEP_GO_CACHE:-}" ] && return 0
  [ ! -e "$CACHE/go" ] || mv "$CACHE/go" "$CACHE/.dropped.$$"
  for dropped in "$CACHE"/.dropped.*; do
    [ ! -e "$dropped" ] || nohup rm -rf "$dropped" >/dev/null 2>&1 &
  done
}
