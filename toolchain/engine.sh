# shellcheck shell=sh
# The Docker engine and the base image.

# Where dockerd keeps its pid files; tests point it elsewhere.
ENGINE_RUN=${LAKEHOUSE_ENGINE_RUN:-/var/run}
# More arguments for a dockerd that is started from here.
ENGINE_ARGS=${LAKEHOUSE_DOCKERD_ARGS:-}

engine_answers() { have docker && bounded 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

setup_engine() {
  engine_answers && return 0
  if have docker && [ -n "${DOCKER_HOST:-}" ]; then
    die "the Docker engine at DOCKER_HOST=$DOCKER_HOST does not answer" "start it, or unset DOCKER_HOST"
  fi
  if ! have docker || ! have dockerd; then
    debian || die "no Docker engine answers" \
      "install and start Docker (https://docs.docker.com/engine/install), then run this again"
    ask_root
    step "Docker engine from the system's packages" install_engine || exit 1
    engine_answers && return 0
  fi
  if [ "$(id -u)" -ne 0 ] && ! have sudo; then
    die "no Docker engine answers $(id -un)" "start Docker and let this user use it (group docker), or run this as root"
  fi
  if as_root docker version >/dev/null 2>&1; then
    die "the Docker engine runs, but $(id -un) may not use it" \
      "sudo usermod -aG docker $(id -un), then log in again (or run newgrp docker)"
  fi
  ask_root
  if [ -d /run/systemd/system ] && [ -z "$ENGINE_ARGS" ]; then
    step "Docker engine" as_root systemctl start docker || exit 1
  else
    step "Docker engine" start_engine || exit 1
  fi
  engine_answers || die "the Docker engine was started, but $(id -un) may not use it" \
    "sudo usermod -aG docker $(id -un), then log in again (or run newgrp docker)"
}

install_engine() {
  # Newer releases ship the client on its own.
  client=
  if apt-cache show docker-cli >/dev/null 2>&1; then client=docker-cli; fi
  # Without systemd nothing may have mounted the control groups.
  groups=$([ -d /run/systemd/system ] || grep -q ' cgroup2\{0,1\} ' /proc/mounts || echo cgroupfs-mount)
  # shellcheck disable=SC2086
  apt_install docker.io iptables $client $groups
  [ -z "$groups" ] || as_root cgroupfs-mount
}

# Starts dockerd where no service manager does; it lives on when this script ends.
start_engine() {
  clear_stale_pid "$ENGINE_RUN/docker.pid" dockerd
  clear_stale_pid "$ENGINE_RUN/docker/containerd/containerd.pid" containerd
  engine_log=$LOGS/dockerd.log
  : >>"$engine_log"
  # shellcheck disable=SC2086,SC2016
  as_root sh -c 'log=$1; shift; nohup setsid dockerd "$@" >>"$log" 2>&1 </dev/null &' sh "$engine_log" $ENGINE_ARGS
  waited=0
  until as_root docker version >/dev/null 2>&1; do
    waited=$((waited + 1))
    if [ "$waited" -gt 120 ]; then
      echo "dockerd did not answer within a minute; the end of $engine_log:"
      tail -n 20 "$engine_log"
      return 1
    fi
    sleep 0.5
  done
}

# A killed daemon leaves its pid file, and another process may have that number by now.
clear_stale_pid() {
  [ -e "$1" ] || return 0
  stale_pid=$(as_root cat "$1" 2>/dev/null)
  if [ -n "$stale_pid" ] && [ "$(cat "/proc/$stale_pid/comm" 2>/dev/null)" = "$2" ]; then return 0; fi
  echo "removing $1: $2 (${stale_pid:-no pid}) does not run"
  as_root rm -f "$1"
}

# The one image that is not built from here: pulled where that works, else made from Debian's packages.
setup_base_image() {
  docker image inspect "$BASE_IMAGE" >/dev/null 2>&1 && return 0
  # A registry that cannot be reached shows itself at once or not at all.
  if step "base image $BASE_IMAGE: pull" bounded 20 docker pull "$BASE_IMAGE" 2>/dev/null; then return 0; fi
  debian || die "$BASE_IMAGE cannot be pulled" "see whether 'docker pull $BASE_IMAGE' works from this machine"
  if ! have mmdebstrap; then
    ask_root
    step "mmdebstrap from the system's packages" apt_install mmdebstrap debian-archive-keyring || exit 1
  fi
  ask_root
  step "base image $BASE_IMAGE from Debian's packages" make_base_image || exit 1
}

make_base_image() {
  archive=$CACHE/.base-image.$$.tar
  made=0
  { as_root mmdebstrap --variant=minbase "$BASE_SUITE" "$archive" &&
    docker import --change 'CMD ["bash"]' "$archive" "$BASE_IMAGE"; } || made=$?
  as_root rm -f "$archive"
  return "$made"
}
