#!/bin/sh
# Starts a dockerd of its own (own data, socket, pid file and network namespace) the way setup does where
# there is no service manager, kills it, and starts it again.

# A dockerd without a bridge removes docker0, which an engine that runs beside it needs: give it a network of its own.
if [ -z "${OWN_NETWORK:-}" ] && command -v unshare >/dev/null && unshare --net true 2>/dev/null; then
  OWN_NETWORK=1 exec unshare --net sh "$0" "$@"
fi
# shellcheck source=toolchain/testing.sh
. "$(dirname -- "$0")/testing.sh"

if [ -z "${OWN_NETWORK:-}" ] || ! have dockerd || ! have docker; then
  skip "the engine starts: needs root, unshare and dockerd"
  exit 0
fi

ENGINE_RUN=$WORK/run
# shellcheck disable=SC2034
ENGINE_ARGS="--data-root $WORK/data --exec-root $ENGINE_RUN/docker --pidfile $ENGINE_RUN/docker.pid
  --host unix://$WORK/docker.sock --bridge none --iptables=false --ip6tables=false --storage-driver vfs"
DOCKER_HOST=unix://$WORK/docker.sock
export DOCKER_HOST
mkdir -p "$ENGINE_RUN"

# end_engine SIGNAL: sends it to our daemon and its containerd, and waits until both are gone.
end_engine() {
  for file in docker.pid docker/containerd/containerd.pid; do
    # The files have no newline at their end.
    pid=$(cat "$ENGINE_RUN/$file" 2>/dev/null) || continue
    case $(cat "/proc/$pid/comm" 2>/dev/null) in dockerd | containerd) ;; *) continue ;; esac
    kill "$1" "$pid" 2>/dev/null
    tries=0
    while [ -e "/proc/$pid" ] && [ "$tries" -lt 100 ]; do
      tries=$((tries + 1))
      sleep 0.2
    done
  done
}
finish() {
  end_engine -TERM
  # dockerd mounts its data folder onto itself.
  umount "$WORK/data" 2>/dev/null
  rm -rf "$WORK"
}
trap finish EXIT

running() { start_engine && engine_answers; }
it "the engine starts" running
end_engine -KILL
it "a killed engine leaves its pid file" test -e "$ENGINE_RUN/docker.pid"
# The test's own shell stands for a process that has got the number since.
echo $$ >"$ENGINE_RUN/docker.pid"
echo $$ >"$ENGINE_RUN/docker/containerd/containerd.pid"
it "a pid file whose number another process has is removed" says "removing $ENGINE_RUN/docker.pid" \
  clear_stale_pid "$ENGINE_RUN/docker.pid" dockerd
echo $$ >"$ENGINE_RUN/docker.pid"
it "the engine starts again in spite of stale pid files" running
live_pid() { clear_stale_pid "$ENGINE_RUN/docker.pid" dockerd && [ -e "$ENGINE_RUN/docker.pid" ]; }
it "the pid file of a running engine stays" live_pid
