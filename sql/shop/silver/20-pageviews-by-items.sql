-- Views and distinct users of every item that was viewed. A page view delivered twice (same pageview_id) counts once, by
-- its first delivery; views of pages without an item do not count here.

CREATE TABLE IF NOT EXISTS iceberg.silver.pageviews_by_items (
  item_id      BIGINT,
  item_name    STRING,
  category     STRING,
  views        BIGINT,
  unique_users BIGINT
)
USING iceberg
COMMENT 'Page views by item'
TBLPROPERTIES (
  'format-version' = '2',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);

INSERT OVERWRITE iceberg.silver.pageviews_by_items (item_id, item_name, category, views, unique_users)
WITH delivered AS (
  SELECT
    pageview_id,
    min_by(item_id, struct(_object, _line)) AS item_id,
    min_by(user_id, struct(_object, _line)) AS user_id
  FROM iceberg.bronze.pageviews
  GROUP BY pageview_id
),
viewed AS (
  SELECT item_id, count(*) AS views, count(DISTINCT user_id) AS unique_users
  FROM delivered
  WHERE item_id IS NOT NULL
  GROUP BY item_id
)
SELECT v.item_id, i.name, i.category, v.views, v.unique_users
FROM viewed AS v
LEFT JOIN iceberg.silver.items AS i ON i.id = v.item_id;
