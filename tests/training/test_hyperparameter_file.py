"""Files of parameters: what goes in comes out, and nothing that LightGBM would not take gets in."""

import pytest

from credit_scoring.errors import SettingError
from credit_scoring.training.hyperparameter_file import (
    Hyperparameters,
    read_parameters,
    write_parameters,
)


def written(tmp_path, text):
    path = tmp_path / "params.toml"
    path.write_text(text)
    return path


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "new/params.toml"
    given = Hyperparameters(
        {"learning_rate": 0.1 / 3, "num_leaves": 5, "extra_trees": False},
        {"log_loss": 0.25, "seed": 0},
    )
    write_parameters(path, given)
    assert read_parameters(path) == given


def test_a_person_may_write_one_without_provenance_and_by_any_alias(tmp_path):
    found = read_parameters(written(tmp_path, "[params]\neta = 0.1\n"))
    assert found == Hyperparameters({"eta": 0.1}, {})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "num_leafs = 4",
            r"'num_leafs': LightGBM has no such parameter \(did you mean num_leaf\?\)",
        ),
        ("learning_rat = 0.1", r"\(did you mean learning_rate\?\)"),
        ('objective = "regression"', "leave objective to the estimator"),
        ("seed = 4", "leave seed to the estimator"),
        ("n_jobs = 2", "num_threads is given under another name too"),
        ("eta = 0.1\nlearning_rate = 0.2", "learning_rate is given under another name too"),
        ("num_leaves = 1", "LightGBM refuses these parameters: .*num_leaves"),
        ('learning_rate = "fast"', "LightGBM refuses these parameters: .*token fast"),
        ("feature_fraction = 1.5", "LightGBM refuses these parameters: .*feature_fraction"),
    ],
)
def test_what_lightgbm_would_not_take_is_refused_before_anything_is_trained(
    tmp_path, line, message
):
    with pytest.raises(SettingError, match=message):
        read_parameters(written(tmp_path, f"[params]\n{line}\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learning_rate", r"cannot be read as TOML .*: python model.py tune writes one"),
        (
            "learning_rate = 0.1",
            r"is no file of parameters \(learning_rate\): expected the tables \[params\]",
        ),
        ("[provenance]\nseed = 0", r"is no file of parameters \(no table \[params\]\)"),
        ("params = 3", r"is no file of parameters"),
    ],
)
def test_another_file_is_refused(tmp_path, text, message):
    with pytest.raises(SettingError, match=message):
        read_parameters(written(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SettingError, match="No such file"):
        read_parameters(tmp_path / "nowhere.toml")
