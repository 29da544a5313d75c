-- Page views landed as newline-delimited JSON objects. _object is the name inside the landing bucket, _line counts
-- from 1. A line that is not a valid page view goes to the dead-letter table with its text and the reason; line 0
-- stands for the object as a whole. encoding is utf-8, or base64 where the bytes are not UTF-8.

CREATE TABLE IF NOT EXISTS iceberg.bronze.pageviews (
  pageview_id STRING,
  user_id     BIGINT,
  item_id     BIGINT,
  page        STRING,
  channel     STRING,
  viewed_at   TIMESTAMP,
  user_agent  STRING,
  _object     STRING,
  _line       INT,
  _ingest_ts  TIMESTAMP
)
USING iceberg
COMMENT 'Page views as landed'
TBLPROPERTIES (
  'format-version' = '2',
  'write.distribution-mode' = 'none',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);

CREATE TABLE IF NOT EXISTS iceberg.bronze.pageviews_dlq (
  _object    STRING,
  _line      INT,
  raw        STRING,
  encoding   STRING,
  reason     STRING,
  _ingest_ts TIMESTAMP
)
USING iceberg
COMMENT 'Page view lines that are not valid'
TBLPROPERTIES (
  'format-version' = '2',
  'write.distribution-mode' = 'none',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);
