"""The encoder of applicants: validated inputs to rows in model order.

The row equals the one of the training table: the sentinel values are missing,
numbers are rounded to 32 bits, ratios come from the training formulas and fitted features from the
bundle's term model. One row is a list of floats, which is faster than arrays.
"""

import math
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.contracts.column_check import sentinels
from credit_scoring.contracts.scalar_check import level_codes
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.features.definitions.row_ratios import ratios_by_name
from credit_scoring.features.formula.arrays import compute_on_arrays
from credit_scoring.features.formula.row import row_function
from credit_scoring.features.formula.tree import Formula
from credit_scoring.loan_price.term_model import TermModel
from credit_scoring.scoring.derived_features import require_computable
from credit_scoring.scoring.fitted_features import CONTRACT_TYPE, FittedFeatures

Value = float | int | str | None
Inputs = Mapping[str, Value]
NAN = math.nan


class RowEncoder:
    """Encodes applicants for a model with `features` and the columns `model_columns`, in order.

    BundleError if there is a derived feature that this program computes differently, or a fitted
    one without the `term_model`.
    """

    def __init__(
        self,
        features: Sequence[ModelFeature],
        model_columns: Sequence[str],
        term_model: TermModel | None = None,
    ) -> None:
        self.requested_features = tuple(f for f in features if f.is_requested)
        numbers = [f for f in self.requested_features if not f.feature.levels]
        categories = [f for f in self.requested_features if f.feature.levels]
        ratios = [f for f in features if not f.is_requested and not f.feature.fitted]
        fitted = [f for f in features if not f.is_requested and f.feature.fitted]
        self.model_columns = model_columns
        self.number_names = [f.name for f in numbers]  # that are requested
        self._numbers_of = selector(self.number_names)
        self._sentinels = [
            (i, code) for i, f in enumerate(numbers) for code in sentinels(f.feature)
        ]
        self.level_codes: dict[str, dict[Any, int]] = {  # by category that is requested
            f.name: level_codes(f.feature) for f in categories
        }
        positions = {f.name: i for i, f in enumerate([*numbers, *categories, *ratios, *fitted])}
        self._formulas = {f.name: _formula(f, positions) for f in ratios}
        self._fitted = (
            FittedFeatures(fitted, self.requested_features, positions, term_model)
            if fitted
            else None
        )
        self._ratios = [row_function(formula, positions) for formula in self._formulas.values()]
        self._number_layout = struct.Struct(f"{len(numbers)}f")
        self._derived_layout = struct.Struct(f"{len(ratios) + len(fitted)}f")
        self._order = np.array([positions[name] for name in model_columns])
        self._fitted_places = np.isin(model_columns, [f.name for f in fitted])  # in a row

    def row(self, inputs: Inputs) -> Floats:
        """The applicant's row in model order, (features,).

        float64 with 32-bit values; NaN is missing.
        """
        get = inputs.get
        try:
            values = self._numbers_of(inputs)
        except KeyError:  # an absent value is missing
            values = map(get, self.number_names)
        numbers = [NAN if value is None else value for value in values]
        for index, sentinel in self._sentinels:
            if numbers[index] == sentinel:
                numbers[index] = NAN
        codes = [codes.get(get(name), NAN) for name, codes in self.level_codes.items()]
        row = [*_round_to_32_bits(numbers, self._number_layout), *codes]
        derived = [ratio(row) for ratio in self._ratios]
        if self._fitted is not None:
            derived += self._fitted.of_row(row)
        row += _round_to_32_bits(derived, self._derived_layout)
        ordered: Floats = np.array(row, dtype=np.float64)[self._order]
        return ordered

    def matrix(self, applicants: Sequence[Inputs], numbers: Floats | None = None) -> Floats:
        """The rows of one or more applicants, (applicants, features), computed by column."""
        if numbers is None:
            rows = [[*map(inputs.get, self.number_names)] for inputs in applicants]
            numbers = np.array(rows, dtype=np.float64)
        texts = {name: [inputs.get(name) for inputs in applicants] for name in self.level_codes}
        columns = self.columns(numbers, texts)
        return np.column_stack([columns[name] for name in self.model_columns]).astype(np.float64)

    def matrix_at_price(self, changed: Sequence[Inputs], inputs: Inputs) -> Floats:
        """As `matrix`, the fitted features being those of `inputs`: the price is held.

        The implied rate is a sawtooth in the amount: the term that explains an amount jumps.
        A loan of another type has a price of its own.
        """
        rows = self.matrix(changed)
        same_type = [c.get(CONTRACT_TYPE) == inputs.get(CONTRACT_TYPE) for c in changed]
        price = self.row(inputs)[self._fitted_places]
        rows[np.ix_(same_type, self._fitted_places)] = price
        return rows

    def has_price(self, inputs: Inputs) -> bool:
        """Whether the applicant has a fitted feature: the model knows a price of the loan."""
        return not np.isnan(self.row(inputs)[self._fitted_places]).all()

    def columns(
        self, numbers: Floats, texts: Mapping[str, Sequence[Value]]
    ) -> dict[str, NDArray[Any]]:
        """Every feature of the applicants, (applicants,): numbers in 32 bits and codes of levels.

        `numbers` (applicants, numbers) are in the order of `number_names`, `texts` by category.
        """
        codes = {
            name: np.array([codes.get(text, NAN) for text in texts[name]])
            for name, codes in self.level_codes.items()
        }
        return self.encoded_columns(numbers, codes)

    def encoded_columns(
        self, numbers: Floats, codes: Mapping[str, NDArray[Any]]
    ) -> dict[str, NDArray[Any]]:
        """As `columns`, given the codes (applicants,) of each category; NaN is missing."""
        values = np.array(numbers, dtype=np.float64)  # a copy that may be changed
        for index, sentinel in self._sentinels:
            values[values[:, index] == sentinel, index] = NAN
        numbers_32 = np.ascontiguousarray(values.T, dtype=np.float32)
        columns: dict[str, Any] = dict(zip(self.number_names, numbers_32, strict=True)) | dict(
            codes
        )
        for name, formula in self._formulas.items():
            columns[name] = compute_on_arrays(formula, columns)
        if self._fitted is not None:
            columns |= self._fitted.of_columns(columns)
        return columns


def _round_to_32_bits(values: Sequence[Value], layout: struct.Struct) -> tuple[float, ...]:
    """The values as the 32-bit numbers of the feature table; OverflowError beyond their range."""
    return layout.unpack(layout.pack(*values))


def _formula(feature: ModelFeature, positions: Mapping[str, int]) -> Formula:
    ratio = ratios_by_name().get(feature.name)
    require_computable(feature, None if ratio is None else ratio.feature, positions)
    return ratios_by_name()[feature.name].formula


def selector(keys: Sequence[Any]) -> Callable[[Any], Iterable[Any]]:
    """A function that selects the values at `keys` of a mapping or of a sequence."""
    if len(keys) > 1:
        return itemgetter(*keys)  # twice as fast
    return lambda values: [values[key] for key in keys]
