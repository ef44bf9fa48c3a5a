"""`python model.py` and `python app.py` where something is not installed: two lines, no traceback.

The message names the remedy: another Python, the environment, a library of the system.
"""

import ast
import os
import subprocess
import sys

import pytest

from tests.server_process import ROOT, free_port

OLD_PYTHON = """
import runpy, sys
sys.version_info = (3, 8, 10, "final", 0)
runpy.run_path(sys.argv[1], run_name="__main__")
"""
LOADER_MESSAGES = {
    "libgomp.so.1": "libgomp.so.1: cannot open shared object file: No such file or directory",
    "libomp.dylib": "dlopen(lib_lightgbm.dylib, 6): Library not loaded: @rpath/libomp.dylib",
}


def lines_of_failure(command, **variables):
    """What the command prints, which must fail with exit code 1."""
    process = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=os.environ | variables, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert process.returncode == 1
    assert "Traceback" not in process.stderr
    return process.stderr.splitlines()


@pytest.mark.parametrize(
    ("file", "library", "install"),
    [
        ("model.py", "typer", "make lab, or pip install -r requirements-lab.txt"),
        ("app.py", "gunicorn", "make run, or pip install -r requirements.txt"),
    ],
)
def test_python_without_the_libraries_names_the_environment(file, library, install):
    """-S: no site-packages, as the system's Python."""
    first, second = lines_of_failure(["-S", "-E", file])
    assert first == f"{library} is not installed for {sys.executable}."
    assert second.startswith("Run: source .venv/bin/activate. ")
    assert second.endswith(install)


@pytest.mark.parametrize("file", ["model.py", "app.py"])
def test_old_python_is_named_with_the_remedy(file):
    first, second = lines_of_failure(["-c", OLD_PYTHON, file])
    assert first == "Python 3.11 or newer is required; this is Python 3.8."
    assert second.startswith("Run: source .venv/bin/activate")


NEWER = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match, ast.TryStar)


@pytest.mark.parametrize(
    ("file", "newer"),
    [("model.py", (*NEWER, ast.FunctionDef)), ("credit_scoring/__init__.py", NEWER)],
)
def test_old_python_parses_what_prints_the_message(file, newer):
    """The package's one function has annotations, which Python 2 refuses and 3 accepts."""
    tree = ast.parse((ROOT / file).read_text(encoding="ascii"), feature_version=(3, 7))
    assert [node for node in ast.walk(tree) if isinstance(node, newer)] == []


@pytest.mark.parametrize("library", LOADER_MESSAGES)
def test_missing_openmp_is_named_with_its_packages(tmp_path, library):
    """LightGBM's import raises the loader's OSError if the system lacks OpenMP."""
    (tmp_path / "lightgbm.py").write_text(f"raise OSError({LOADER_MESSAGES[library]!r})")
    data = ["--data", "nowhere", "--out", str(tmp_path / "out")]
    for command in (["model.py", "train", *data], ["app.py"]):
        lines = lines_of_failure(command, PYTHONPATH=str(tmp_path), PORT=str(free_port()))
        assert f"LightGBM needs {library}, which is not installed." in lines[-2:]
        assert "apt-get install libgomp1" in lines[-1]


def test_installed_script_prints_the_same_message():
    script = "from credit_scoring.commands import main; main()"
    first, _ = lines_of_failure(["-S", "-E", "-c", script])
    assert first == f"typer is not installed for {sys.executable}."
