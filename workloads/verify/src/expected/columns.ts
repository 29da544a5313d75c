/** The columns that are compared, with what they hold. */
import type { SourceTable } from "@lakehouse/contracts";
import type { Columns } from "../compare/rows.ts";

/** The business columns of a source table: the same in PostgreSQL, bronze and silver. */
export const sourceColumns = {
  users: {
    id: "integer",
    email: "text",
    full_name: "text",
    country: "text",
    signup_at: "instant",
    updated_at: "instant",
  },
  items: {
    id: "integer",
    name: "text",
    category: "text",
    price: "decimal",
    inventory: "integer",
    created_at: "instant",
    updated_at: "instant",
  },
  purchases: {
    id: "integer",
    user_id: "integer",
    item_id: "integer",
    quantity: "integer",
    purchase_price: "decimal",
    channel: "text",
    purchased_at: "instant",
    updated_at: "instant",
  },
} as const satisfies Record<SourceTable, Columns>;

export const enrichedColumns = {
  id: "integer",
  user_id: "integer",
  user_country: "text",
  item_id: "integer",
  item_name: "text",
  item_category: "text",
  quantity: "integer",
  purchase_price: "decimal",
  revenue: "decimal",
  channel: "text",
  purchased_at: "instant",
  updated_at: "instant",
} as const satisfies Columns;

export const pageviewsByItemsColumns = {
  item_id: "integer",
  item_name: "text",
  category: "text",
  views: "integer",
  unique_users: "integer",
} as const satisfies Columns;

export const topSellingColumns = {
  item_id: "integer",
  item_name: "text",
  category: "text",
  units_sold: "integer",
  total_revenue: "decimal",
  purchases: "integer",
} as const satisfies Columns;

export const salesPerformanceColumns = {
  hour: "instant",
  purchases: "integer",
  units_sold: "integer",
  revenue: "decimal",
  unique_buyers: "integer",
} as const satisfies Columns;

export const topConvertingColumns = {
  item_id: "integer",
  item_name: "text",
  category: "text",
  views: "integer",
  purchases: "integer",
  conversion_rate: "double",
} as const satisfies Columns;

export const pageviewsByChannelColumns = {
  channel: "text",
  views: "integer",
  unique_users: "integer",
} as const satisfies Columns;

export const pageviewColumns = {
  pageview_id: "text",
  user_id: "integer",
  item_id: "integer",
  page: "text",
  channel: "text",
  viewed_at: "instant",
  user_agent: "text",
} as const satisfies Columns;
