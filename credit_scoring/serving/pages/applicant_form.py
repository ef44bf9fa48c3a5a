"""The layout of the form of the page that decides: its fields by group, and the history."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.contract import contracts

GROUPS_FILE = Path(__file__).with_name("application_groups.toml")
APPLICATION = "application"
OTHER = "other"  # the group of the features that are not of the application or its history
OPEN_FIELDS = 12  # of a group: the most important ones; the others are folded
FOLDED_GROUPS = ("building", "documents")  # of which a person seldom knows anything


@dataclass(frozen=True)
class FieldGroup:
    """The fields of one heading; `folded` are the less important ones."""

    name: str
    opened: list[ModelFeature]
    folded: list[ModelFeature]


@dataclass(frozen=True)
class FormLayout:
    """The fields that a person fills in, and the computed history by source table."""

    groups: list[FieldGroup]
    history: dict[str, list[ModelFeature]]


def form_layout(requested: Sequence[ModelFeature], features: Sequence[ModelFeature]) -> FormLayout:
    """The layout of the `requested` features of a model with these `features`.

    A lender's own table has one group and no history.
    """
    importance = total_importance(features)
    members: dict[str, list[ModelFeature]] = {name: [] for name in (*application_groups(), OTHER)}
    history: dict[str, list[ModelFeature]] = {}
    for feature in requested:
        table = feature.feature.table
        if table in contracts() and table != APPLICATION:
            history.setdefault(table, []).append(feature)
        else:
            members[group_of(feature)].append(feature)
    groups = [_field_group(name, fields, importance) for name, fields in members.items() if fields]
    return FormLayout(groups, history)


def _field_group(
    name: str, fields: Sequence[ModelFeature], importance: Mapping[str, float]
) -> FieldGroup:
    """A group's fields, the most important ones open; a lender's are in order of importance."""
    ranked = sorted(fields, key=lambda feature: -importance[feature.name])
    count = 0 if name in FOLDED_GROUPS else OPEN_FIELDS
    opened = {feature.name for feature in ranked[:count]}
    ordered = ranked if name == OTHER else sorted(fields, key=_place)
    return FieldGroup(
        name,
        [feature for feature in ordered if feature.name in opened],
        [feature for feature in ordered if feature.name not in opened],
    )


def total_importance(features: Sequence[ModelFeature]) -> dict[str, float]:
    """The importance of each feature plus its share of that of the ratios computed from it."""
    importance = {feature.name: feature.importance for feature in features}
    for ratio in (feature for feature in features if not feature.is_requested):
        for name in ratio.feature.inputs:
            importance[name] += ratio.importance / len(ratio.feature.inputs)
    return importance


@cache
def application_groups() -> dict[str, list[str]]:
    """The patterns of the columns' names, by group."""
    return tomllib.loads(GROUPS_FILE.read_text(encoding="utf-8"))


def group_of(feature: ModelFeature) -> str:
    """The group of a column of the application; OTHER for a lender's own column."""
    if feature.feature.table == APPLICATION:
        for group, patterns in application_groups().items():
            if any(fnmatchcase(feature.name, pattern) for pattern in patterns):
                return group
    return OTHER


def _place(feature: ModelFeature) -> int:
    patterns = application_groups().get(group_of(feature), [])
    return next(i for i, pattern in enumerate(patterns) if fnmatchcase(feature.name, pattern))
