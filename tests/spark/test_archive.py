"""The archive for Spark's executors, without Spark: Python runs the code from the zip."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.features.catalogue import full_catalogue
from credit_scoring.spark.archive import code_folder, write_archive

ROOT = Path(__file__).parents[2]
# What an executor does, and a driver in the cluster: features, and a verified bundle's decisions.
EXECUTOR = """
import credit_scoring, custom_threshold_model
from credit_scoring.features.catalogue import full_catalogue
from credit_scoring.features.engines import local, spark
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.scoring.verify_bundle import read_verified_bundle
bundle = read_verified_bundle("bundle")
Explainer(bundle, Scorer(bundle))
print(credit_scoring.__file__, custom_threshold_model.__file__, len(full_catalogue()))
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "code.zip"
    write_archive(path, code_folder(), read_bundle_files(ROOT / "models" / "latest"))
    return path


def test_executors_run_from_the_archive(archive, tmp_path):
    """No file is read from next to the code: the contracts and texts stand in the zip, too."""
    with zipfile.ZipFile(archive) as content:
        content.extractall(tmp_path, [n for n in content.namelist() if n.startswith("bundle/")])
    command = [sys.executable, "-c", EXECUTOR]
    environment = {"PYTHONPATH": str(archive)}
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    package, model, features = run.stdout.split()
    assert package == f"{archive}/credit_scoring/__init__.py"
    assert model == f"{archive}/custom_threshold_model.py"
    assert int(features) == len(full_catalogue())


def test_the_archive_has_the_code_without_the_web_process(archive):
    names = zipfile.ZipFile(archive).namelist()
    assert "credit_scoring/contracts/tables/application.toml" in names
    assert "bundle/model.json" in names
    assert not [name for name in names if "serving/" in name or "__pycache__" in name]


def test_the_same_code_gives_the_same_bytes(archive, tmp_path):
    write_archive(tmp_path / "again.zip", code_folder(), read_bundle_files(ROOT / "models/latest"))
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()
