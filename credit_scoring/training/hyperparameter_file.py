"""LightGBM hyperparameters in a TOML file: written by `tune`, read by `train --params`.

    [params]
    learning_rate = 0.03
    num_leaves = 5

    [provenance]
    log_loss = 0.2364

Only `[params]` is required. Parameters that it does not name keep the estimator's values.
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
# LightGBM hyperparameters, for: python model.py train --params THIS_FILE
# Parameters not in [params] keep the estimator's values; [provenance] says where they come from.
"""
TABLES = ("params", "provenance")
DIRECTIONS = "monotone_constraints"  # by position, which a file cannot know


@dataclass(frozen=True)
class Hyperparameters:
    """LightGBM parameters, and their provenance: data, seed, search and score."""

    params: Mapping[str, Any]
    provenance: Mapping[str, Any] = field(default_factory=dict)


def write_hyperparameters(path: Path, hyperparameters: Hyperparameters) -> None:
    """Write the file atomically; SettingError if it cannot be written."""
    content = {name: dict(getattr(hyperparameters, name)) for name in TABLES}
    write_atomically(path, f"{COMMENT}\n{tomli_w.dumps(content)}")


def read_hyperparameters(path: Path) -> Hyperparameters:
    """Read the file; SettingError if it is not valid or LightGBM refuses a parameter."""
    content = read_toml(path, SettingError, "python model.py tune writes one")
    unknown = [name for name in content if name not in TABLES]
    are_tables = all(isinstance(content.get(name, {}), dict) for name in TABLES)
    if unknown or not are_tables or "params" not in content:
        problem = ", ".join(unknown) or "no table [params]"
        raise SettingError(
            f"{path} is not a file of hyperparameters ({problem}): "
            "expected the tables [params] and [provenance]"
        )
    try:
        validate_hyperparameters(content["params"])
    except ValueError as error:
        raise SettingError(f"{path}: {error}") from error
    return Hyperparameters(content["params"], content.get("provenance", {}))


def validate_hyperparameters(params: Mapping[str, Any]) -> None:
    """ValueError if a parameter is unknown, is reserved for the estimator, or has a bad value.

    Only LightGBM knows which values it accepts, so this starts a fit on a few synthetic rows.
    """
    merged_params = CustomThresholdLGBM(params={**params, **ONE_THREAD}).lightgbm_params()
    if DIRECTIONS in merged_params:
        raise ValueError(f"params has {DIRECTIONS}: remove it, and give the features a direction")
    rows = np.arange(100.0)[:, None]
    try:
        data = lgb.Dataset(rows, rows[:, 0] % 2, params=merged_params)
        lgb.Booster(merged_params, data).update()
    except (lgb.basic.LightGBMError, ValueError, TypeError) as error:
        raise ValueError(f"LightGBM refuses these parameters: {error}") from error
