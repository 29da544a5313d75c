-- Every item that was viewed, with its views, its purchases and purchases / views. A rate above 1 is possible: not every
-- purchase has a page view.

CREATE NAMESPACE IF NOT EXISTS iceberg.gold;

CREATE TABLE IF NOT EXISTS iceberg.gold.top_converting_items (
  item_id         BIGINT,
  item_name       STRING,
  category        STRING,
  views           BIGINT,
  purchases       BIGINT,
  conversion_rate DOUBLE
)
USING iceberg
COMMENT 'Purchases per view by item'
TBLPROPERTIES (
  'format-version' = '2',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);

INSERT OVERWRITE iceberg.gold.top_converting_items (item_id, item_name, category, views, purchases, conversion_rate)
WITH bought AS (
  SELECT item_id, count(*) AS purchases
  FROM iceberg.silver.purchases_enriched
  GROUP BY item_id
)
SELECT
  v.item_id,
  v.item_name,
  v.category,
  v.views,
  coalesce(b.purchases, 0),
  coalesce(b.purchases, 0) / CAST(v.views AS DOUBLE)
FROM iceberg.silver.pageviews_by_items AS v
LEFT JOIN bought AS b ON b.item_id = v.item_id;
