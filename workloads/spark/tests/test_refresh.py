"""The derived silver and the gold tables against the same figures computed in plain Python."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lakehouse_spark.locks import TableLocks
from lakehouse_spark.shop.refresh import refresh
from lakehouse_spark.shop.tables import Catalog

CHANNELS = ("email", "direct", "social")
NOW = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)


class Shop:
    """A seeded shop: a few users and items, purchases, page views with repeated deliveries."""

    def __init__(self, seed: int) -> None:
        r = random.Random(seed)
        self.users = {i: r.choice(("DE", "FR", "US")) for i in range(1, 21)}
        self.items = {i: (f"item {i}", r.choice(("books", "toys"))) for i in range(1, 16)}
        self.purchases = [
            (
                i,
                r.choice(list(self.users)),
                r.choice([*self.items, 99]),
                r.randint(1, 5),
                Decimal(r.randint(100, 99999)).scaleb(-2),
                r.choice(CHANNELS),
                NOW - timedelta(seconds=r.randint(0, 3 * 86400)),
            )
            for i in range(1, 301)
        ]
        self.purchases.append((301, 1, 1, 1, Decimal("9.99"), "email", NOW))
        self.purchases.append((302, 1, 1, 1, Decimal("9.99"), "email", NOW - timedelta(hours=24)))
        views = [
            (f"v{i}", r.choice(list(self.users)), r.choice([None, *self.items]), r.choice(CHANNELS), "o1", i)
            for i in range(1, 401)
        ]
        again = [(v[0], r.choice(list(self.users)), 1, "referral", "o2", n) for n, v in enumerate(r.sample(views, 50))]
        self.deliveries = views + again
        self.views = views

    def write(self, spark: SparkSession) -> None:
        ts = "TIMESTAMP'2026-01-01 00:00:00'"
        spark.createDataFrame(list(self.users.items()), "id bigint, country string").selectExpr(
            "id",
            "'e' email",
            "'n' full_name",
            "country",
            f"{ts} signup_at",
            f"{ts} updated_at",
            "1L _lsn",
            "0L _offset",
            f"{ts} _commit_ts",
            f"{ts} _ingest_ts",
        ).writeTo("iceberg.silver.users").append()
        spark.createDataFrame(
            [(i, *v) for i, v in self.items.items()], "id bigint, name string, category string"
        ).selectExpr(
            "id",
            "name",
            "category",
            "CAST(1 AS DECIMAL(10,2)) price",
            "1 inventory",
            f"{ts} created_at",
            f"{ts} updated_at",
            "1L _lsn",
            "0L _offset",
            f"{ts} _commit_ts",
            f"{ts} _ingest_ts",
        ).writeTo("iceberg.silver.items").append()
        spark.createDataFrame(
            self.purchases,
            "id bigint, user_id bigint, item_id bigint, quantity int, purchase_price decimal(10,2), channel string, "
            "purchased_at timestamp",
        ).selectExpr(
            "*", "purchased_at updated_at", "1L _lsn", "0L _offset", f"{ts} _commit_ts", f"{ts} _ingest_ts"
        ).writeTo("iceberg.silver.purchases").append()
        spark.createDataFrame(
            self.deliveries,
            "pageview_id string, user_id bigint, item_id bigint, channel string, _object string, _line int",
        ).selectExpr("*", "'/' page", f"{ts} viewed_at", "'x' user_agent", f"{ts} _ingest_ts").writeTo(
            "iceberg.bronze.pageviews"
        ).append()

    def top_selling(self) -> dict[int, tuple[Any, ...]]:
        units: dict[int, int] = defaultdict(int)
        revenue: dict[int, Decimal] = defaultdict(Decimal)
        count: dict[int, int] = defaultdict(int)
        for _, _, item, quantity, price, _, _ in self.purchases:
            units[item] += quantity
            revenue[item] += quantity * price
            count[item] += 1
        return {i: (*self.items.get(i, (None, None)), units[i], revenue[i], count[i]) for i in units}

    def last_day(self, as_of: datetime) -> dict[datetime, tuple[int, int, Decimal, int]]:
        hours: dict[datetime, list[tuple[Any, ...]]] = defaultdict(list)
        for p in self.purchases:
            if as_of - timedelta(hours=24) < p[6] <= as_of:
                hours[p[6].replace(minute=0, second=0, microsecond=0)].append(p)
        return {
            h: (len(ps), sum(p[3] for p in ps), sum((p[3] * p[4] for p in ps), Decimal()), len({p[1] for p in ps}))
            for h, ps in hours.items()
        }

    def converting(self) -> dict[int, tuple[int, int, float]]:
        views: dict[int, int] = defaultdict(int)
        for v in self.views:
            if v[2] is not None:
                views[v[2]] += 1
        bought = {i: sum(1 for p in self.purchases if p[2] == i) for i in views}
        return {i: (n, bought[i], bought[i] / n) for i, n in views.items()}

    def by_channel(self) -> dict[str, tuple[int, int]]:
        return {
            c: (sum(1 for v in self.views if v[3] == c), len({v[1] for v in self.views if v[3] == c}))
            for c in {v[3] for v in self.views}
        }


def table(spark: SparkSession, name: str, columns: str) -> dict[Any, tuple[Any, ...]]:
    found = spark.sql(f"SELECT {columns} FROM iceberg.{name}").collect()
    keyed = {r[0]: tuple(r)[1:] for r in found}
    assert len(keyed) == len(found)
    return keyed


@pytest.fixture
def shop(spark: SparkSession, catalog: Catalog) -> Shop:
    made = Shop(seed=7)
    made.write(spark)
    return made


def check(spark: SparkSession, shop: Shop, as_of: datetime) -> None:
    assert table(spark, "gold.top_selling_items", "*") == shop.top_selling()
    hours = table(
        spark, "gold.sales_performance_24h", "unix_seconds(hour), purchases, units_sold, revenue, unique_buyers"
    )
    assert hours == {int(h.timestamp()): v for h, v in shop.last_day(as_of).items()}
    assert table(spark, "gold.top_converting_items", "item_id, views, purchases, conversion_rate") == shop.converting()
    assert table(spark, "gold.pageviews_by_channel", "*") == shop.by_channel()


def test_the_tables_hold_what_python_computes(spark: SparkSession, sql_dir: Path, shop: Shop) -> None:
    locks = TableLocks()
    for _ in range(2):  # again, with the same result
        refresh(spark, locks, sql_dir / "silver", {})
        took = refresh(spark, locks, sql_dir / "gold", {})
        check(spark, shop, NOW)
    assert set(took["seconds"]) == {
        "gold.top_selling_items",
        "gold.sales_performance_24h",
        "gold.top_converting_items",
        "gold.pageviews_by_channel",
    }
    earlier = NOW - timedelta(hours=30)
    refresh(spark, locks, sql_dir / "gold", {"as_of": earlier})
    check(spark, shop, earlier)

    enriched = table(spark, "silver.purchases_enriched", "id, user_country, item_name, item_category, revenue")
    assert enriched == {
        p[0]: (shop.users[p[1]], *shop.items.get(p[2], (None, None)), p[3] * p[4]) for p in shop.purchases
    }
    viewed = table(spark, "silver.pageviews_by_items", "item_id, item_name, views, unique_users")
    assert viewed == {
        i: (shop.items[i][0], n[0], len({v[1] for v in shop.views if v[2] == i})) for i, n in shop.converting().items()
    }


def test_a_broken_file_is_named(spark: SparkSession, tmp_path: Path) -> None:
    folder = tmp_path / "gold"
    folder.mkdir()
    (folder / "10-broken.sql").write_text("SELECT nothing FROM nowhere")
    with pytest.raises(RuntimeError, match="gold/10-broken.sql"):
        refresh(spark, TableLocks(), folder, {})
