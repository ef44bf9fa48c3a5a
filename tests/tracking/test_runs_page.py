"""The address that `make mlflow` prints: the page of the runs, not MLflow's page of traces."""

import os
import re
import subprocess
import sys

import pytest

from credit_scoring.errors import RegistryError
from credit_scoring.tracking.__main__ import runs_page
from credit_scoring.tracking.client import EXPERIMENT, connect, get_or_create_experiment
from credit_scoring.tracking.log_run import log_run
from tests.server_process import ROOT

ADDRESS = "http://127.0.0.1:5000"


def test_page_is_that_of_the_experiment_with_the_runs(uri, make_run):
    client = connect(uri)
    run_id = log_run(client, get_or_create_experiment(client, uri), make_run())
    page = runs_page(uri, ADDRESS)
    experiment_id = client.get_run(run_id).info.experiment_id
    assert page == f"{ADDRESS}/#/experiments/{experiment_id}/runs?workflowType=machine_learning"


def test_page_exists_before_the_first_run(uri):
    experiment_id = re.search(r"experiments/(\d+)/runs", runs_page(uri, ADDRESS))[1]
    assert connect(uri).get_experiment(experiment_id).name == EXPERIMENT


def test_unreachable_server_is_named_without_its_password():
    with pytest.raises(RegistryError, match="does not answer as expected") as caught:
        runs_page("http://me:secret@127.0.0.1:9", ADDRESS)
    assert "secret" not in str(caught.value)


def test_make_mlflow_prints_the_page(uri, tmp_path):
    """With programs in place of MLflow's environment, which takes minutes to install."""
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (tmp_path / "credit_scoring").symlink_to(ROOT / "credit_scoring")
    programs = tmp_path / ".venv-mlflow/bin"
    programs.mkdir(parents=True)
    scripts = {"python": f'exec {sys.executable} "$@"', "mlflow": "echo served"}
    for name, line in scripts.items():
        (programs / name).write_text(f"#!/bin/sh\n{line}\n")
        (programs / name).chmod(0o755)
    # This test may run under make itself, which then reports the folders of the inner one.
    command = ["make", "--no-print-directory", "--old-file", ".venv-mlflow/done", "mlflow"]
    variables = os.environ | {"MLFLOW_TRACKING_URI": uri, "MLFLOW_PORT": "5000", "MAKEFLAGS": ""}
    process = subprocess.run(
        command, cwd=tmp_path, env=variables, text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    assert process.stdout.splitlines() == [f"In half a minute: {runs_page(uri, ADDRESS)}", "served"]
