"""From coded features to what a model can take. What is learned (medians, scales) is learned inside a fold."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

FARTHEST = 10.0  # standard deviations: beyond, a value is no longer told from a larger one
MISSING = -1  # the code of a missing level where a model wants one


@dataclass(frozen=True)
class Columns:
    """The columns of a coded matrix: how many levels the contract gives each, 0 for a number."""

    levels: tuple[int, ...]

    @classmethod
    def of(cls, features: pl.DataFrame) -> "Columns":
        """Those of a feature table."""
        dtypes = features.dtypes
        return cls(
            tuple(len(dtype.categories) if isinstance(dtype, pl.Enum) else 0 for dtype in dtypes)
        )

    @property
    def numbers(self) -> list[int]:
        """The positions of the numbers."""
        return [i for i, count in enumerate(self.levels) if not count]

    @property
    def categories(self) -> list[int]:
        """The positions of the categories."""
        return [i for i, count in enumerate(self.levels) if count]

    @property
    def names_of_categories(self) -> tuple[str, ...]:
        """The categories' names in the frame that `as_frame` makes."""
        return tuple(map(str, self.categories))


def dense(columns: Columns) -> Any:
    """Nothing missing, all on one scale: for models that add things up, and for neighbours.

    A missing number becomes the median, and a column of its own says so; a category becomes a column per level of
    the contract, a missing one zeros in all of them.
    """
    known = [np.arange(columns.levels[i], dtype=np.float32) for i in columns.categories]
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        FunctionTransformer(np.clip, kw_args={"a_min": -FARTHEST, "a_max": FARTHEST}),
    )
    levels = OneHotEncoder(
        categories=known, handle_unknown="ignore", sparse_output=False, dtype=np.float32
    )
    return ColumnTransformer(
        [("numbers", numbers, columns.numbers), ("levels", levels, columns.categories)]
    )


def as_frame(columns: Columns) -> Any:
    """A pandas frame that LightGBM, XGBoost and CatBoost take as it is: numbers may be missing, levels are codes.

    The levels are the contract's, whichever occur, and missing is a level of its own.
    """
    return FunctionTransformer(_framed, kw_args={"levels": columns.levels})


def _framed(matrix: NDArray[np.float32], levels: tuple[int, ...]) -> Any:
    import pandas as pd  # noqa: PLC0415 - the laboratory's; training does without

    frame = pd.DataFrame(matrix, columns=[str(i) for i in range(len(levels))])
    coded = {
        str(i): np.nan_to_num(matrix[:, i], nan=MISSING).astype(int)
        for i, count in enumerate(levels)
        if count
    }
    known = {name: range(MISSING, levels[int(name)]) for name in coded}
    return frame.assign(
        **{name: pd.Categorical(codes, categories=known[name]) for name, codes in coded.items()}
    )
