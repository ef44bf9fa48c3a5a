"""What a room may load when it is imported, proved in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "credit_scoring"
ROOMS = ("bundle", "scoring", "decisions", "database", "access", "serving")
WEB = [room for room in ROOMS if (PACKAGE / room).is_dir()]
HEAVY = ("pandas", "polars", "sklearn", "matplotlib", "mlflow", "shap", "optuna", "rich", "typer")
TRAINING = ("credit_scoring.training", "credit_scoring.monitoring", "model")
# LightGBM loads pandas and scikit-learn where they are installed. In the web process they are not, and here they
# are hidden: an import of ours that needs one fails.
PROBE = """
import importlib, json, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
ABSENT = set(json.loads(sys.argv[1]))
sys.meta_path.insert(0, Absent())
for name in json.loads(sys.argv[2]):
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""


def modules(room):
    """Every module of a room, by name; migrations are no modules, Alembic runs them."""
    files = [
        file for file in sorted((PACKAGE / room).rglob("*.py")) if "migrations" not in file.parts
    ]
    names = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for file in files
    ]
    assert names, room
    return names


def loaded(names, absent=()):
    """What is loaded once the modules are imported where the packages `absent` are not installed."""
    command = [sys.executable, "-c", PROBE, json.dumps(absent), json.dumps(names)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("room", WEB)
def test_a_room_of_the_web_process_imports_nothing_of_training(room):
    found = loaded(modules(room), absent=HEAVY)
    assert not found & {*HEAVY, *TRAINING}


def test_the_app_imports_nothing_of_training():
    found = loaded(
        ["app", "credit_scoring.serving.app_factory", "credit_scoring.serving.launch"], absent=HEAVY
    )
    assert not found & {*HEAVY, *TRAINING}
    assert "flask" in found


def test_the_model_imports_only_the_estimator():
    found = loaded(["custom_threshold_model"], absent=HEAVY)
    ours = {name for name in found if name.startswith("credit_scoring.")}
    assert all(name.startswith("credit_scoring.estimator") for name in ours)


def test_features_and_tables_know_neither_the_web_nor_the_model():
    here = [name for room in ("features", "tables", "flat_table", "contracts", "sample") for name in modules(room)]
    rooms = [
        name for name in here if name != "credit_scoring.features.engines.spark"
    ]  # PySpark is there for its test alone
    found = loaded(rooms)
    assert not found & {
        "flask",
        "sklearn",
        "lightgbm",
        "mlflow",
        "custom_threshold_model",
        "matplotlib",
    }
    others = {name for name in found if name.startswith("credit_scoring.")} - {*rooms}
    assert others <= {"credit_scoring.errors"}


def test_ratios_of_one_row_need_no_table_library():
    found = loaded(
        ["credit_scoring.features.definitions.row_ratios"], absent=(*HEAVY, "numpy", "narwhals")
    )
    assert not found & {"numpy", "narwhals", "polars"}


def test_training_does_not_know_serving():
    found = loaded(modules("training"))
    assert not [name for name in found if name.startswith(("credit_scoring.serving", "flask"))]
    assert "model" not in found


def test_the_command_line_says_its_help_without_loading_anything_heavy():
    found = loaded(["model"])
    assert not found & {"polars", "lightgbm", "sklearn", "matplotlib", "numpy", "flask"}


def test_no_module_is_longer_than_three_hundred_lines():
    for file in PACKAGE.rglob("*.py"):
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 300, file
