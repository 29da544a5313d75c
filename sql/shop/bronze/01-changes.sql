-- Every change of the source tables as it came, appended and never changed. Timestamps stay the ISO-8601 text that
-- the connector sends. _op: c(reate) u(pdate) d(elete) r(ead in a snapshot); _source: cdc or jdbc. Rows that the JDBC
-- loader adds have no _schema_id, _kafka_partition and _offset. A column added at the source is added here by the stream.

CREATE NAMESPACE IF NOT EXISTS iceberg.bronze;

CREATE TABLE IF NOT EXISTS iceberg.bronze.users (
  id               BIGINT,
  email            STRING,
  full_name        STRING,
  country          STRING,
  signup_at        STRING,
  updated_at       STRING,
  _op              STRING,
  _lsn             BIGINT,
  _source          STRING,
  _commit_ts       TIMESTAMP,
  _ingest_ts       TIMESTAMP,
  _schema_id       INT,
  _kafka_partition INT,
  _offset          BIGINT
)
USING iceberg
COMMENT 'Changes of public.users, as they came'
TBLPROPERTIES (
  'format-version' = '2',
  'write.distribution-mode' = 'none',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);

CREATE TABLE IF NOT EXISTS iceberg.bronze.items (
  id               BIGINT,
  name             STRING,
  category         STRING,
  price            DECIMAL(10, 2),
  inventory        INT,
  created_at       STRING,
  updated_at       STRING,
  _op              STRING,
  _lsn             BIGINT,
  _source          STRING,
  _commit_ts       TIMESTAMP,
  _ingest_ts       TIMESTAMP,
  _schema_id       INT,
  _kafka_partition INT,
  _offset          BIGINT
)
USING iceberg
COMMENT 'Changes of public.items, as they came'
TBLPROPERTIES (
  'format-version' = '2',
  'write.distribution-mode' = 'none',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);

CREATE TABLE IF NOT EXISTS iceberg.bronze.purchases (
  id               BIGINT,
  user_id          BIGINT,
  item_id          BIGINT,
  quantity         INT,
  purchase_price   DECIMAL(10, 2),
  channel          STRING,
  purchased_at     STRING,
  updated_at       STRING,
  _op              STRING,
  _lsn             BIGINT,
  _source          STRING,
  _commit_ts       TIMESTAMP,
  _ingest_ts       TIMESTAMP,
  _schema_id       INT,
  _kafka_partition INT,
  _offset          BIGINT
)
USING iceberg
COMMENT 'Changes of public.purchases, as they came'
TBLPROPERTIES (
  'format-version' = '2',
  'write.distribution-mode' = 'none',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);
