"""`make clean` in a copy of the tree: what make made goes, everything else stays."""

import subprocess
import tarfile
from io import BytesIO

import pytest

from tests.server_process import ROOT

KEPT = [
    "instance/credit-scoring.db",
    "instance/credit-scoring.db-wal",
    "data/credit-scoring.db",  # the log's default in earlier versions
    "data/home-credit/application_train.csv",
    "data/applicants.sqlite",
    "data/simulated.db",
    "data/demo-mine.db",
    "data/sample/notes.csv",
    "models/mine/model.pkl",
    "mlflow.db",
    "mlflow-spool/run/params.json",
    "reports/compare/results.json",
]
REMOVED = [
    ".venv/bin/python",
    ".venv-mlflow/done",
    ".venv-evidently/done",
    ".pytest_cache/CACHEDIR.TAG",
    "credit_scoring/tables/__pycache__/scan.pyc",
    "data/sample/truth.parquet",
    "data/demo-2026-11-27.db",
    "data/demo-2026-11-27.db-wal",
    "models/local/model.pkl",
]


@pytest.fixture
def tree(tmp_path):
    """The files of the last commit, with the Makefile of the working tree."""
    command = ["git", "archive", "HEAD"]
    archive = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(tmp_path, filter="data")
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    return tmp_path


def add_files(tree, names):
    for name in names:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name)


def make_clean(tree):
    subprocess.run(["make", "clean"], cwd=tree, check=True, capture_output=True)


def test_logs_downloads_and_own_files_stay(tree):
    before = {path for path in tree.rglob("*") if path.is_file()}
    add_files(tree, KEPT + REMOVED)
    make_clean(tree)
    assert [name for name in KEPT if not (tree / name).exists()] == []
    assert [name for name in REMOVED if (tree / name).exists()] == []
    assert [path for path in before if not path.exists()] == []


def test_folders_that_only_held_the_sample_go(tree):
    add_files(tree, REMOVED)
    make_clean(tree)
    assert not (tree / "data").exists()
    assert not (tree / "models/local").exists()
