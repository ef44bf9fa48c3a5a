"""The files that deployment platforms read agree with each other and with pyproject.toml."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
TRAINING_LIBRARIES = {"pandas", "polars", "scikit-learn", "mlflow-skinny", "matplotlib", "rich"}


def pins(name: str) -> dict[str, set[str]]:
    """The pinned versions of a requirements file, by package."""
    versions: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if match := re.match(r"([a-z0-9-]+)==(\S+)", line):
            versions.setdefault(match[1], set()).add(match[2])
    return versions


def test_python_version_is_the_same_everywhere():
    version = (ROOT / ".python-version").read_text().strip()
    assert (ROOT / "runtime.txt").read_text().strip() == f"python-{version}"
    assert version in (ROOT / ".github/workflows/main.yml").read_text()


def test_release_migrates_the_database(tmp_path):
    """A second release finds it up to date."""
    command = [sys.executable, *PROCFILE["release"].split()[1:]]
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/decisions.db"}

    def release():
        process = subprocess.run(
            command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        )
        return process.stdout

    assert "was migrated from nothing to" in release()
    assert "was already up to date" in release()


def test_web_process_listens_on_all_addresses_with_one_heap():
    assert PROCFILE["web"] == "HOST=:: MALLOC_ARENA_MAX=1 gunicorn app:app"


def test_checks_of_a_change_run_on_postgresql():
    script = (ROOT / ".ci/run").read_text()
    assert "apt-get install -qy postgresql" in script
    assert "TESTS_NEED_POSTGRESQL=1 " in script


def test_checks_of_a_change_run_on_an_mlflow_server():
    script = (ROOT / ".ci/run").read_text()
    assert "make .venv-mlflow/done" in script
    assert "TESTS_NEED_MLFLOW=1" in script
    workflow = (ROOT / ".github/workflows/main.yml").read_text()
    assert 'TESTS_NEED_MLFLOW: "1"' in workflow
    assert "make .venv-mlflow/done test" in workflow


def test_checks_of_a_change_swap_models_for_five_minutes():
    assert "TESTS_SOAK_MINUTES=5 make test" in (ROOT / ".ci/run").read_text()
    assert 'TESTS_SOAK_MINUTES: "5"' in (ROOT / ".github/workflows/main.yml").read_text()


def test_uv_lock_is_not_committed():
    """Heroku refuses it next to requirements.txt."""
    assert "uv.lock" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("requirements.txt", PROJECT["dependencies"]),
        ("requirements-train.txt", EXTRAS["train"]),
        ("requirements-sources.txt", EXTRAS["sources"]),
        ("requirements-lab.txt", EXTRAS["lab"]),
        ("requirements-dev.txt", EXTRAS["dev"]),
    ],
)
def test_requirements_contain_the_declared_dependencies(file, names):
    declared = {re.match(r"[A-Za-z0-9-]+", name)[0] for name in names}
    assert declared - {PROJECT["name"]} <= pins(file).keys()


def test_larger_requirements_files_have_the_same_pins():
    web, train, dev = (pins(f"requirements{kind}.txt") for kind in ("", "-train", "-dev"))
    assert web.items() <= train.items() <= dev.items()
    assert web.items() <= pins("requirements-sources.txt").items() <= dev.items()


def test_web_process_requires_no_training_library():
    assert not pins("requirements.txt").keys() & TRAINING_LIBRARIES


def test_workflow_runs_the_readme_test_command():
    assert "make test" in (ROOT / ".github/workflows/main.yml").read_text()
    assert "make test" in (ROOT / ".ci/run").read_text()


def test_pre_commit_runs_the_pinned_ruff():
    version = min(pins("requirements-dev.txt")["ruff"])
    assert f"rev: v{version}" in (ROOT / ".pre-commit-config.yaml").read_text()
