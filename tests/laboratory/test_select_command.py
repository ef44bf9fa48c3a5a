"""The command `select`: plain errors, and the files it leaves."""

import os
from functools import partial
from pathlib import Path

import pytest

from credit_scoring.laboratory.selection import select_features as module
from credit_scoring.sample import generate_sample
from credit_scoring.training.feature_list_file import read_feature_list
from tests.laboratory.selection_runs import EFFORT


@pytest.fixture
def select(run_cli, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return partial(run_cli, "select")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (["--inputs", "126"], 2, "Invalid value for '--inputs'"),
        (["--folds", "11"], 2, "Invalid value for '--folds'"),
        (["--rows", "200"], 1, "--rows 200 leaves"),
        (["--data", "nowhere"], 1, "nowhere"),
        (["--out", "file/here"], 1, "file/here cannot be written"),
    ],
)
def test_errors_are_plain(select, sample_folder, tmp_path, arguments, exit_code, message):
    (tmp_path / "file").write_text("")
    code, output = select("--data", sample_folder, *arguments)
    assert code == exit_code
    assert message in output
    assert "Traceback" not in output
    assert os.listdir() == ["file"]  # noqa: PTH208


@pytest.fixture
def drifting_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drifting")
    generate_sample(folder, applicants=1000, seed=11, drift=["input"])
    return folder


def test_writes_list_curve_and_plot(select, drifting_folder, monkeypatch):
    small = partial(module.SelectionSettings, effort=EFFORT, limits=(2,))
    monkeypatch.setattr(module, "SelectionSettings", small)
    code, output = select(
        "--data", drifting_folder, "--folds", 2, "--rows", 650, "--inputs", 4, "--jobs", 1,
        "--max-drift", 0.2,
        "--out", "chosen", "--no-track",
    )  # fmt: skip
    assert code == 0, output
    assert "--features chosen/features.toml" in output
    assert sorted(os.listdir("chosen")) == [  # noqa: PTH208
        "curve.csv", "curve.png", "features.toml", "kept", "selection.json"
    ]  # fmt: skip
    feature_list = read_feature_list(Path("chosen/features.toml"))
    assert 1 <= len(feature_list.names) <= 8
    assert "Left out, with a PSI above 0.2 between the halves" in output
    psi = {item.name: item.figures.get("psi") for item in feature_list.dropped}
    assert psi["EXT_SOURCE_3"] > 0.2
    assert "EXT_SOURCE_3" not in [item.name for item in feature_list.features]
    assert all(item.reason for item in (*feature_list.features, *feature_list.dropped))
