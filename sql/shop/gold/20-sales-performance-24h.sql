-- Sales by hour over the 24 hours that end at the parameter as_of, its end included and its start not:
-- (as_of - 24 h, as_of]. Without the parameter as_of is the newest purchase. Hours without a purchase have no row.

CREATE NAMESPACE IF NOT EXISTS iceberg.gold;

CREATE TABLE IF NOT EXISTS iceberg.gold.sales_performance_24h (
  hour          TIMESTAMP,
  purchases     BIGINT,
  units_sold    BIGINT,
  revenue       DECIMAL(20, 2),
  unique_buyers BIGINT
)
USING iceberg
COMMENT 'Hourly sales of the last 24 hours'
TBLPROPERTIES (
  'format-version' = '2',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);

INSERT OVERWRITE iceberg.gold.sales_performance_24h (hour, purchases, units_sold, revenue, unique_buyers)
WITH span AS (
  SELECT coalesce(CAST(:as_of AS TIMESTAMP), max(purchased_at)) AS as_of
  FROM iceberg.silver.purchases_enriched
)
SELECT
  date_trunc('HOUR', p.purchased_at),
  count(*),
  sum(p.quantity),
  CAST(sum(p.revenue) AS DECIMAL(20, 2)),
  count(DISTINCT p.user_id)
FROM iceberg.silver.purchases_enriched AS p
CROSS JOIN span AS s
WHERE p.purchased_at > s.as_of - INTERVAL 24 HOURS AND p.purchased_at <= s.as_of
GROUP BY date_trunc('HOUR', p.purchased_at);
