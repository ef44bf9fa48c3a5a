"""Preprocessing for the candidates: from coded features to what each model accepts.

Medians and scales are learned inside the fold, as steps of the pipeline.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

MAX_DEVIATION = 10.0  # standard deviations; larger values are clipped
MISSING_CODE = -1  # the code of a missing level, for models that need one


@dataclass(frozen=True)
class Columns:
    """The columns of a coded matrix: how many levels the contract gives each, 0 for a number."""

    levels: tuple[int, ...]

    @classmethod
    def of(cls, features: pl.DataFrame) -> "Columns":
        """Return the columns of a feature table."""
        return cls(
            tuple(
                len(dtype.categories) if isinstance(dtype, pl.Enum) else 0
                for dtype in features.dtypes
            )
        )

    @property
    def numbers(self) -> list[int]:
        """The positions of the numbers."""
        return [position for position, count in enumerate(self.levels) if not count]

    @property
    def categories(self) -> list[int]:
        """The positions of the categories."""
        return [position for position, count in enumerate(self.levels) if count]

    @property
    def category_names(self) -> tuple[str, ...]:
        """The categories' names in the frame that `as_frame` makes."""
        return tuple(map(str, self.categories))


def dense(columns: Columns) -> Any:
    """Return a transformer to scaled numbers without missing values, as linear models need.

    A missing number becomes the median and is marked in a column of its own. A category becomes
    one column per level of the contract; all are 0 if it is missing.
    """
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        FunctionTransformer(np.clip, kw_args={"a_min": -MAX_DEVIATION, "a_max": MAX_DEVIATION}),
    )
    codes = [np.arange(columns.levels[i], dtype=np.float32) for i in columns.categories]
    levels = OneHotEncoder(
        categories=codes, handle_unknown="ignore", sparse_output=False, dtype=np.float32
    )
    return ColumnTransformer(
        [("numbers", numbers, columns.numbers), ("levels", levels, columns.categories)]
    )


def as_frame(columns: Columns) -> Any:
    """Return a transformer to a pandas frame for LightGBM, XGBoost and CatBoost.

    Numbers may be missing. A category has the contract's levels, whichever occur, and a level for
    missing.
    """
    return FunctionTransformer(_to_frame, kw_args={"levels": columns.levels})


def _to_frame(matrix: NDArray[np.float32], levels: tuple[int, ...]) -> Any:
    import pandas as pd  # noqa: PLC0415 - installed in the laboratory only

    frame = pd.DataFrame(matrix, columns=[str(position) for position in range(len(levels))])
    categories = {}
    for position, count in enumerate(levels):
        if count:
            codes = np.nan_to_num(matrix[:, position], nan=MISSING_CODE).astype(int)
            known = range(MISSING_CODE, count)
            categories[str(position)] = pd.Categorical(codes, categories=known)
    return frame.assign(**categories)
