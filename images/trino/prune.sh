#!/bin/sh
# Leaves in Trino's folder $1 what the platform's catalogs use. Each part that goes was seen not to be loaded:
# the connectors stand beside each other in class loaders of their own and load object stores on demand.
set -eu
cd "$1"

# The access rules' plugin stands on the libraries of a plugin that stands on the same ones.
mv plugin/session-property-managers plugin/lakehouse-access
rm plugin/lakehouse-access/*trino-session-property-managers-*.jar

for plugin in plugin/*; do
  case ${plugin#plugin/} in
    # geospatial is needed by postgresql.
    clickhouse | delta-lake | geospatial | iceberg | kafka | lakehouse-access | postgresql) ;;
    *) rm -r "$plugin" ;;
  esac
done

# The process launcher (java is started directly) and secrets from key stores (they come by environment).
rm -r bin secrets-plugin
# Hadoop's file systems: the catalogs set fs.native-s3.enabled, never fs.hadoop.enabled.
rm -r plugin/*/hdfs
# Snowflake's catalog, and the local store of Alluxio's cache.
rm plugin/*/net.snowflake_snowflake-jdbc-*.jar plugin/*/org.rocksdb_rocksdbjni-*.jar
# Native code for other operating systems.
find plugin lib -name '*-osx-*.jar' -delete -o -name '*-windows-*.jar' -delete
