"""`pip install .`: a wheel with the code, its data files and the command `credit-scoring`."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMMAND = """
from importlib.metadata import entry_points
(command,) = entry_points(group="console_scripts", name="credit-scoring")
command.load()()
"""
OPENAPI = """
import os
from credit_scoring.serving.app_factory import create_app
from credit_scoring.settings import load_settings
print(create_app(load_settings(os.environ)).test_client().get("/openapi.json").status)
"""


def _tracked_files(*patterns):
    output = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [name for name in output.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with what `pip install .` puts into site-packages, without dependencies."""
    source = tmp_path_factory.mktemp("source")
    for name in _tracked_files():
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, source], check=True)
    (wheel,) = folder.glob("credit_scoring-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


def test_wheel_holds_every_file_of_the_package(installed):
    names = _tracked_files("credit_scoring", "custom_threshold_model.py")
    missing = [name for name in names if not (installed / name).is_file()]
    assert len(names) > 300
    assert missing == []


def _run(code, *arguments, installed, folder, **variables):
    """The output of `code`, run in `folder` with the installed package."""
    process = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(installed), "PATH": "", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_installed_command_makes_the_sample(installed, tmp_path):
    arguments = ["sample", "--applicants", "300", "--out", "sample"]
    _run(COMMAND, *arguments, installed=installed, folder=tmp_path)
    assert (tmp_path / "sample/truth.parquet").exists()


def test_installed_service_describes_its_routes(installed, tmp_path):
    """The package does not contain the repository's `examples/`."""
    database = f"sqlite:///{tmp_path}/decisions.db"
    model = str(ROOT / "models/latest")
    variables = {"CREDIT_SCORING_MODEL_PATH": model, "DATABASE_URL": database}
    output = _run(OPENAPI, installed=installed, folder=tmp_path, **variables)
    assert output.splitlines()[-1] == "200 OK"
