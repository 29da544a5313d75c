"""The one Spark session: catalogs, object storage, scheduling and limits for a small machine."""

from __future__ import annotations

import logging
from pathlib import Path

from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from lakehouse_spark.settings import Settings

log = logging.getLogger(__name__)

CATALOG = "iceberg"

_POOLS = """<?xml version="1.0"?>
<allocations>
  <pool name="streams"><schedulingMode>FAIR</schedulingMode><weight>4</weight><minShare>1</minShare></pool>
  <pool name="jobs"><schedulingMode>FAIR</schedulingMode><weight>2</weight><minShare>0</minShare></pool>
  <pool name="default"><schedulingMode>FAIR</schedulingMode><weight>1</weight><minShare>0</minShare></pool>
</allocations>
"""

# Serial collector and no second compiler: on two cores their threads cost more than they give.
# The Avro limits stop a corrupt length field from asking for gigabytes.
JVM_OPTIONS = " ".join(
    [
        "-XX:+UseSerialGC",
        "-XX:+UseContainerSupport",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:MaxMetaspaceSize=512m",
        "-XX:ReservedCodeCacheSize=192m",
        "-Dorg.apache.avro.limits.bytes.maxLength=67108864",
        "-Dorg.apache.avro.limits.string.maxLength=67108864",
        "-Dorg.apache.avro.limits.collectionItems.maxLength=1000000",
    ]
)


def common_conf() -> dict[str, str]:
    """Settings that hold for the service and for the tests alike."""
    return {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
        ",io.delta.sql.DeltaSparkSessionExtension",
        f"spark.sql.catalog.{CATALOG}": "org.apache.iceberg.spark.SparkCatalog",
        # Readers see every commit at once, whoever made it.
        f"spark.sql.catalog.{CATALOG}.cache-enabled": "false",
        # Manifests never change, and every batch reads those of its tables.
        f"spark.sql.catalog.{CATALOG}.io.manifest.cache-enabled": "true",
        f"spark.sql.catalog.{CATALOG}.io.manifest.cache.max-total-bytes": str(32 * 1024 * 1024),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
        "spark.scheduler.mode": "FAIR",
        "spark.locality.wait": "0",
        "spark.driver.maxResultSize": "256m",
        # Listing many date folders must not become a distributed job on each trigger.
        "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",
        "spark.sql.files.openCostInBytes": "131072",
        "spark.sql.execution.pythonUDF.arrow.enabled": "false",
        "spark.sql.streaming.numRecentProgressUpdates": "10",
        "spark.sql.streaming.minBatchesToRetain": "20",
        "spark.sql.streaming.metricsEnabled": "false",
        "spark.sql.streaming.stopTimeout": "30s",
        # A description of each plan is made for the UI, also when nobody looks: the short one.
        "spark.sql.ui.explainMode": "simple",
        "spark.sql.debug.maxToStringFields": "8",
        "spark.sql.maxPlanStringLength": "4000",
        "spark.ui.retainedJobs": "100",
        "spark.ui.retainedStages": "100",
        "spark.ui.retainedTasks": "1000",
        "spark.sql.ui.retainedExecutions": "20",
        "spark.streaming.ui.retainedBatches": "20",
        "spark.sql.streaming.ui.retainedQueries": "10",
        "spark.sql.streaming.ui.retainedProgressUpdates": "20",
        "spark.sql.thriftserver.ui.retainedSessions": "20",
        "spark.sql.thriftserver.ui.retainedStatements": "50",
        "spark.redaction.regex": "(?i)secret|password|token|access[.-]?key|credential",
        "spark.sql.redaction.options.regex": "(?i)url|secret|password|token|access[.-]?key",
    }


def _storage_conf(s: Settings) -> dict[str, str]:
    bucket = s.warehouse.split("://", 1)[-1].strip("/").split("/")[0]
    catalog = f"spark.sql.catalog.{CATALOG}"
    return {
        f"{catalog}.type": "rest",
        f"{catalog}.uri": s.iceberg_rest_uri,
        f"{catalog}.warehouse": s.warehouse,
        f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{catalog}.s3.endpoint": s.s3_endpoint,
        f"{catalog}.s3.path-style-access": "true",
        f"{catalog}.s3.access-key-id": s.s3_access_key,
        f"{catalog}.s3.secret-access-key": s.s3_secret_key,
        f"{catalog}.client.region": s.s3_region,
        "spark.hadoop.fs.s3a.endpoint": s.s3_endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": s.s3_region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": str(s.s3_endpoint.startswith("https")).lower(),
        "spark.hadoop.fs.s3a.access.key": s.s3_access_key,
        "spark.hadoop.fs.s3a.secret.key": s.s3_secret_key,
        "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        "spark.hadoop.fs.s3a.threads.max": "8",
        "spark.hadoop.fs.s3a.input.stream.type": "classic",
        # Delta on an S3 store; the session catalog is Delta's, its metastore is in PostgreSQL.
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.warehouse.dir": f"s3a://{bucket}/spark-catalog",
        "spark.sql.catalogImplementation": "hive",
        "spark.hadoop.javax.jdo.option.ConnectionDriverName": "org.postgresql.Driver",
        "spark.hadoop.javax.jdo.option.ConnectionURL": s.hive_metastore.url,
        "spark.hadoop.javax.jdo.option.ConnectionUserName": s.hive_metastore.user,
        "spark.hadoop.javax.jdo.option.ConnectionPassword": s.hive_metastore.password,
        # DataNucleus makes the metastore's tables on the first start.
        "spark.hadoop.datanucleus.schema.autoCreateAll": "true",
        "spark.hadoop.hive.metastore.schema.verification": "false",
        "spark.hadoop.datanucleus.connectionPool.maxPoolSize": "3",
    }


def _service_conf(s: Settings) -> dict[str, str]:
    return {
        "spark.app.name": "lakehouse",
        "spark.master": s.master,
        "spark.ui.port": "4040",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(s.state_dir / "tmp"),
        "spark.sql.thriftServer.incrementalCollect": "true",
        "spark.hadoop.hive.server2.thrift.port": "10000",
        "spark.hadoop.hive.server2.thrift.bind.host": "0.0.0.0",
        "spark.hadoop.hive.server2.thrift.min.worker.threads": "2",
        "spark.hadoop.hive.server2.thrift.max.worker.threads": "50",
    }


def build_session(s: Settings) -> SparkSession:
    """Starts the JVM and the session.

    Credentials are set inside the process: an option of the launch command would show them in the process list.
    """
    pools = s.state_dir / "fair-scheduler.xml"
    for folder in ("tmp", "checkpoints"):
        (s.state_dir / folder).mkdir(parents=True, exist_ok=True)
    pools.write_text(_POOLS)

    launch = SparkConf(loadDefaults=False)
    launch.set("spark.driver.memory", s.driver_memory)
    launch.set("spark.driver.extraJavaOptions", f"{JVM_OPTIONS} {s.jvm_options}".strip())
    gateway = launch_gateway(launch)

    conf = SparkConf(loadDefaults=True, _jvm=gateway.jvm)
    conf.setAll(list((common_conf() | _storage_conf(s) | _service_conf(s)).items()))
    conf.set("spark.scheduler.allocation.file", Path(pools).as_uri())
    context = SparkContext(gateway=gateway, conf=conf)
    context.setLogLevel("WARN")
    return SparkSession(context)
