"""One applicant's inputs to a row in model order, and the row to a decision.

The row is what the training table held: the source's marks for "no value" are missing, numbers are rounded to
the table's 32 bits, ratios come from the training formulas. Lists of floats: at one row they beat arrays.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.bundle.read_bundle import Bundle
from credit_scoring.errors import BundleError
from credit_scoring.features.definitions.row_ratios import by_name
from credit_scoring.features.formula.arrays import on_arrays
from credit_scoring.features.formula.tree import Formula, on_row
from credit_scoring.scoring.decision import Decision, decide

Value = float | int | str | None
Inputs = Mapping[str, Value]
Floats = NDArray[np.float64]
NAN = math.nan
TOLERANCE = 1e-9  # another processor may round the last bits of an exponential otherwise


class Scorer:
    """Scores applicants with one bundle. Safe to use from several threads.

    Raises BundleError where the bundle has a derived feature that this program does not compute as training did.
    """

    def __init__(self, bundle: Bundle) -> None:
        manifest, self._model = bundle.manifest, bundle.model
        self.version = manifest.version
        self.asked: tuple[ModelFeature, ...] = tuple(f for f in manifest.features if f.asked)
        numbers = [f for f in self.asked if not f.feature.levels]
        derived = [f for f in manifest.features if not f.asked]
        self._numbers = [f.name for f in numbers]
        self._sentinels = [
            (i, f.feature.sentinel) for i, f in enumerate(numbers) if f.feature.sentinel is not None
        ]
        self._codes = {f.name: _codes(f) for f in self.asked if f.feature.levels}
        position = {
            name: i
            for i, name in enumerate([*self._numbers, *self._codes, *(f.name for f in derived)])
        }
        self._formulas = {f.name: _formula(f, position) for f in derived}
        self._ratios = [on_row(formula, position) for formula in self._formulas.values()]
        self._in_32_bits = struct.Struct(f"{len(numbers)}f"), struct.Struct(f"{len(derived)}f")
        self._order = np.array([position[str(name)] for name in self._model.feature_names_in_])

    def score(self, inputs: Inputs) -> Decision:
        """Decide on one applicant; `inputs` are validated values by feature name, absent or None is missing."""
        return decide(
            self._model.row_probability(self.row(inputs)), self._model.threshold_, self.version
        )

    def score_all(
        self, applicants: Sequence[Inputs], numbers: Floats | None = None
    ) -> list[Decision]:
        """Decide on at least one applicant as `score` does, bit for bit, with one call of the trees for all.

        `numbers` may hold what they bring, (applicants, asked features without levels) in the order of `asked`.
        """
        probabilities = self._model.matrix_probability(self.matrix(applicants, numbers)).tolist()
        return [
            decide(probability, self._model.threshold_, self.version)
            for probability in probabilities
        ]

    def row(self, inputs: Inputs) -> Floats:
        """The applicant's row in model order, shape (features,): float64 holding 32-bit values, NaN for missing."""
        get, (numbers, derived) = inputs.get, self._in_32_bits
        values = [NAN if value is None else value for value in map(get, self._numbers)]
        for index, sentinel in self._sentinels:
            if values[index] == sentinel:
                values[index] = NAN
        row = [
            *_rounded(values, numbers),
            *(codes.get(get(name), NAN) for name, codes in self._codes.items()),
        ]
        row += _rounded([ratio(row) for ratio in self._ratios], derived)
        ordered: Floats = np.array(row)[self._order]
        return ordered

    def matrix(self, applicants: Sequence[Inputs], numbers: Floats | None = None) -> Floats:
        """The rows of at least one applicant, shape (applicants, features), worked out column by column."""
        brought = (
            [[*map(inputs.get, self._numbers)] for inputs in applicants]
            if numbers is None
            else numbers
        )
        values = np.array(brought, dtype=np.float64)  # a copy, which may be changed
        for index, sentinel in self._sentinels:
            values[values[:, index] == sentinel, index] = NAN
        columns: dict[str, NDArray[Any]] = dict(
            zip(self._numbers, values.T.astype(np.float32), strict=True)
        )
        for name, codes in self._codes.items():
            columns[name] = np.array([codes.get(inputs.get(name), NAN) for inputs in applicants])
        columns |= {name: on_arrays(formula, columns) for name, formula in self._formulas.items()}
        return np.column_stack([columns[name] for name in self._model.feature_names_in_]).astype(
            np.float64
        )


def verified(bundle: Bundle) -> Scorer:
    """The bundle's scorer, once it has given the golden rows their probabilities; BundleError where it does not."""
    scorer = Scorer(bundle)
    for row in bundle.manifest.golden_rows:
        probability = scorer.score(row["features"]).probability
        if abs(probability - row["probability"]) > TOLERANCE:
            raise BundleError(
                f'the model gives its example "{row["name"]}" the probability {probability}, its manifest says '
                f"{row['probability']}: this machine or its libraries compute otherwise; train the model again"
            )
    return scorer


def _rounded(values: Sequence[Value], layout: struct.Struct) -> tuple[float, ...]:
    """The values as the 32-bit numbers of the feature table; OverflowError beyond their range."""
    return layout.unpack(layout.pack(*values))


def _codes(feature: ModelFeature) -> dict[Value, float]:
    return {level: float(code) for code, level in enumerate(feature.feature.levels)}


def _formula(feature: ModelFeature, position: Mapping[str, int]) -> Formula:
    known = by_name().get(feature.name)
    if known is None or str(known.formula) != feature.feature.formula:
        raise BundleError(
            f"{feature.name} was computed otherwise in training ({feature.feature.formula}): train again"
        )
    missing = [name for name in known.formula.columns if name not in position]
    if missing:
        raise BundleError(
            f"{feature.name} needs {', '.join(missing)}, which the bundle does not ask for: train again"
        )
    return known.formula
