"""Imports between packages, checked by importing modules in a fresh process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "credit_scoring"
WEB_PACKAGES = (
    "bundle", "scoring", "decisions", "database", "access", "model_sources", "deployments",
    "monitoring", "serving",
)  # fmt: skip
HEAVY = (
    "pandas", "polars", "sklearn", "matplotlib", "mlflow", "shap", "optuna", "rich", "typer",
    "cryptography", "huggingface_hub",
)  # fmt: skip
ON_SPARK = ("engines.spark", "engines.spark_terms")
TRAINING = ("credit_scoring.training", "credit_scoring.laboratory", "model")
# LightGBM imports pandas and scikit-learn if they are installed. The web process does not have
# them, so the probe hides them: a module of ours that imports one of them fails.
PROBE = """
import importlib, json, sys
class HidingFinder:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
HIDDEN = set(json.loads(sys.argv[1]))
sys.meta_path.insert(0, HidingFinder())
for name in json.loads(sys.argv[2]):
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""


def modules_of(package):
    """The dotted names of a package's modules, without the migrations, which Alembic runs."""
    files = [f for f in sorted((PACKAGE / package).rglob("*.py")) if "migrations" not in f.parts]
    parts = [file.relative_to(ROOT).with_suffix("").parts for file in files]
    assert parts, package
    return [".".join(path).removesuffix(".__init__") for path in parts]


def loaded_modules(names, hidden=()):
    """The modules in memory after importing `names` without the packages `hidden`."""
    command = [sys.executable, "-c", PROBE, json.dumps(hidden), json.dumps(names)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stdout))


@pytest.mark.parametrize("package", WEB_PACKAGES)
def test_web_packages_import_no_training_library(package):
    modules = loaded_modules(modules_of(package), hidden=HEAVY)
    assert not modules & {*HEAVY, *TRAINING}


def test_the_app_imports_no_training_library():
    names = ["app", "credit_scoring.serving.app_factory", "credit_scoring.serving.launch"]
    modules = loaded_modules(names, hidden=HEAVY)
    assert not modules & {*HEAVY, *TRAINING}
    assert "flask" in modules


def test_the_estimator_imports_only_its_parts():
    modules = loaded_modules(["custom_threshold_model"], hidden=HEAVY)
    own = {name for name in modules if name.startswith("credit_scoring.")}
    assert own
    assert all(name.startswith("credit_scoring.estimator") for name in own)


def test_features_and_tables_import_neither_web_nor_model():
    """The Spark engine is left out: PySpark is installed for its own test only."""
    packages = ("features", "tables", "flat_table", "contracts", "sample")
    names = [name for package in packages for name in modules_of(package)]
    modules = loaded_modules([name for name in names if not name.endswith(ON_SPARK)])
    assert not modules & {"flask", "sklearn", "lightgbm", "mlflow", "custom_threshold_model"}
    own = {name for name in modules if name.startswith("credit_scoring.")} - {*names}
    ground_floor = {"errors", "files", "toml_file", "suggestions", "settings", "progress"}
    assert {name.split(".")[1] for name in own} <= ground_floor | {"report_table", "loan_price"}


def test_row_ratios_need_no_table_library():
    names = ["credit_scoring.features.definitions.row_ratios"]
    modules = loaded_modules(names, hidden=(*HEAVY, "numpy", "narwhals"))
    assert not modules & {"numpy", "narwhals", "polars"}


@pytest.mark.parametrize("package", ["training", "laboratory"])
def test_training_does_not_import_serving(package):
    modules = loaded_modules(modules_of(package))
    assert not [name for name in modules if name.startswith(("credit_scoring.serving", "flask"))]
    assert "model" not in modules


def test_help_of_the_command_line_loads_nothing_heavy():
    modules = loaded_modules(["model"])
    assert not modules & {"polars", "lightgbm", "sklearn", "matplotlib", "numpy", "flask"}
