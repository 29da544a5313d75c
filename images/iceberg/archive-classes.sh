#!/bin/sh
# Makes the class-data archive that lets the server start fast: it runs once over a catalog in memory,
# answers the calls that open a table, and writes the classes that it has loaded as it is stopped.
set -eu
archive=/opt/iceberg/cds/server.jsa

CATALOG_REST_PORT=8181 CATALOG_WAREHOUSE=s3://warehouse CATALOG_CLIENT_REGION=us-east-1 \
CATALOG_CATALOG__IMPL=org.apache.iceberg.inmemory.InMemoryCatalog \
  java -Xmx256m -XX:ArchiveClassesAtExit="$archive" @/opt/iceberg/bin/jvm.options @/opt/iceberg/bin/classpath.options \
  org.apache.iceberg.rest.RESTCatalogServer &
server=$!

call() {
  curl --silent --fail --output /dev/null --header 'Content-Type: application/json' "$@"
}
tries=0
until call http://127.0.0.1:8181/v1/config; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || { echo "The server does not answer." >&2; exit 1; }
  sleep 1
done
call --data '{"namespace":["n"]}' http://127.0.0.1:8181/v1/namespaces
call --data '{"name":"t","schema":{"type":"struct","schema-id":0,"fields":[{"id":1,"name":"a","type":"long","required":false}]}}' \
  http://127.0.0.1:8181/v1/namespaces/n/tables
call http://127.0.0.1:8181/v1/namespaces/n/tables/t

kill -TERM "$server"
wait "$server" || true
test -s "$archive"
