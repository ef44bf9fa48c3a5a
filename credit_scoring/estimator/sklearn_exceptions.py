"""scikit-learn's exceptions if scikit-learn is loaded; the estimator itself does not need it."""

import sys
import warnings
from typing import Any

COLUMN_VECTOR = (
    "A column-vector y was passed when a 1d array was expected: pass its one column, y.ravel()"
)


class NotFittedError(ValueError, AttributeError):
    """The estimator is used before `fit`. scikit-learn's error of that name has the same bases."""


def not_fitted_error(message: str) -> NotFittedError:
    """Return the error, which is scikit-learn's too if that is loaded."""
    theirs = _loaded("NotFittedError")
    if theirs is None:
        return NotFittedError(message)
    both: type[NotFittedError] = type("NotFittedError", (NotFittedError, theirs), {})
    return both(message)


def warn_of_column_vector(stacklevel: int) -> None:
    """Warn that the labels are a table of one column."""
    category = _loaded("DataConversionWarning") or UserWarning
    warnings.warn(COLUMN_VECTOR, category, stacklevel=stacklevel + 1)


def _loaded(name: str) -> Any:
    return getattr(sys.modules.get("sklearn.exceptions"), name, None)
