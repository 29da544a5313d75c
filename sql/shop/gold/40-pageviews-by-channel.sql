-- Page views and distinct users by channel, each page view counted once by its first delivery.

CREATE NAMESPACE IF NOT EXISTS iceberg.gold;

CREATE TABLE IF NOT EXISTS iceberg.gold.pageviews_by_channel (
  channel      STRING,
  views        BIGINT,
  unique_users BIGINT
)
USING iceberg
COMMENT 'Page views by channel'
TBLPROPERTIES (
  'format-version' = '2',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);

INSERT OVERWRITE iceberg.gold.pageviews_by_channel (channel, views, unique_users)
WITH delivered AS (
  SELECT
    pageview_id,
    min_by(channel, struct(_object, _line)) AS channel,
    min_by(user_id, struct(_object, _line)) AS user_id
  FROM iceberg.bronze.pageviews
  GROUP BY pageview_id
)
SELECT channel, count(*), count(DISTINCT user_id)
FROM delivered
GROUP BY channel;
