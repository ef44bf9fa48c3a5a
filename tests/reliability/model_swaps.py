"""Swapping the model of a running service, for the tests of rows 5 to 14."""

import shutil
import subprocess

import requests

from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.bundle.read_bundle import parse_bundle
from credit_scoring.scoring.scorer import Scorer
from tests.reliability.load_clients import wait_until
from tests.server_process import DEPLOYED, PATIENCE, ROOT, environment
from tests.serving.small_bundle import EXAMPLE

REASON = "a test"


def probabilities(bundles):
    """The probability of the example by version."""
    models = [parse_bundle(read_bundle_files(bundle), str(bundle)) for bundle in bundles]
    return {bundle.manifest.version: Scorer(bundle).score(EXAMPLE).probability for bundle in models}


def newest_deployment(server):
    return server.get("/admin/models").json()["deployments"][0]["number"]


def swap(server, **body):
    return requests.post(
        f"{server.url}/admin/model", json={"reason": REASON, **body}, timeout=PATIENCE
    )


def replace_folder(folder, bundle):
    """Put another bundle in the folder, as a release does."""
    new = folder.with_name("new")
    shutil.copytree(bundle, new)
    shutil.rmtree(folder)
    new.rename(folder)


def versions_served(server, count=40):
    """The versions that answer new connections, which both workers accept."""
    return {server.get("/health").json()["model_version"] for _ in range(count)}


def wait_for_version(server, version):
    """Wait until every worker serves `version`; return the seconds."""
    return wait_until(lambda: versions_served(server) == {version}, seconds=PATIENCE)


def run_command(server, variables, *words):
    """Run a command of model.py on the database and the store of the service."""
    database = f"sqlite:///{server.log}.db"
    process = subprocess.run(
        [DEPLOYED[0], "model.py", *words],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env=environment("unused", DATABASE_URL=database, COLUMNS="300", **variables),
    )  # fmt: skip
    return process.returncode, process.stdout + process.stderr
