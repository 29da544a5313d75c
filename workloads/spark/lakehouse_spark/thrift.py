"""The JDBC/ODBC endpoint (HiveServer2 protocol) on the driver's own session."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

PORT = 10000
_LISTEN = "0A"


def start(spark: SparkSession) -> None:
    """Starts the Thrift server inside the driver's JVM; it stops with the JVM."""
    server = spark._jvm.org.apache.spark.sql.hive.thriftserver.HiveThriftServer2  # noqa: SLF001
    server.startWithSparkSession(spark._jsparkSession, False)  # noqa: SLF001


def listening(port: int = PORT, tables: tuple[str, ...] = ("/proc/net/tcp", "/proc/net/tcp6")) -> bool:
    """Whether something listens on the port, seen without opening a session that the server would log as broken."""
    wanted = f"{port:04X}"
    for table in tables:
        path = Path(table)
        if not path.exists():
            continue
        for line in path.read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN and fields[1].rsplit(":", 1)[1] == wanted:
                return True
    return False
