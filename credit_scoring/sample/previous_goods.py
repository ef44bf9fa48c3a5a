"""Goods, seller, channel and product of earlier applications."""

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.columns import Columns, Flags, Floats, Ints, TextColumn, as_integers
from credit_scoring.sample.distributions import NULL, distribution
from credit_scoring.sample.random_draws import (
    bernoulli,
    draw_column,
    draw_column_by,
    draw_levels,
    draw_log_normal,
)

LARGE_SHOP = 400  # selling area above which the shop mostly pays for low rates
SHARE_SOLD_IN_SHOP = 0.09  # share of cash loans and cards
SHARE_CROSS_SOLD = 0.72  # share of cash loans and cards offered to an existing client
SEGMENTS = ("mobile", "household", "industry", "other")


def draw_goods(
    rng: Generator, loan_type: TextColumn, columns: Columns, ended_early: Flags
) -> Columns:
    """Goods, seller, channel, portfolio, way of paying and purpose of each application."""
    size = loan_type.codes.size
    consumer = loan_type.is_in("Consumer loans")
    revolving = loan_type.is_in("Revolving loans")
    goods, industry, segment = _sale(rng, size)
    in_shop = consumer | bernoulli(rng, SHARE_SOLD_IN_SHOP, size)
    channel = draw_column_by(rng, "previous", "CHANNEL_TYPE", loan_type)
    unset = ended_early | np.isnan(columns["AMT_ANNUITY"])
    is_walk_in = as_integers(~bernoulli(rng, SHARE_CROSS_SOLD, size))
    product_type = TextColumn(is_walk_in, ("x-sell", "walk-in"))
    area = _selling_area(rng, in_shop, size)
    payment_type = draw_column(rng, "previous", "NAME_PAYMENT_TYPE", size)
    purpose = draw_column(rng, "previous", "NAME_CASH_LOAN_PURPOSE", size)
    suite = draw_column(rng, "previous", "NAME_TYPE_SUITE", size)
    no_payment = ended_early | loan_type.is_in("Revolving loans", "XNA")
    no_product = consumer | unset | loan_type.is_in("XNA")
    no_suite = ended_early | (revolving & bernoulli(rng, 0.3, size))
    return {
        "NAME_GOODS_CATEGORY": goods.replace_where(~consumer, "XNA"),
        "NAME_SELLER_INDUSTRY": industry.replace_where(~in_shop, "XNA"),
        "segment": segment,
        "SELLERPLACE_AREA": area.astype(np.int64),
        "CHANNEL_TYPE": channel,
        "NAME_PORTFOLIO": _portfolio(loan_type, channel, unset),
        "NAME_PRODUCT_TYPE": product_type.replace_where(no_product, "XNA"),
        "NAME_PAYMENT_TYPE": payment_type.replace_where(no_payment, "XNA"),
        "NAME_CASH_LOAN_PURPOSE": purpose.replace_where(~loan_type.is_in("Cash loans"), "XAP"),
        "NAME_TYPE_SUITE": suite.replace_where(no_suite, NULL),
    }


def _sale(rng: Generator, size: int) -> list[TextColumn]:
    """Goods, the seller's industry and the segment, drawn together."""
    goods = distribution("previous", "goods")
    options = [{"goods": name} | row for name, rows in goods.items() for row in rows]
    weights = {str(number): row["weight"] for number, row in enumerate(options)}
    codes = draw_levels(rng, weights, size).codes
    fields = ("goods", "industry", "segment")
    return [_from_names([row[field] for row in options], codes) for field in fields]


def _from_names(names: list[str], codes: Ints) -> TextColumn:
    """The text column with `names[code]` on each row."""
    labels = tuple(dict.fromkeys(names))
    return TextColumn(np.array([labels.index(name) for name in names])[codes], labels)


def _portfolio(loan_type: TextColumn, channel: TextColumn, unset: Flags) -> TextColumn:
    names = distribution("previous", "portfolios")
    portfolio = _from_names([names[label] for label in loan_type.labels], loan_type.codes)
    portfolio = portfolio.replace_where(channel.is_in("Car dealer"), "Cars")
    return portfolio.replace_where(unset, "XNA")


def _selling_area(rng: Generator, in_shop: Flags, size: int) -> Floats:
    """Selling area of the shop, -1 or 0 if there is none."""
    area = np.minimum(np.round(draw_log_normal(rng, 120, 2.1, size)), 250_000)
    return np.where(in_shop, area, np.where(bernoulli(rng, 0.85, size), -1, 0))


def product_columns(columns: Columns, ended_early: Flags) -> Columns:
    """The product combination, which follows from type, yield group, segment and way of sale."""
    loan_type = columns["NAME_CONTRACT_TYPE"]
    yield_group = columns["NAME_YIELD_GROUP"]
    in_large_shop = columns["SELLERPLACE_AREA"] > LARGE_SHOP
    interest_free = yield_group.is_in("low_normal") & in_large_shop
    interest_free |= yield_group.is_in("low_action")
    walk_in = columns["NAME_PRODUCT_TYPE"].is_in("walk-in")
    product = _consumer_product(loan_type, columns["segment"], interest_free)
    for label, name in distribution("previous", "yield_names").items():
        cash = loan_type.is_in("Cash loans") & ~ended_early & yield_group.is_in(label)
        product = product.replace_where(cash & walk_in, f"Cash Street: {name}")
        product = product.replace_where(cash & ~walk_in, f"Cash X-Sell: {name}")
    card = loan_type.is_in("Revolving loans")
    product = product.replace_where(card, "Card X-Sell")
    product = product.replace_where(card & (walk_in | ended_early), "Card Street")
    return {"PRODUCT_COMBINATION": product.replace_where(loan_type.is_in("XNA"), NULL)}


def _consumer_product(
    loan_type: TextColumn, segment: TextColumn, interest_free: Flags
) -> TextColumn:
    """The products of consumer loans, by segment and interest; "Cash" for other loan types."""
    product = TextColumn(np.zeros(interest_free.size, dtype=np.int64), ("Cash",))
    for name in SEGMENTS:
        rows = loan_type.is_in("Consumer loans") & segment.is_in(name)
        plural = "s" if name == "other" else ""  # as the source spells it
        product = product.replace_where(rows & ~interest_free, f"POS {name} with interest")
        product = product.replace_where(
            rows & interest_free, f"POS {name}{plural} without interest"
        )
    return product
