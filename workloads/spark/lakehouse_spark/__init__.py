"""The lakehouse's long-lived Spark driver: SQL endpoint, supervised streams and jobs in one session."""
