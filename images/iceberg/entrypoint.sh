#!/bin/sh
# Starts the catalog server once it knows everything that it needs.
set -eu

missing=""
for name in CATALOG_URI CATALOG_JDBC_USER CATALOG_JDBC_PASSWORD CATALOG_WAREHOUSE \
  CATALOG_S3_ENDPOINT CATALOG_S3_ACCESS__KEY__ID CATALOG_S3_SECRET__ACCESS__KEY; do
  eval "value=\${$name:-}"
  [ -n "$value" ] || missing="$missing $name"
done
if [ -n "$missing" ]; then
  echo "iceberg: set these environment variables:$missing" >&2
  exit 64
fi

# Names become catalog properties: CATALOG_ is cut off, __ reads -, _ reads a dot, all in lower case.
export CATALOG_CATALOG_NAME="${CATALOG_CATALOG_NAME:-iceberg}"
export CATALOG_CATALOG__IMPL=org.apache.iceberg.jdbc.JdbcCatalog
export CATALOG_JDBC_SCHEMA__VERSION=V1
export CATALOG_IO__IMPL=org.apache.iceberg.aws.s3.S3FileIO
export CATALOG_S3_PATH__STYLE__ACCESS="${CATALOG_S3_PATH__STYLE__ACCESS:-true}"
export CATALOG_CLIENT_REGION="${CATALOG_CLIENT_REGION:-us-east-1}"
export CATALOG_CLIENTS="${CATALOG_CLIENTS:-4}"

exec java -Xmx"$ICEBERG_HEAP" -XX:SharedArchiveFile=/opt/iceberg/cds/server.jsa \
  @/opt/iceberg/bin/jvm.options @/opt/iceberg/bin/classpath.options \
  org.apache.iceberg.rest.RESTCatalogServer
