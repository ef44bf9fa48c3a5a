"""The inputs of a stored decision in words, grouped by source table."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from credit_scoring.contracts.contract import contracts
from credit_scoring.decisions.records import StoredDecision
from credit_scoring.features.catalogue import full_catalogue
from credit_scoring.features.feature import Feature
from credit_scoring.scoring.sentences.sentence import read_out
from credit_scoring.scoring.sentences.vocabulary import capitalise
from credit_scoring.scoring.translations import meanings
from credit_scoring.serving.pages.language import no_break

DURATIONS = ("days", "months")
EXTERNAL_TABLES = ("bureau", "bureau_balance")
EXTERNAL_PREFIX = "EXT_SOURCE_"
APPLICATION = "application"


@dataclass(frozen=True, slots=True)
class InputRow:
    """One input: its name, meaning, value in words, and the stored value as JSON."""

    name: str
    meaning: str
    text: str
    stored: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class InputGroup:
    """The inputs of a source table; `table` is "" if no table is known for them."""

    table: str
    rows: list[InputRow]

    @property
    def unknown(self) -> int:
        """The number of inputs without a value."""
        return sum(not row.is_known for row in self.rows)


def input_groups(
    stored: StoredDecision, features: Iterable[Feature], language: str
) -> list[InputGroup]:
    """The inputs by table, those of the application first; `features` are the served model's."""
    by_name = {feature.name: feature for feature in (*full_catalogue(), *features)}
    groups: dict[str, list[InputRow]] = {}
    for name, value in _values(stored).items():
        feature = by_name.get(name)
        row = _row(name, value, feature, language)
        groups.setdefault(feature.table if feature else "", []).append(row)
    order = [*contracts(), *groups]
    return [InputGroup(table, groups[table]) for table in sorted(groups, key=order.index)]


def sources_used(stored: StoredDecision) -> set[str]:
    """Where inputs that have a value come from: "external" sources, the lender's "own" records."""
    tables = {feature.name: feature.table for feature in full_catalogue()}
    names = [name for name, value in _values(stored).items() if value is not None]
    return {source for name in names if (source := _source(name, tables.get(name, "")))}


def _source(name: str, table: str) -> str:
    if name.startswith(EXTERNAL_PREFIX) or table in EXTERNAL_TABLES:
        return "external"
    return "own" if table not in ("", APPLICATION) else ""


def _values(stored: StoredDecision) -> Mapping[str, Any]:
    values: Mapping[str, Any] = {} if stored.inputs is None else json.loads(stored.inputs)
    return values


def _row(name: str, value: Any, feature: Feature | None, language: str) -> InputRow:
    exact = json.dumps(value, ensure_ascii=False)
    if feature is None or isinstance(value, list | dict | bool):
        return InputRow(name, name, exact, exact, value is not None)
    meaning = capitalise(meanings(feature)[language])
    text = read_out(feature, value, language)
    if language == "fr":
        meaning, text = no_break(meaning), no_break(text)
    return InputRow(name, meaning, text, exact, value is not None)
