"""The encoder of blocks: applicants as a table to columns in model order.

Sentinels, rounding to 32 bits and ratios are those of `RowEncoder`.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from credit_scoring.batch.vectorised_trees import Columns
from credit_scoring.errors import FeatureError
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.features.build_applicant_store import plain_value
from credit_scoring.scoring.row_encoder import Inputs, RowEncoder

MOST_NAMES_SHOWN = 5


class BlockEncoder:
    """Encodes tables of applicants for the model of `encoder`. Safe to use from several threads.

    A table has a column per requested feature, and may have others. Null and NaN are missing.
    """

    def __init__(self, encoder: RowEncoder) -> None:
        self._encoder = encoder
        self._categories = {name: [*codes] for name, codes in encoder.level_codes.items()}
        self._plain = [plain_value(f.feature) for f in encoder.requested_features]

    def require_columns(self, features: pl.DataFrame) -> None:
        """FeatureError if a requested feature has no column, or one of another kind."""
        names = [*self._encoder.number_names, *self._categories]
        missing = [name for name in names if name not in features.columns]
        if missing:
            shown = ", ".join(missing[:MOST_NAMES_SHOWN])
            rest = f" and {len(missing) - MOST_NAMES_SHOWN} more" * (
                len(missing) > MOST_NAMES_SHOWN
            )
            raise FeatureError(
                f"the table has no column {shown}{rest}: expected the {len(names)} features that "
                "the bundle requests"
            )
        for name in names:
            self._require_kind(features[name])

    def columns(self, features: pl.DataFrame) -> Columns:
        """The columns (features, applicants) in model order, see `RowEncoder.columns`."""
        names = self._encoder.number_names
        numbers = features.select(pl.col(names).cast(pl.Float64)).to_numpy()
        codes = {name: _codes(features[name], levels) for name, levels in self._categories.items()}
        columns = self._encoder.encoded_columns(numbers, codes)
        return np.array([columns[name] for name in self._encoder.model_columns], dtype=np.float32)

    def inputs(self, features: pl.DataFrame) -> Sequence[Inputs]:
        """The applicants' values as a request has them, for explanations."""
        known = features.with_columns(pl.selectors.float().fill_nan(None))
        return known.select(self._plain).to_dicts()

    def _require_kind(self, column: pl.Series) -> None:
        is_category = column.name in self._categories
        is_number = column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)
        is_text = column.dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null)
        if not (is_text if is_category else is_number):
            expected = "its levels as text" if is_category else "numbers"
            raise FeatureError(f"{column.name} is {column.dtype}: expected {expected}")


def _codes(texts: pl.Series, levels: list[str]) -> Floats:
    """The code of each text; NaN if it is missing or not a level."""
    codes = texts.cast(pl.Enum(levels), strict=False).to_physical()
    return codes.cast(pl.Float64).to_numpy()
