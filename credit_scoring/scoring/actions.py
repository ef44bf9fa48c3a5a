"""What an applicant can change: `actions.toml` read, and the changes of one applicant's inputs that it allows."""

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from pathlib import Path
from typing import Any

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.scalar_check import is_valid
from credit_scoring.scoring.scorer import Inputs, Value

FILE = Path(__file__).with_name("actions.toml")


@dataclass(frozen=True, eq=False)
class Lever:
    """One thing to change: its code, its name by language, the power of each column it moves, its factors."""

    code: str
    name: dict[str, str]
    powers: dict[str, int]
    factors: tuple[float, ...]


@dataclass(frozen=True)
class Change:
    """Levers moved by some factors: the inputs that become other values. `size` is the sum of |log factor|."""

    levers: tuple[Lever, ...]
    size: float
    values: dict[str, float]

    @property
    def codes(self) -> tuple[str, ...]:
        """The levers' codes."""
        return tuple(lever.code for lever in self.levers)


@cache
def actions() -> dict[str, Any]:
    """The file: the table whose columns are meant, the digits of a suggestion, the levers."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def levers() -> tuple[Lever, ...]:
    """Every lever, in the order of the file, which breaks ties."""
    rows: dict[str, dict[str, Any]] = actions()["levers"]
    return tuple(
        Lever(code, {"en": row["en"], "fr": row["fr"]}, row["powers"], tuple(row["factors"]))
        for code, row in rows.items()
    )


def movable(asked: Sequence[ModelFeature]) -> dict[str, ModelFeature]:
    """The features of a model that some lever moves, by name."""
    moved = {name for lever in levers() for name in lever.powers}
    return {f.name: f for f in asked if f.name in moved and f.feature.table == actions()["table"]}


def usable(features: Mapping[str, ModelFeature], inputs: Inputs) -> tuple[Lever, ...]:
    """The levers on what is known of this applicant; of two that come to the same, the first."""
    known = {name for name in features if _amount(inputs.get(name)) > 0}
    found: dict[frozenset[tuple[str, int]], Lever] = {}
    for lever in levers():
        powers = {name: power for name, power in lever.powers.items() if name in known}
        if powers:
            found.setdefault(
                frozenset(powers.items()), Lever(lever.code, lever.name, powers, lever.factors)
            )
    return tuple(found.values())


def changes(
    chosen: Sequence[Lever], count: int, features: Mapping[str, ModelFeature], inputs: Inputs
) -> Iterator[Change]:
    """Every change that moves `count` of the levers and leaves each value within the model's range."""
    for moved in combinations(chosen, count):
        for factors in product(*(lever.factors for lever in moved)):
            scale = {name: 1.0 for lever in moved for name in lever.powers}
            for lever, factor in zip(moved, factors, strict=True):
                for name, power in lever.powers.items():
                    scale[name] *= factor**power
            values = {
                name: _rounded(_amount(inputs[name]) * by) for name, by in scale.items() if by != 1
            }
            if all(is_valid(value, features[name].feature) for name, value in values.items()):
                yield Change(moved, sum(abs(math.log(factor)) for factor in factors), values)


def _amount(value: Value) -> float:
    """The value as a number; 0 where there is none."""
    return value if isinstance(value, (int, float)) else 0.0


def _rounded(value: float) -> float:
    """The value to the digits of a suggestion, whole where it is."""
    found = float(f"{value:.{actions()['digits']}g}")
    return int(found) if found.is_integer() else found
