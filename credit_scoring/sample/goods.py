"""What an earlier application was for: goods, seller, channel, product."""

import numpy as np
from numpy.random import Generator

from credit_scoring.sample.random_draws import (
    NULL,
    Columns,
    Flags,
    Floats,
    Text,
    chance,
    choose,
    choose_by,
    flag,
    log_normal,
    shares,
)

PORTFOLIOS = {
    "Consumer loans": "POS",
    "Cash loans": "Cash",
    "Revolving loans": "Cards",
    "XNA": "XNA",
}
LARGE_SHOP = 400  # selling area from which low rates are mostly the shop's gift
SELLS_CASH = 0.09  # share of cash loans and cards sold in a shop
X_SELL = 0.72  # share of cash loans and cards offered to a client
GROUPS = {
    "high": "high",
    "middle": "middle",
    "low_normal": "low",
    "low_action": "low",
    "XNA": "low",
}
SEGMENTS = ("mobile", "household", "industry", "other")


def draw_goods(rng: Generator, kind: Text, columns: Columns, bare: Flags) -> Columns:
    """Goods, seller, channel, portfolio, way of paying and purpose of each application."""
    size, consumer = kind.codes.size, kind.of("Consumer loans")
    goods, industry, segment = _sale(rng, size)
    shop = consumer | chance(rng, SELLS_CASH, size)
    channel = choose_by(
        rng, (shares("previous", "CHANNEL_TYPE", label) for label in kind.labels), kind.codes
    )
    cash = kind.of("Cash loans")
    no_payment = bare | kind.of("Revolving loans", "XNA")
    unset = bare | (np.isnan(columns["AMT_ANNUITY"]))
    offered = Text(flag(~chance(rng, X_SELL, size)), ("x-sell", "walk-in"))
    return {
        "NAME_GOODS_CATEGORY": goods.put(~consumer, "XNA"),
        "NAME_SELLER_INDUSTRY": industry.put(~shop, "XNA"),
        "segment": segment,
        "SELLERPLACE_AREA": _area(rng, shop, size).astype(np.int64),
        "CHANNEL_TYPE": channel,
        "NAME_PORTFOLIO": _portfolio(kind, channel, unset),
        "NAME_PRODUCT_TYPE": offered.put(consumer | unset | kind.of("XNA"), "XNA"),
        "NAME_PAYMENT_TYPE": choose(rng, shares("previous", "NAME_PAYMENT_TYPE"), size).put(
            no_payment, "XNA"
        ),
        "NAME_CASH_LOAN_PURPOSE": choose(
            rng, shares("previous", "NAME_CASH_LOAN_PURPOSE"), size
        ).put(~cash, "XAP"),
        "NAME_TYPE_SUITE": choose(rng, shares("previous", "NAME_TYPE_SUITE"), size).put(
            bare | (kind.of("Revolving loans") & chance(rng, 0.3, size)), NULL
        ),
    }


def _sale(rng: Generator, size: int) -> tuple[Text, Text, Text]:
    """Goods, the seller's industry and the segment, drawn together."""
    rows = [(name, row) for name, options in shares("previous", "goods").items() for row in options]
    drawn = choose(rng, {str(place): row["weight"] for place, (_, row) in enumerate(rows)}, size)
    return (
        _labels([name for name, _ in rows], drawn),
        _labels([row["industry"] for _, row in rows], drawn),
        _labels([row["segment"] for _, row in rows], drawn),
    )


def _labels(names: list[str], drawn: Text) -> Text:
    """The drawn rows' names as a text column."""
    labels = tuple(dict.fromkeys(names))
    return Text(np.array([labels.index(name) for name in names])[drawn.codes], labels)


def _portfolio(kind: Text, channel: Text, unset: Flags) -> Text:
    labels = tuple(dict.fromkeys(PORTFOLIOS.values()))
    codes = np.array([labels.index(PORTFOLIOS[label]) for label in kind.labels])[kind.codes]
    return Text(codes, labels).put(channel.of("Car dealer"), "Cars").put(unset, "XNA")


def _area(rng: Generator, shop: Flags, size: int) -> Floats:
    """Selling area of the shop, -1 or 0 when there is none."""
    area = np.minimum(np.round(log_normal(rng, 120, 2.1, size)), 250_000)
    return np.where(shop, area, np.where(chance(rng, 0.85, size), -1, 0))


def product(columns: Columns, bare: Flags) -> Columns:
    """The product in detail, which follows from kind, group of interest, segment and way of offer."""
    kind, segment, group = (
        columns["NAME_CONTRACT_TYPE"],
        columns["segment"],
        columns["NAME_YIELD_GROUP"],
    )
    free = group.of("low_action") | (
        group.of("low_normal") & (columns["SELLERPLACE_AREA"] > LARGE_SHOP)
    )
    walk_in = columns["NAME_PRODUCT_TYPE"].of("walk-in")
    combination = _of_consumer_loans(kind, segment, free)
    for label in group.labels:
        cash = kind.of("Cash loans") & ~bare & group.of(label)
        combination = combination.put(cash & walk_in, f"Cash Street: {GROUPS[label]}")
        combination = combination.put(cash & ~walk_in, f"Cash X-Sell: {GROUPS[label]}")
    card = kind.of("Revolving loans")
    combination = combination.put(card, "Card X-Sell").put(card & (walk_in | bare), "Card Street")
    return {"PRODUCT_COMBINATION": combination.put(kind.of("XNA"), NULL)}


def _of_consumer_loans(kind: Text, segment: Text, free: Flags) -> Text:
    """The products of consumer loans, by segment and whether they bear interest; "Cash" for any other kind."""
    combination = Text(np.zeros(free.size, dtype=np.int64), ("Cash",))
    for name in SEGMENTS:
        here = kind.of("Consumer loans") & segment.of(name)
        plural = "s" if name == "other" else ""  # as the source spells it
        combination = combination.put(here & ~free, f"POS {name} with interest")
        combination = combination.put(here & free, f"POS {name}{plural} without interest")
    return combination
