-- One row per current purchase with its buyer's country and the item's name and category.
-- revenue = quantity * purchase_price. A purchase whose user or item is not there (yet) keeps nulls rather than vanish.

CREATE TABLE IF NOT EXISTS iceberg.silver.purchases_enriched (
  id             BIGINT,
  user_id        BIGINT,
  user_country   STRING,
  item_id        BIGINT,
  item_name      STRING,
  item_category  STRING,
  quantity       INT,
  purchase_price DECIMAL(10, 2),
  revenue        DECIMAL(20, 2),
  channel        STRING,
  purchased_at   TIMESTAMP,
  updated_at     TIMESTAMP
)
USING iceberg
COMMENT 'Purchases with user and item'
TBLPROPERTIES (
  'format-version' = '2',
  'commit.manifest.min-count-to-merge' = '10',
  'write.metadata.previous-versions-max' = '20',
  'write.metadata.delete-after-commit.enabled' = 'true'
);

INSERT OVERWRITE iceberg.silver.purchases_enriched (id, user_id, user_country, item_id, item_name, item_category, quantity, purchase_price, revenue, channel, purchased_at, updated_at)
SELECT
  p.id,
  p.user_id,
  u.country,
  p.item_id,
  i.name,
  i.category,
  p.quantity,
  p.purchase_price,
  CAST(p.quantity * p.purchase_price AS DECIMAL(20, 2)),
  p.channel,
  p.purchased_at,
  p.updated_at
FROM iceberg.silver.purchases AS p
LEFT JOIN iceberg.silver.users AS u ON u.id = p.user_id
LEFT JOIN iceberg.silver.items AS i ON i.id = p.item_id;
