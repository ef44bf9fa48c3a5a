"""The files that platforms read agree with each other and with the project file."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text().splitlines():
        if match := re.match(r"([a-z0-9-]+)==(\S+)", line):
            found.setdefault(match[1], set()).add(match[2])
    return found


def test_the_python_version_is_one():
    version = (ROOT / ".python-version").read_text().strip()
    assert (ROOT / "runtime.txt").read_text().strip() == f"python-{version}"
    assert version in (ROOT / ".github/workflows/main.yml").read_text()


def test_a_release_migrates_the_database_before_the_web_process_starts(tmp_path):
    kinds = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    environ = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/decisions.db"}
    how = {"cwd": ROOT, "env": environ, "capture_output": True, "text": True}
    done = [
        subprocess.run([sys.executable, *kinds["release"].split()[1:]], check=False, **how)
        for _ in range(2)
    ]
    assert [run.returncode for run in done] == [0, 0], done
    assert "was migrated from nothing to" in done[0].stdout
    assert "was already up to date" in done[1].stdout
    assert "app:app" in kinds["web"]


def test_the_checks_of_a_change_run_on_postgresql_too():
    script = (ROOT / ".ci/run").read_text()
    assert "apt-get install -qy postgresql" in script
    assert "TESTS_NEED_POSTGRESQL=1 make test" in script


def test_nothing_that_heroku_refuses_stands_beside_requirements():
    assert not (ROOT / "uv.lock").exists()


def test_requirements_hold_what_the_project_file_names():
    for file, names in (
        ("requirements.txt", PROJECT["dependencies"]),
        ("requirements-train.txt", PROJECT["optional-dependencies"]["train"]),
        ("requirements-dev.txt", PROJECT["optional-dependencies"]["dev"]),
    ):
        wanted = {re.match(r"[A-Za-z0-9-]+", name)[0] for name in names}
        assert wanted <= pins(file).keys(), file


def test_each_file_of_requirements_contains_the_one_before_with_the_same_pins():
    web, train, dev = (pins(f"requirements{kind}.txt") for kind in ("", "-train", "-dev"))
    assert web.items() <= train.items() <= dev.items()


def test_the_web_process_asks_for_no_training_library():
    assert not pins("requirements.txt").keys() & {
        "pandas",
        "polars",
        "scikit-learn",
        "mlflow",
        "matplotlib",
        "rich",
    }


def test_the_workflow_runs_the_readmes_test_command():
    assert "make test" in (ROOT / ".github/workflows/main.yml").read_text()
    assert "make test" in (ROOT / ".ci/run").read_text()


def test_pre_commit_runs_the_ruff_that_is_pinned():
    assert (
        f"rev: v{min(pins('requirements-dev.txt')['ruff'])}"
        in (ROOT / ".pre-commit-config.yaml").read_text()
    )
