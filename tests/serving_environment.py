"""The environment of a deployment: a virtual environment made from requirements.txt alone."""

import subprocess
import sys

import pytest

from tests.server_process import ROOT


def install_requirements(folder):
    """Create it in `folder`; returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin/python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", ROOT / "requirements.txt"], check=True)
    return python


@pytest.fixture(scope="session")
def serving_python(tmp_path_factory):
    return install_requirements(tmp_path_factory.mktemp("serving") / "venv")
