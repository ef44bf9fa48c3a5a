"""The target of a lender's table: which of its values mean default, and the outcome as 0 and 1."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from credit_scoring.contracts.contract import Column
from credit_scoring.errors import TableError
from credit_scoring.flat_table.number_text import is_missing
from credit_scoring.flat_table.read_flat_table import require_column
from credit_scoring.suggestions import did_you_mean
from credit_scoring.tables.table_errors import join_names

OUTCOMES = (  # repaid, default
    ("0", "1"), ("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"), ("non", "oui"),
    ("faux", "vrai"),
)  # fmt: skip
WHOLE_NUMBER = r"^([+-]?\d+)[.,]0*$"  # 1.0 is 1
MAX_SHOWN = 10  # values in a message
EXPECTED = (
    "expected a 0 or 1, no or yes, or false or true in every row, both of them; "
    "1, yes or true is a default"
)
WHICH_IS_DEFAULT = "which value means default? Name it with --target-default"


def target_values(frame: pl.DataFrame, name: str) -> pl.Series:
    """The target as 0 and 1 (default), from 0/1, no/yes or false/true in any case.

    Raises TableError with the values found if there are others, or only one of the two.
    """
    require_column(frame, name, "target")
    outcome = outcomes_in_words(frame[name])
    if outcome is None or outcome.null_count() or outcome.n_unique() == 1:
        raise TableError(f"{name} holds {describe_values(frame[name])}: {EXPECTED}")
    return outcome


def outcomes_in_words(values: pl.Series) -> pl.Series | None:
    """The values as 0 and 1, null where one is missing; None if they are no such outcomes."""
    words = target_words(values)
    distinct = set(words.drop_nulls().unique())
    for pair in OUTCOMES:
        if distinct and distinct <= set(pair):
            return (words == pair[1]).cast(pl.Int8).alias(values.name)
    return None


@dataclass(frozen=True)
class TargetValues:
    """The values of a target: `levels` are all of them, `default` those that mean default.

    Both are as the table writes them, and empty for 0 and 1, no and yes or false and true.
    """

    levels: tuple[str, ...] = ()
    default: tuple[str, ...] = ()


def infer_target(frame: pl.DataFrame, name: str, default: Sequence[str] = ()) -> TargetValues:
    """The values of the target, of which `default` mean default.

    Raises TableError with the values found if they do not say which loans defaulted.
    """
    require_column(frame, name, "target")
    values = frame[name]
    if not default:
        outcome = outcomes_in_words(values)
        if outcome is None and len(_levels(values)) > 1 and not _missing(values):
            shown = describe_values(values)
            raise TableError(f"{name} holds {shown}: {WHICH_IS_DEFAULT} {_example(values)}")
        target_values(frame, name)
        return TargetValues()
    levels = _levels(values)
    by_word = {_word(level): level for level in levels}
    for value in default:
        if _word(value) not in by_word:
            hint = did_you_mean(value, levels) or f" (it holds {describe_values(values)})"
            raise TableError(
                f"--target-default {value!r} is not among the values of {name}{hint}: "
                "name one of them"
            )
    target = TargetValues(levels, tuple(by_word[_word(value)] for value in default))
    read_outcomes(values, target)
    return target


def read_outcomes(values: pl.Series, target: TargetValues) -> pl.Series:
    """The outcome as 0 and 1 (default), by the values of the target.

    Raises TableError if a value is missing or unknown, or if all loans have the same outcome.
    """
    if not target.default:
        return target_values(values.to_frame(), values.name)
    if missing := _missing(values):
        raise TableError(
            f"{values.name} has no value in {missing} rows: leave out the loans whose outcome is "
            "not known, or fill it in"
        )
    words = target_words(values)
    known = {_word(level) for level in target.levels}
    unknown = values.filter(~words.is_in(known))
    if len(unknown):
        rows = (values == unknown[0]).sum()
        raise TableError(
            f"{values.name} is {str(unknown[0])!r} in {rows} rows: expected one of "
            f"{join_names(map(repr, target.levels))}; leave these rows out, or add the value to "
            "the levels of the target in the schema"
        )
    outcome = words.is_in({_word(value) for value in target.default}).cast(pl.Int8)
    if outcome.n_unique() == 1:
        same = "default" if outcome[0] else "do not default"
        raise TableError(
            f"{values.name} holds {describe_values(values)}, so all loans {same}: name only the "
            "values that mean default"
        )
    return outcome.alias(values.name)


def target_of(column: Column) -> TargetValues:
    """The values of the target according to its column in a schema."""
    return TargetValues(column.levels, column.default_values)


def target_words(values: pl.Series) -> pl.Series:
    """The values as lower-case texts: 1, 1.0 and "1" are the same; null for "no value"."""
    words = values.cast(pl.String).str.strip_chars()
    words = pl.select(pl.when(~is_missing(words)).then(words.str.to_lowercase())).to_series()
    return words.alias(values.name).str.replace(WHOLE_NUMBER, "$1")


def _word(value: str) -> str:
    return str(target_words(pl.Series([value], dtype=pl.String))[0])


def _missing(values: pl.Series) -> int:
    return target_words(values).null_count()


def _levels(values: pl.Series) -> tuple[str, ...]:
    """One text for each distinct value, in the order of their words."""
    frame = pl.DataFrame(
        {"word": target_words(values), "text": values.cast(pl.String).str.strip_chars()}
    )
    first = frame.drop_nulls().unique("word", keep="first", maintain_order=True).sort("word")
    return tuple(first["text"])


DEFAULT_WORDS = r"(?i)\b(bad|default(ed)?|charged?.?off|mauvais|defaut|défaut|impay[eé]s?|loss)\b"


def _example(values: pl.Series) -> str:
    """The value that most likely means default, for a command line."""
    levels = pl.Series(_levels(values))
    likely = levels.filter(levels.str.contains(DEFAULT_WORDS))
    return f'"{likely[0]}"' if len(likely) == 1 else "VALUE, several times if several do"


def describe_values(values: pl.Series) -> str:
    """The most frequent values, with their number of rows."""
    counts = values.cast(pl.String).alias("value").value_counts()
    counts = counts.sort(["count", "value"], descending=[True, False])
    texts = [
        f"{'no value' if value is None else repr(value[:60])} ({count} rows)"
        for value, count in counts.head(MAX_SHOWN).rows()
    ]
    if len(counts) > MAX_SHOWN:
        texts.append(f"{len(counts) - MAX_SHOWN} other values")
    return ", ".join(texts)
