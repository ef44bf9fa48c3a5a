"""Numbers written as text: marks for "no value", signs, currencies, percent, thousands separators.

The functions take a Polars expression or series of texts, one cell each.
"""

from typing import TypeVar

import polars as pl

Texts = TypeVar("Texts", pl.Expr, pl.Series)

NUMBER = r"^[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
DIGITS = r"^\s*\d+\s*$"
# Of pandas, R, SQL dumps, spreadsheets and C: "no value" in a column of any kind
MARK = (
    r"|n/?a|n\.a\.?|<na>|#n/?a|#nv|[(\[<]?null[)\]>]?|[+-]?nan(\(ind\))?|<?nat>?|\\n|"
    r"[+-]?1\.#(qnan|ind)0*|#[a-zé/0-9]+ ?[!?]|#+|\?+|[-–—_]+|\.+|…"
)
# Words that may be a level of a category, and marks of SAS
NUMBER_MARK = (
    MARK + r"|\(?(none|nil|unknown|unk|missing|blank|empty|undefined|void|vide)\)?|x?na|nd|n\.d\.?|"
    r"nr|n\.r\.?|n\.?c\.?|s\.?o\.?|k\.?a\.?|tbd|tba|unbekannt|inconnue?|manquante?|sans objet|"
    r"not (available|applicable|known|reported|provided|stated|specified|given|recorded)|"
    r"non (renseign[ée]e?|disponible|connue?|applicable|communiqu[ée]e?|d[ée]fini)|"
    r"no (data|value|info|information|record)|\*+|xx+|\.[a-z_]"
)
MISSING = rf"(?i)^\s*({MARK})\s*$"
MISSING_NUMBER = rf"(?i)^\s*({NUMBER_MARK})\s*$"
INFINITY = r"(?i)^\s*[+-]?(inf(inity)?|∞|1\.#inf0*)\s*$"

SPACE = r"[ \u00a0\u2007\u2009\u202f]"
APOSTROPHE = r"['’‘´`]"
MINUS = r"[−–‒]"  # written for "-" by word processors
SIGN = r"[-+−–‒]?"
CURRENCY = (
    r"(?:(?:US|CA|AU|NZ|HK|SG|MX|R|A|C)?\p{Sc}|(?i:eur|euros?|usd|gbp|chf|sfr|cad|aud|nzd|jpy|cny|"
    r"rmb|inr|rs|sek|nok|dkk|kr|pln|zł|zl|czk|kč|huf|ft|ron|lei|brl|mxn|zar|ngn|kes|xof|xaf|f?cfa|"
    r"mad|dhs?|tnd|dzd|sgd|hkd|idr|rp|php|myr|rm|try|tl|rub|руб)\b\.?)"
)
UNIT = rf"(?:{CURRENCY}|%|‰)?"
BODY = rf"(?:[.,]?\d(?:(?:[\d.,]|{SPACE}|{APOSTROPHE})*\d)?(?:[eE][+-]?\d+)?)"
DRESSED = (
    rf"^\s*(?:{SIGN}\s*{UNIT}\s*{SIGN}\s*{BODY}\s*{UNIT}\s*[-−–‒]?\s*{UNIT}|"
    rf"{UNIT}\s*\(\s*{UNIT}\s*{BODY}\s*{UNIT}\s*\)\s*{UNIT})\s*$"
)
NEGATIVE = r"^\s*\P{Nd}*[-(]|\d\P{Nd}*-\P{Nd}*$"  # -5, $-5, (5), 5-


def _body(decimal: str, thousands: str) -> str:
    """The pattern of a number without sign and unit."""
    groups = "|".join(rf"(?:{mark}\d{{3}})+" for mark in (thousands, SPACE, APOSTROPHE))
    whole = rf"(?:[1-9]\d{{0,2}}(?:{groups})|[1-9]\d?(?:{thousands}\d\d)+{thousands}\d{{3}}|\d+)"
    return rf"^(?:{whole}(?:{decimal}\d*)?|{decimal}\d+)(?:[eE][+-]?\d+)?$"


BODIES = {".": _body(r"\.", ","), ",": _body(",", r"\.")}  # by decimal mark
OTHER_MARKS = {".": rf",|{SPACE}|{APOSTROPHE}", ",": rf"\.|{SPACE}|{APOSTROPHE}"}


def is_missing(texts: Texts) -> Texts:
    """Whether each text means "no value" in a column of any kind."""
    return texts.str.contains(MISSING)


def is_missing_number(texts: Texts) -> Texts:
    """Whether each text means "no value" in a column of numbers: also "unknown" and the like."""
    return texts.str.contains(MISSING_NUMBER)


def is_mark(texts: Texts) -> Texts:
    """Whether each text is a mark in a column of numbers: "no value", or infinity."""
    return is_missing_number(texts) | texts.str.contains(INFINITY)


def to_numbers(texts: pl.Expr, decimal: str) -> pl.Expr:
    """The texts as 64-bit numbers by their decimal mark, "." or ","; null for other texts.

    A currency or percent sign is left out: 12% is 12.
    """
    written: pl.Expr = texts.str.strip_chars().str.replace_all(MINUS, "-")
    body = pl.when(written.str.contains(DRESSED)).then(written.str.extract(f"({BODY})"))
    number = pl.when(body.str.contains(BODIES[decimal])).then(body)
    digits = number.str.replace_all(OTHER_MARKS[decimal], "").str.replace(",", ".", literal=True)
    numbers = digits.cast(pl.Float64, strict=False)
    plain = pl.when(written.str.contains(NUMBER) & (decimal == ".")).then(written)
    signed = pl.when(written.str.contains(NEGATIVE)).then(-numbers).otherwise(numbers)
    return plain.cast(pl.Float64, strict=False).fill_null(signed)


def numbers_of(texts: pl.Series, decimal: str) -> pl.Series:
    """`to_numbers` of a series."""
    return pl.select(to_numbers(pl.lit(texts), decimal).alias(texts.name)).to_series()
