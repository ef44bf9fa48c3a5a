"""LightGBM's parameters as a TOML file: what `tune` leaves and `train --params` reads; a person may write one too.

    [params]
    learning_rate = 0.03
    num_leaves = 5

    [provenance]
    log_loss = 0.2364

Only `[params]` is required; what it does not name stays as the estimator has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import tomli_w

from credit_scoring.errors import SettingError
from credit_scoring.files import write_atomically
from credit_scoring.toml_file import read_toml
from credit_scoring.training.cross_validation import ONE_THREAD
from custom_threshold_model import CustomThresholdLGBM

COMMENT = """\
# LightGBM's parameters, for: python model.py train --params THIS_FILE
# What [params] does not name stays as the estimator has it; [provenance] says where they come from.
"""
TABLES = ("params", "provenance")


@dataclass(frozen=True)
class Hyperparameters:
    """Parameters of the trees, and where they come from: what data, seed, search and score."""

    params: Mapping[str, Any]
    provenance: Mapping[str, Any] = field(default_factory=dict)


def write_parameters(path: Path, parameters: Hyperparameters) -> None:
    """Write the file, whole or not at all; SettingError where the place cannot be written."""
    content = {"params": dict(parameters.params), "provenance": dict(parameters.provenance)}
    write_atomically(path, f"{COMMENT}\n{tomli_w.dumps(content)}")


def read_parameters(path: Path) -> Hyperparameters:
    """The parameters in the file, each known to LightGBM and of a value that it takes; else SettingError."""
    raw = read_toml(path, SettingError, "python model.py tune writes one")
    unknown = [name for name in raw if name not in TABLES]
    if (
        unknown
        or not all(isinstance(raw.get(name, {}), dict) for name in TABLES)
        or "params" not in raw
    ):
        found = ", ".join(unknown) or "no table [params]"
        raise SettingError(
            f"{path} is no file of parameters ({found}): expected the tables [params] and [provenance]"
        )
    try:
        check_params(raw["params"])
    except ValueError as error:
        raise SettingError(f"{path}: {error}") from error
    return Hyperparameters(raw["params"], raw.get("provenance", {}))


def check_params(params: Mapping[str, Any]) -> None:
    """ValueError on a parameter that LightGBM does not know (with the nearest name), that is ours, or of a bad value.

    LightGBM says by itself which values it takes, so it is asked to begin a fit on a few made-up rows.
    """
    fitted = CustomThresholdLGBM(params={**params, **ONE_THREAD}).lightgbm_params()
    rows = np.arange(100.0)[:, None]
    try:
        lgb.Booster(fitted, lgb.Dataset(rows, rows[:, 0] % 2, params=fitted)).update()
    except (lgb.basic.LightGBMError, ValueError, TypeError) as error:
        raise ValueError(f"LightGBM refuses these parameters: {error}") from error
