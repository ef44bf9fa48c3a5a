"""Type aliases that the estimator's modules share."""

from collections.abc import Callable
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Progress: TypeAlias = Callable[[int, int], None]  # (done, total)
Table: TypeAlias = nw.DataFrame[Any] | NDArray[Any]
Levels: TypeAlias = dict[
    str, tuple[str, ...]
]  # of each category column, in the order of their codes
