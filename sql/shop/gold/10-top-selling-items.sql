-- Every item that was bought, with units, revenue and number of purchases. Readers order by units_sold or total_revenue.

CREATE NAMESPACE IF NOT EXISTS iceberg.gold;

CREATE TABLE IF NOT EXISTS iceberg.gold.top_selling_items (
  item_id       BIGINT,
  item_name     STRING,
  category      STRING,
  units_sold    BIGINT,
  total_revenue DECIMAL(20, 2),
  purchases     BIGINT
)
USING iceberg
COMMENT 'Sales by item'
TBLPROPERTIES (
  'format-version' = '2',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);

INSERT OVERWRITE iceberg.gold.top_selling_items (item_id, item_name, category, units_sold, total_revenue, purchases)
SELECT
  item_id,
  any_value(item_name, true),
  any_value(item_category, true),
  sum(quantity),
  CAST(sum(revenue) AS DECIMAL(20, 2)),
  count(*)
FROM iceberg.silver.purchases_enriched
GROUP BY item_id;
