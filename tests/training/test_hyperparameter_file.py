"""Hyperparameter files: a round trip keeps them, and what LightGBM refuses is refused."""

import pytest

from credit_scoring.errors import SettingError
from credit_scoring.training.hyperparameter_file import (
    Hyperparameters,
    read_hyperparameters,
    write_hyperparameters,
)


def write(tmp_path, text):
    path = tmp_path / "params.toml"
    path.write_text(text)
    return path


def test_round_trip_keeps_hyperparameters(tmp_path):
    path = tmp_path / "new/params.toml"
    hyperparameters = Hyperparameters(
        {"learning_rate": 0.1 / 3, "num_leaves": 5, "extra_trees": False},
        {"log_loss": 0.25, "seed": 0},
    )
    write_hyperparameters(path, hyperparameters)
    assert read_hyperparameters(path) == hyperparameters


def test_handwritten_files_may_use_aliases(tmp_path):
    hyperparameters = read_hyperparameters(write(tmp_path, "[params]\neta = 0.1\n"))
    assert hyperparameters == Hyperparameters({"eta": 0.1}, {})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("num_leafs = 4", r"'num_leafs': LightGBM has no such parameter \(similar: num_leaf\)"),
        ("learning_rat = 0.1", r"\(similar: learning_rate\)"),
        ("monotone_constraints = [1]", "params has monotone_constraints: remove it, and give the"),
        ('objective = "regression"', "leave objective to the estimator"),
        ("seed = 4", "leave seed to the estimator"),
        ("n_jobs = 2", "num_threads is also given under another name"),
        ("eta = 0.1\nlearning_rate = 0.2", "learning_rate is also given under another name"),
        ("num_leaves = 1", "LightGBM refuses these parameters: .*num_leaves"),
        ('learning_rate = "fast"', "LightGBM refuses these parameters: .*token fast"),
        ("feature_fraction = 1.5", "LightGBM refuses these parameters: .*feature_fraction"),
    ],
)
def test_refused_by_lightgbm_before_training(tmp_path, line, message):
    with pytest.raises(SettingError, match=message):
        read_hyperparameters(write(tmp_path, f"[params]\n{line}\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learning_rate", r"cannot be read as TOML .*: python model.py tune writes one"),
        (
            "learning_rate = 0.1",
            r"is not a file of hyperparameters \(learning_rate\): expected the tables \[params\]",
        ),
        ("[provenance]\nseed = 0", r"is not a file of hyperparameters \(no table \[params\]\)"),
        ("params = 3", r"is not a file of hyperparameters"),
    ],
)
def test_other_files_are_refused(tmp_path, text, message):
    with pytest.raises(SettingError, match=message):
        read_hyperparameters(write(tmp_path, text))


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(SettingError, match="No such file"):
        read_hyperparameters(tmp_path / "nowhere.toml")
