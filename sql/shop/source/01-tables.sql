-- The shop's OLTP tables (PostgreSQL 17, database `shop`, schema `public`), owned by the role that runs this file.
-- Idempotent. Roles, grants, the publication and the replication slot are resources of their own.

CREATE TABLE IF NOT EXISTS public.users (
  id         bigint PRIMARY KEY,
  email      text NOT NULL,
  full_name  text NOT NULL,
  country    text NOT NULL,
  signup_at  timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS public.items (
  id         bigint PRIMARY KEY,
  name       text NOT NULL,
  category   text NOT NULL,
  price      numeric(10, 2) NOT NULL,
  inventory  integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS public.purchases (
  id             bigint PRIMARY KEY,
  user_id        bigint NOT NULL REFERENCES public.users,
  item_id        bigint NOT NULL REFERENCES public.items,
  quantity       integer NOT NULL CHECK (quantity > 0),
  purchase_price numeric(10, 2) NOT NULL,
  channel        text NOT NULL,
  purchased_at   timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL
);

-- Foreign keys are checked from this side when a user or an item is deleted.
CREATE INDEX IF NOT EXISTS purchases_user_id ON public.purchases (user_id);
CREATE INDEX IF NOT EXISTS purchases_item_id ON public.purchases (item_id);
