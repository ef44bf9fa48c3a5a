"""Actions: what an applicant can change, from `actions.toml`, and the inputs that result."""

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from itertools import combinations, product
from typing import Any

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.scalar_check import is_valid
from credit_scoring.scoring.row_encoder import Inputs, Value

ACTIONS_FILE = files("credit_scoring.scoring") / "actions.toml"
TextByLanguage = dict[str, str]


@dataclass(frozen=True, eq=False)
class Action:
    """One thing to change.

    `powers`: a factor, raised to the power, multiplies each column. Texts are by language: `tried`
    says the limits; `more` and `less`, how a change by a factor above or below 1 is made, if that
    needs to be said.
    """

    code: str
    powers: dict[str, int]
    factors: tuple[float, ...]
    tried: TextByLanguage
    more: TextByLanguage = field(default_factory=dict)
    less: TextByLanguage = field(default_factory=dict)

    def manner(self, factor: float) -> TextByLanguage:
        """How a change by `factor` is made; empty if that does not need to be said."""
        return self.more if factor > 1 else self.less


@dataclass(frozen=True)
class Change:
    """Actions with a factor each, the new `values` of inputs; `size` is the sum of |log factor|."""

    actions: tuple[Action, ...]
    factors: tuple[float, ...]
    size: float
    values: dict[str, float]

    @property
    def codes(self) -> tuple[str, ...]:
        """The actions' codes."""
        return tuple(action.code for action in self.actions)

    @property
    def manners(self) -> list[TextByLanguage]:
        """How the changes are made, where that needs to be said."""
        manners = map(Action.manner, self.actions, self.factors)
        return [manner for manner in manners if manner]


@cache
def _content() -> dict[str, Any]:
    """The file: the table and the texts of the columns, the digits of a suggestion, the actions."""
    return tomllib.loads(ACTIONS_FILE.read_text(encoding="utf-8"))


@cache
def all_actions() -> tuple[Action, ...]:
    """Every action, in the order of the file, which breaks ties."""
    rows: dict[str, dict[str, Any]] = _content()["actions"]
    return tuple(
        Action(code, **{**row, "factors": tuple(row["factors"])}) for code, row in rows.items()
    )


def column_clauses() -> dict[str, TextByLanguage]:
    """What the applicant does to change a column, with {new} and {old}, in the order of saying."""
    clauses: dict[str, TextByLanguage] = _content()["columns"]
    return clauses


def changeable_features(features: Sequence[ModelFeature]) -> dict[str, ModelFeature]:
    """The features that some action changes, by name."""
    names = {name for action in all_actions() for name in action.powers}
    table = _content()["table"]
    return {f.name: f for f in features if f.name in names and f.feature.table == table}


def applicable_actions(features: Mapping[str, ModelFeature], inputs: Inputs) -> tuple[Action, ...]:
    """The actions on the applicant's known amounts; of two equivalent ones the first."""
    known = {name for name in features if _amount(inputs.get(name)) > 0}
    actions: dict[frozenset[tuple[str, int]], Action] = {}
    for action in all_actions():
        powers = {name: power for name, power in action.powers.items() if name in known}
        if powers:
            actions.setdefault(frozenset(powers.items()), replace(action, powers=powers))
    return tuple(actions.values())


def possible_changes(
    actions: Sequence[Action], count: int, features: Mapping[str, ModelFeature], inputs: Inputs
) -> Iterator[Change]:
    """Every change by `count` of the actions that keeps each value in the model's range."""
    for combination in combinations(actions, count):
        for factors in product(*(action.factors for action in combination)):
            values = _changed_values(combination, factors, inputs)
            if all(is_valid(value, features[name].feature) for name, value in values.items()):
                size = sum(abs(math.log(factor)) for factor in factors)
                yield Change(combination, factors, size, values)


def _changed_values(
    actions: Sequence[Action], factors: Sequence[float], inputs: Inputs
) -> dict[str, float]:
    scales = {name: 1.0 for action in actions for name in action.powers}
    for action, factor in zip(actions, factors, strict=True):
        for name, power in action.powers.items():
            scales[name] *= factor**power
    return {
        name: _round(_amount(inputs[name]) * scale) for name, scale in scales.items() if scale != 1
    }


def _amount(value: Value) -> float:
    """The value as a number; 0 if there is none."""
    return value if isinstance(value, (int, float)) else 0.0


def _round(value: float) -> float:
    """The value with the digits of a suggestion; an int if it is whole."""
    rounded = float(f"{value:.{_content()['digits']}g}")
    return int(rounded) if rounded.is_integer() else rounded
