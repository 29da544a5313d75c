-- Change records that cannot be read: nothing is dropped. raw is the record's value in base64.

CREATE TABLE IF NOT EXISTS iceberg.bronze.cdc_dlq (
  _topic           STRING,
  _kafka_partition INT,
  _offset          BIGINT,
  _key             STRING,
  raw              STRING,
  encoding         STRING,
  reason           STRING,
  _ingest_ts       TIMESTAMP
)
USING iceberg
COMMENT 'Change records that could not be decoded'
TBLPROPERTIES (
  'format-version' = '2',
  'write.distribution-mode' = 'none',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);
