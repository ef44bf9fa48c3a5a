"""The command `compare`: plain errors, and results without the optional libraries."""

import json
import os
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WITHOUT_OPTIONAL = """
    import sys
    from importlib.machinery import PathFinder
    class WithoutOptional(PathFinder):
        @classmethod
        def find_spec(cls, name, *arguments):
            is_optional = name in ("xgboost", "catboost", "imblearn", "pandas", "mlflow")
            return None if is_optional else super().find_spec(name, *arguments)
    sys.meta_path = [
        WithoutOptional if finder is PathFinder else finder for finder in sys.meta_path
    ]
    import model
    model.cli()
"""


@pytest.fixture
def compare(run_cli, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return partial(run_cli, "compare")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--models", "lightgbn"], "lightgbn is not a model (did you mean lightgbm?): expected"),
        (["--strategies", "none,smot"], "smot is not a strategy (did you mean smote?): expected"),
        (
            ["--models", "mlp", "--strategies", "class_weights"],
            "these models cannot be combined with these strategies",
        ),
        (["--rows", "200"], "--rows 200 leaves"),
        (["--data", "nowhere"], "nowhere"),
        (["--out", "file/here"], "file/here cannot be written"),
        (
            ["--allow", "CODE_GENDRE"],
            "CODE_GENDRE is not a prohibited or restricted attribute (did you mean CODE_GEN",
        ),
    ],
)
def test_errors_are_plain(compare, sample_folder, tmp_path, arguments, message):
    (tmp_path / "file").write_text("")
    code, text = compare("--data", sample_folder, *arguments)
    assert code == 1
    assert message in text
    assert "Traceback" not in text
    assert os.listdir() == ["file"]  # noqa: PTH208


@pytest.mark.parametrize("folds", ["1", "11", "many"])
def test_folds_are_limited(compare, sample_folder, folds):
    code, text = compare("--data", sample_folder, "--folds", folds)
    assert code == 2
    assert "Invalid value for '--folds'" in text


def test_runs_without_optional_libraries(sample_folder, tmp_path):
    command = [
        sys.executable, "-c", textwrap.dedent(WITHOUT_OPTIONAL), "compare",
        "--data", str(sample_folder), "--folds", "2", "--rows", "650", "--jobs", "1",
        "--models", "dummy,logistic_regression,xgboost",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "150"}
    result = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "xgboost is not installed, so XGBoost (none), XGBoost (class weights)" in result.stderr
    assert "imbalanced-learn is not installed, so Logistic regression (SMOTE)" in result.stderr
    assert "costs least." in result.stdout
    folder = tmp_path / "reports/comparison"
    files = ["comparison.csv", "comparison.json", "comparison.png", "kept"]
    assert sorted(path.name for path in folder.iterdir()) == files
    content = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    assert content["facts"]["data"]["applicants"] == 650
    assert content["facts"]["data"]["allowed_attributes"] == []
    assert len(content["rows"]) == 3
