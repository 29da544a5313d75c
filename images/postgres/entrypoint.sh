#!/bin/bash
# Makes the cluster on an empty volume, else gives the superuser the password of the environment; starts PostgreSQL.
set -euo pipefail

: "${POSTGRES_PASSWORD:?POSTGRES_PASSWORD, the password of the superuser postgres, must be set}"
if [[ $POSTGRES_PASSWORD == *$'\n'* ]]; then
  echo "POSTGRES_PASSWORD must not contain a line break." >&2
  exit 1
fi

readonly volume=/var/lib/postgresql/data
readonly unfinished=$volume/.initdb
if [[ ! -w $volume ]]; then
  echo "The volume at $volume must be writable by uid $(id -u)." >&2
  exit 1
fi

if [[ -s $PGDATA/PG_VERSION ]]; then
  # Single-user mode: nobody can connect before the password holds.
  quoted=${POSTGRES_PASSWORD//\'/\'\'}
  postgres --single -D "$PGDATA" -c config_file=/etc/postgresql/postgresql.conf \
    -c log_min_messages=fatal -c log_min_error_statement=panic postgres >/dev/null \
    <<<"ALTER ROLE postgres PASSWORD '$quoted';"
else
  # Under a name of its own until it is complete, so that a start that was cut off is made anew.
  rm -rf "$unfinished"
  initdb --pgdata="$unfinished" --username=postgres --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
    --auth-local=peer --auth-host=scram-sha-256 --encoding=UTF8 --data-checksums \
    --locale=C.UTF-8 --locale-provider=builtin --builtin-locale=C.UTF-8
  mv "$unfinished" "$PGDATA"
fi
unset POSTGRES_PASSWORD quoted

exec postgres -D "$PGDATA" -c config_file=/etc/postgresql/postgresql.conf "$@"
