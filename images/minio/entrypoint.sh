#!/bin/sh
# Starts MinIO on /data. Without the root account it would start with a well-known password, so that is refused.
set -eu
: "${MINIO_ROOT_USER:?MINIO_ROOT_USER, the name of the root account, must be set}"
: "${MINIO_ROOT_PASSWORD:?MINIO_ROOT_PASSWORD, of eight characters or more, must be set}"
if [ ! -w /data ]; then
  echo "The volume at /data must be writable by uid $(id -u)." >&2
  exit 1
fi
exec minio server --quiet --address :9000 --console-address :9001 "$@" /data
