"""The grammar: a feature's entry in a vocabulary, and its sentence for each case of a value.

A feature is a column of the application or a ratio (an entry of [facts]), or a statistic of a
column of a side table over a group of rows (an entry of [columns.<table>] and one of
[groups.<table>.<group>]). An entry has the sentences of its own, keyed by statistic and case
(`mean_zero`), or by one of the two; the others come from the [frames] of its `kind`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from credit_scoring.contracts.contract import Column, contracts
from credit_scoring.features.definitions.side_table import side_table
from credit_scoring.features.feature import Feature
from credit_scoring.features.lineage import Lineage, lineages
from credit_scoring.scoring.sentences.quantities import STYLE_OF_SPREAD, STYLE_OF_UNIT
from credit_scoring.scoring.sentences.vocabulary import Vocabulary, Words, capitalise, fill

CASES = ("unknown", "zero", "one", "positive", "negative")
# If one of these statistics of values that are never negative is 0, so is every value.
ZERO_MEANS_NONE = ("value", "max", "mean", "sum")
VERB_FORMS = ("plural", "all", "none", "singular", "negative")
Entry = dict[str, Any]


@dataclass(frozen=True)
class Fact:
    """What a feature says about an applicant, before its value is known.

    `statistic` is "value" for a feature that is not one. `words` fill the placeholders.
    """

    entry: Entry
    statistic: str
    style: str
    words: Words


def fact_of(feature: Feature, vocabulary: Vocabulary) -> Fact | None:
    """The fact of a feature of the catalogue; None for any other, like a lender's own column."""
    if feature.table not in contracts():
        return None
    if lineage := lineages().get(feature.name):
        return _side_table_fact(lineage, vocabulary)
    star, entry = _fact_entry(feature.name, vocabulary)
    if entry is None:
        return None
    words = {**vocabulary["tables"]["application"], **_texts(entry), "star": star}
    style = entry.get("style", STYLE_OF_UNIT.get(feature.unit, "number"))
    return Fact(entry, "value", style, words)


def _fact_entry(name: str, vocabulary: Vocabulary) -> tuple[str, Entry | None]:
    """The entry of a name or of the first pattern that matches it, and what `*` stands for."""
    facts: dict[str, Entry] = vocabulary["facts"]
    if name in facts:
        return "", facts[name]
    for pattern, entry in facts.items():
        match = re.fullmatch(re.escape(pattern).replace(r"\*", "(.+)"), name)
        if match and match.groups():
            return vocabulary["stars"].get(match[1], match[1]), entry
    return "", None


def _side_table_fact(lineage: Lineage, vocabulary: Vocabulary) -> Fact | None:
    group = vocabulary["groups"].get(lineage.table, {}).get(lineage.group.name)
    if group is None:
        return None
    column = lineage.column
    if column is None:
        return Fact(group, "count", "number", _texts(group))
    entry = vocabulary["columns"][lineage.table].get(column.name)
    if entry is None:
        return None
    is_partial = _may_be_missing(lineage.table, column)
    words = {
        **vocabulary["tables"][lineage.table],
        **vocabulary["genders"][group.get("gender", "m")],
        **_texts(group),
        **_texts(entry),
        "as_known": vocabulary["words"]["as_known"] if is_partial else "",
    }
    words |= _predicate_forms(entry, lineage.level, words, vocabulary)
    style = _style(entry, column, lineage.statistic)
    return Fact(entry, _statistic(lineage, group), style, words)


def _texts(entry: Entry) -> dict[str, str]:
    return {key: value for key, value in entry.items() if isinstance(value, str)}


def _statistic(lineage: Lineage, group: Entry) -> str:
    """A share is the mean of a flag; over a group of one row a mean is the value itself."""
    statistic = "mean" if lineage.statistic == "share" else lineage.statistic
    return "value" if statistic == "mean" and group.get("single") else statistic


def _style(entry: Entry, column: Column, statistic: str) -> str:
    """How the value is read out; it is a number of rows if it is the sum of a flag."""
    kind = entry.get("kind")
    if _has_predicate(entry) or kind == "late_months":
        return "number" if statistic == "sum" else "percent"
    style = STYLE_OF_UNIT.get(column.unit, "number")
    if kind in ("date", "lead"):
        return "month_span" if style == "months" else "span"
    style = str(entry.get("style", style))
    return STYLE_OF_SPREAD.get(style, style) if statistic == "var" else style


def _may_be_missing(table: str, column: Column) -> bool:
    """Whether a row may lack the value, so that "all" and "none" are about the known rows."""
    side = side_table(table, with_joined=True)
    formula = side.formulas.get(column.name)
    names = formula.columns if formula else (column.name,)
    by_name = side.contract.by_name
    return any(name not in by_name or by_name[name].nullable for name in names)


def _predicate_forms(entry: Entry, level: str, words: Words, vocabulary: Vocabulary) -> Words:
    """The predicate of a flag, or of a category's level, in each form of its verb."""
    predicate = entry.get("predicates", {}).get(level) or entry.get("predicate")
    if predicate is None:
        return {}
    names = level_words(level, vocabulary)
    return {
        form: fill(predicate, {**words, **names, **_verbs(index, vocabulary)})
        for index, form in enumerate(VERB_FORMS)
    }


def _verbs(index: int, vocabulary: Vocabulary) -> dict[str, str]:
    return {name: forms[index] for name, forms in vocabulary["verbs"].items()}


def level_words(level: str, vocabulary: Vocabulary) -> dict[str, str]:
    """A category's level in words, plain and in quotes, and as the source writes it."""
    words = vocabulary["levels"].get(level, level.lower())
    quote = vocabulary["words"]["quote"]
    return {"level": words, "quoted": quote.format(value=words), "code": quote.format(value=level)}


def sentences(fact: Fact, vocabulary: Vocabulary) -> dict[str, str]:
    """The sentence of each case, with {value} left in it."""
    return {case: capitalise(fill(_template(fact, case, vocabulary), fact.words)) for case in CASES}


def _template(fact: Fact, case: str, vocabulary: Vocabulary) -> str:
    sources = (fact.entry, *_frames(fact, vocabulary))
    keys = tuple(_keys(fact.statistic, case))
    found = (source[key] for source in sources for key in keys if key in source)
    return str(next(found))


def _keys(statistic: str, case: str) -> Iterator[str]:
    """The keys of a template, the most specific first."""
    is_value = statistic in ("value", "count")
    for name in ("one", "positive") if case == "one" else (case,):
        yield f"{statistic}_{name}"
        if is_value or name == "unknown" or (name == "zero" and statistic in ZERO_MEANS_NONE):
            yield name
    if case != "unknown":
        yield statistic


def _frames(fact: Fact, vocabulary: Vocabulary) -> Iterator[dict[str, str]]:
    frames = vocabulary["frames"]
    yield frames.get(_kind(fact), {})
    yield frames["number"]


def _kind(fact: Fact) -> str:
    if fact.statistic == "count":
        return "count"
    return str(fact.entry.get("kind", "flag" if _has_predicate(fact.entry) else fact.style))


def _has_predicate(entry: Entry) -> bool:
    return "predicate" in entry or "predicates" in entry
