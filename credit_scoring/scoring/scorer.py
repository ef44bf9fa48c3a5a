"""One applicant's inputs to a row in model order, and the row to a decision.

The row is what the training table held: the source's marks for "no value" are missing, numbers are rounded to
the table's 32 bits, ratios come from the training formulas.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.bundle.read import Bundle
from credit_scoring.features.formula import on_row
from credit_scoring.features.row_ratios import by_name
from credit_scoring.scoring.decision import Decision, decide

Value = float | int | str | None
Inputs = Mapping[str, Value]


class Scorer:
    """Scores applicants with one bundle. Safe to use from several threads."""

    def __init__(self, bundle: Bundle) -> None:
        manifest, self._model = bundle.manifest, bundle.model
        self.version = manifest.version
        self.asked: tuple[ModelFeature, ...] = tuple(f for f in manifest.features if f.asked)
        self._numbers = [f.name for f in self.asked if not f.feature.levels]
        self._marks = np.array([_sentinel(f) for f in self.asked if not f.feature.levels])
        self._codes = {f.name: _codes(f) for f in self.asked if f.feature.levels}
        derived = [f.name for f in manifest.features if f.role == "derived"]
        names = [*self._numbers, *self._codes, *derived]
        position = {name: index for index, name in enumerate(names)}
        self._ratios = [on_row(by_name()[name].formula, position) for name in derived]
        self._order = np.array([position[str(name)] for name in self._model.feature_names_in_])

    def score(self, inputs: Inputs) -> Decision:
        """Decide on one applicant; `inputs` are validated values by feature name, absent or None is missing."""
        return decide(self._model.row_probability(self.row(inputs)), self._model.threshold_, self.version)

    def row(self, inputs: Inputs) -> NDArray[np.float64]:
        """The applicant's row in model order, shape (features,): float64 holding 32-bit values, NaN for missing."""
        get = inputs.get
        numbers = np.array([get(name) for name in self._numbers], dtype=np.float64)
        numbers[numbers == self._marks] = np.nan
        known: list[float] = numbers.astype(np.float32).tolist()
        known += [codes.get(get(name), np.nan) for name, codes in self._codes.items()]
        ratios = [ratio(known) for ratio in self._ratios]
        known += np.array(ratios, dtype=np.float32).tolist()
        row: NDArray[np.float64] = np.array(known)[self._order]
        return row


def _sentinel(feature: ModelFeature) -> float:
    return np.nan if feature.feature.sentinel is None else feature.feature.sentinel


def _codes(feature: ModelFeature) -> dict[Value, float]:
    return {level: float(code) for code, level in enumerate(feature.feature.levels)}
