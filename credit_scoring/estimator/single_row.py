"""Single-row prediction through LightGBM's C interface: the fast path of one web request.

The only module that uses LightGBM's private names. If the installed version does not have them,
`Booster.predict` gives the same numbers more slowly, and parameters are accepted under any name.
"""

import ctypes
import functools
import os
import threading
import weakref
from typing import Any

import lightgbm as lgb
import numpy as np
from lightgbm import basic

from credit_scoring.estimator.type_aliases import Floats

FLOAT64 = 1  # C_API_DTYPE_FLOAT64
# The constant of each output in C (C_API_PREDICT_…), and its option of Booster.predict.
OUTPUTS: dict[str, tuple[int, dict[str, bool]]] = {
    "probabilities": (0, {}),
    "score": (1, {"raw_score": True}),
    "contributions": (3, {"pred_contrib": True}),
}


class SingleRowPredictor:
    """Predicts encoded rows one at a time. Safe to use from several threads and after a fork."""

    def __init__(self, booster: lgb.Booster) -> None:
        self._booster = booster
        self._shape = (booster.num_feature(),)
        self._paths = threading.local()  # a path has buffers

    def predict(self, row: Floats, *, explain: bool) -> Floats:
        """Return the raw score (1,) of a row (k,) or, to `explain`, its contributions (k + 1,).

        The next call in this thread overwrites the array.
        """
        return self._predict(row, "contributions" if explain else "score")

    def probabilities(self, row: Floats) -> Floats:
        """Return the probability of each class, (classes,), of a row (k,).

        The next call in this thread overwrites the array.
        """
        return self._predict(row, "probabilities")

    def _predict(self, row: Floats, output: str) -> Floats:
        path: _FastPath | _BoosterPath | None = getattr(self._paths, output, None)
        if path is None or path.process != os.getpid():
            path = _path(self._booster, output)
            setattr(self._paths, output, path)
        if row.shape != self._shape:
            raise ValueError(f"row has the shape {row.shape}: expected {self._shape}")
        return path.predict(row)


def main_parameter_names() -> dict[str, str]:
    """Return LightGBM's main name of each parameter by alias; empty if the version hides them."""
    try:
        aliases = basic._ConfigAliases._get_all_param_aliases()  # noqa: SLF001
    except AttributeError:
        return {}
    return {alias: name for name, names in aliases.items() for alias in names}


def _path(booster: lgb.Booster, output: str) -> "_FastPath | _BoosterPath":
    try:
        return _FastPath(booster, output)
    except AttributeError:  # this version does not have the private names
        return _BoosterPath(booster, output)


class _FastPath:
    """One thread's handle on LightGBM's single-row path with its buffers, freed together."""

    def __init__(self, booster: lgb.Booster, output: str) -> None:
        library: Any = basic._LIB  # type: ignore[attr-defined]  # noqa: SLF001
        self._check = basic._safe_call  # noqa: SLF001
        self._booster = booster  # must outlive the handle
        self.process = os.getpid()
        width = booster.num_feature()
        self._row = np.empty(width)
        per_class = width + 1 if output == "contributions" else 1
        self._result = np.empty(per_class * booster.num_model_per_iteration())
        handle = ctypes.c_void_p()
        options = (
            OUTPUTS[output][0],
            0,
            -1,
            FLOAT64,
            width,
            b"num_threads=1",
            ctypes.byref(handle),
        )
        initialise = library.LGBM_BoosterPredictForMatSingleRowFastInit
        self._check(initialise(booster._handle, *options))  # noqa: SLF001
        self._call = functools.partial(
            library.LGBM_BoosterPredictForMatSingleRowFast,
            handle,
            ctypes.c_void_p(self._row.ctypes.data),
            ctypes.byref(ctypes.c_int64()),  # the length of the result
            ctypes.c_void_p(self._result.ctypes.data),
        )
        weakref.finalize(self, library.LGBM_FastConfigFree, handle).atexit = False

    def predict(self, row: Floats) -> Floats:
        self._row[:] = row
        self._check(self._call())
        return self._result


class _BoosterPath:
    """The same through LightGBM's public interface."""

    def __init__(self, booster: lgb.Booster, output: str) -> None:
        self.process = os.getpid()
        self._booster = booster
        self._options: dict[str, Any] = {**OUTPUTS[output][1], "num_threads": 1}

    def predict(self, row: Floats) -> Floats:
        return np.asarray(self._booster.predict(row[None], **self._options)).reshape(-1)
