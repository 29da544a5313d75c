-- Current state of the source tables, merged from the changes in order of (_lsn, _offset): a newer change wins, an equal
-- or older one is ignored, a delete removes the row. Rows written by the JDBC loader have _offset -1, so that a change
-- with the snapshot's own LSN still wins. Merge-on-read keeps a batch's cost at its own size; shop/maintain compacts.

CREATE NAMESPACE IF NOT EXISTS iceberg.silver;

CREATE TABLE IF NOT EXISTS iceberg.silver.users (
  id         BIGINT,
  email      STRING,
  full_name  STRING,
  country    STRING,
  signup_at  TIMESTAMP,
  updated_at TIMESTAMP,
  _lsn       BIGINT,
  _offset    BIGINT,
  _commit_ts TIMESTAMP,
  _ingest_ts TIMESTAMP
)
USING iceberg
COMMENT 'Current state of public.users'
TBLPROPERTIES (
  'format-version' = '2',
  'write.merge.mode' = 'merge-on-read',
  'write.update.mode' = 'merge-on-read',
  'write.delete.mode' = 'merge-on-read',
  'write.distribution-mode' = 'none',
  'write.merge.distribution-mode' = 'none',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);

CREATE TABLE IF NOT EXISTS iceberg.silver.items (
  id         BIGINT,
  name       STRING,
  category   STRING,
  price      DECIMAL(10, 2),
  inventory  INT,
  created_at TIMESTAMP,
  updated_at TIMESTAMP,
  _lsn       BIGINT,
  _offset    BIGINT,
  _commit_ts TIMESTAMP,
  _ingest_ts TIMESTAMP
)
USING iceberg
COMMENT 'Current state of public.items'
TBLPROPERTIES (
  'format-version' = '2',
  'write.merge.mode' = 'merge-on-read',
  'write.update.mode' = 'merge-on-read',
  'write.delete.mode' = 'merge-on-read',
  'write.distribution-mode' = 'none',
  'write.merge.distribution-mode' = 'none',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);

CREATE TABLE IF NOT EXISTS iceberg.silver.purchases (
  id             BIGINT,
  user_id        BIGINT,
  item_id        BIGINT,
  quantity       INT,
  purchase_price DECIMAL(10, 2),
  channel        STRING,
  purchased_at   TIMESTAMP,
  updated_at     TIMESTAMP,
  _lsn           BIGINT,
  _offset        BIGINT,
  _commit_ts     TIMESTAMP,
  _ingest_ts     TIMESTAMP
)
USING iceberg
COMMENT 'Current state of public.purchases'
TBLPROPERTIES (
  'format-version' = '2',
  'write.merge.mode' = 'merge-on-read',
  'write.update.mode' = 'merge-on-read',
  'write.delete.mode' = 'merge-on-read',
  'write.distribution-mode' = 'none',
  'write.merge.distribution-mode' = 'none',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);
