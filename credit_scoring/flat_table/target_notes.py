"""What a person should know of the target before training: its shares, and doubts about it."""

import re

import polars as pl

from credit_scoring.contracts.contract import Column
from credit_scoring.flat_table.name_hints import join_words
from credit_scoring.flat_table.target import MAX_SHOWN, read_outcomes, target_of, target_words

# Names of a target that mean the opposite of default, as words without accents.
MEANS_GOOD = (
    r"good|approv(ed|al)|accept(ed|ee?)?|accordee?|granted|repa(id|yment)|paid|paye|rembourse|"
    r"solvable|solvency|performing|creditworthy|bon|success|survived|eligible|on ?time"
)
NO_DEFAULT = r"\bno[nt]?? ?(default|defaut)"
NOT_GOOD = rf"\b(not|non|never|no|jamais|pas)( \w+)? ({MEANS_GOOD})\b"
MEANS_BAD = r"\b(bad|default|defaut|charged|delinquen|overdue|late|risk|fail)"
HALF = 0.5


def target_shares(values: pl.Series, column: Column) -> str:
    """Each value of the target with its share of the rows, those that mean default first.

    `values` (n,) are the target of a table whose schema describes it as `column`.
    """
    outcome = read_outcomes(values, target_of(column))
    frame = pl.DataFrame({"word": target_words(values), "text": _texts(values), "default": outcome})
    groups = frame.group_by("word").agg(pl.len(), pl.first("text", "default"))
    groups = groups.sort(["default", "len", "word"], descending=[True, True, False])
    parts = [_shares(groups.filter(default=number), len(values)) for number in (1, 0)]
    return f"Target {values.name}: default is {parts[0]}; no default is {parts[1]}."


def target_warnings(values: pl.Series, column: Column) -> list[str]:
    """Doubts about which value means default: by the name of the target, and by the rate."""
    rate = int(read_outcomes(values, target_of(column)).sum()) / len(values)
    default = " or ".join(map(repr, column.default_values)) or "1 (or yes, true)"
    remedy = "If it is the other way round, name the value that means default: --target-default"
    other = "VALUE" if column.default_values else f'"{_repaid_value(values, column)}"'
    warnings = []
    if not column.default_values and means_good(column.name):
        warnings.append(
            f"Warning: the target is {column.name}, which sounds like a loan that went well, and "
            f"{default} counts as a default. {remedy} {other}."
        )
    if rate > HALF:
        warnings.append(
            f"Warning: {rate:.1%} of the loans default: more than half. {default} counts as a "
            f"default. {remedy} {other}."
        )
    return warnings


def means_good(name: str) -> bool:
    """Whether the name of a target suggests that 1 is a loan that went well.

    >>> means_good("loan_approved"), means_good("not_repaid"), means_good("bad_good")
    (True, False, False)
    """
    words = join_words(name)
    if re.search(NO_DEFAULT, words):
        return True
    if re.search(MEANS_BAD, words) or re.search(NOT_GOOD, words):
        return False
    return re.search(rf"\b({MEANS_GOOD})\b", words) is not None


def _texts(values: pl.Series) -> pl.Series:
    return values.cast(pl.String).str.strip_chars()


def _shares(groups: pl.DataFrame, rows: int) -> str:
    parts = [
        f"{text!r} ({count:,} rows, {count / rows:.1%})"
        for text, count in groups.select("text", "len").head(MAX_SHOWN).rows()
    ]
    if len(groups) > MAX_SHOWN:
        parts.append(f"{len(groups) - MAX_SHOWN} other values")
    return ", ".join(parts)


def _repaid_value(values: pl.Series, column: Column) -> str:
    outcome = read_outcomes(values, target_of(column))
    return str(_texts(values.filter(outcome == 0))[0])
