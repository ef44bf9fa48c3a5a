"""The workflow: what must pass before a deployment, and what its jobs may do."""

import os
import shutil
import subprocess

import pytest
import yaml

from tests.server_process import ROOT

WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text())
    for path in sorted((ROOT / ".github/workflows").glob("*.yml"))
}
JOBS = WORKFLOWS["main.yml"]["jobs"]
DEPLOYMENTS = {name: job for name, job in JOBS.items() if name.startswith("deploy")}
HAS_TOKEN = "${{ secrets.HF_TOKEN != '' }}"  # noqa: S105 - an expression
STUB = '#!/bin/sh\necho "$(basename "$0") $*" >> "$CALLS"\n'


def test_deployments_wait_for_all_other_jobs():
    assert DEPLOYMENTS.keys() == {"deploy", "deploy-space"}
    checks = JOBS.keys() - DEPLOYMENTS.keys()
    assert checks == {"lint", "test", "spark", "image"}
    assert [set(job["needs"]) for job in DEPLOYMENTS.values()] == [checks, checks]


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_deployments_are_of_main_to_the_production_environment(name):
    job = DEPLOYMENTS[name]
    assert job["environment"] == "production"
    assert job["if"] == "github.event_name == 'push' && github.ref == 'refs/heads/main'"


@pytest.mark.parametrize("name", [name for name in JOBS if name not in DEPLOYMENTS])
def test_other_jobs_have_no_secret(name):
    assert "secrets." not in str(JOBS[name])


@pytest.mark.parametrize("name", WORKFLOWS)
def test_jobs_may_only_read_the_repository(name):
    workflow = WORKFLOWS[name]
    assert workflow["permissions"] == {}
    permissions = [job["permissions"] for job in workflow["jobs"].values()]
    assert permissions == [{"contents": "read"}] * len(permissions)


def test_steps_of_the_space_run_only_with_its_secret():
    first, *others = DEPLOYMENTS["deploy-space"]["steps"]
    assert DEPLOYMENTS["deploy-space"]["env"]["HAS_TOKEN"] == HAS_TOKEN
    assert first["if"] == "env.HAS_TOKEN != 'true'"
    assert {step["if"] for step in others} == {"env.HAS_TOKEN == 'true'"}


@pytest.mark.parametrize(
    ("kind", "healthy", "last_calls"),
    [
        ("image", "healthy", ["docker logs scoring", "docker rm --force --volumes scoring"]),
        ("image", "starting", ["docker logs scoring", "docker rm --force --volumes scoring"]),
        ("compose", "healthy", ["docker compose logs", "docker compose down --volumes"]),
    ],
)
def test_smoke_test_asks_for_a_decision_and_cleans_up(tmp_path, kind, healthy, last_calls):
    """With stand-ins for docker and curl, which note how they are called."""
    docker = f"""{STUB}case "$*" in
*Health*) echo {healthy} ;;
*ExitCode*) echo 0 ;;
*"id -u"*) echo 1000 ;;
esac
"""
    for name, text in {"docker": docker, "curl": STUB, "sleep": STUB}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    calls = tmp_path / "calls"
    path = f"{tmp_path}:{os.environ['PATH']}"
    process = subprocess.run(
        [ROOT / ".github/smoke-test", kind],
        env={"PATH": path, "CALLS": str(calls)},
        check=False,
        capture_output=True,
        text=True,
    )
    lines = calls.read_text().splitlines()
    asked = [line for line in lines if line.startswith("curl") and "/predict" in line]
    assert lines[-2:] == last_calls
    is_healthy = healthy == "healthy"
    assert (process.returncode == 0, bool(asked)) == (is_healthy, is_healthy), process.stderr


@pytest.mark.skipif(shutil.which("jq") is None, reason="the runner of GitHub has jq")
@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ('{"web_url": "https://app-12ab.herokuapp.com/"}', "https://app-12ab.herokuapp.com/"),
        ('{"web_url": null}', None),
    ],
    ids=["address", "no address"],
)
def test_deployment_to_heroku_waits_at_the_app_s_own_address(tmp_path, answer, asked):
    """An app's address has a random identifier, which only Heroku knows."""
    curl = f"""{STUB}case "$*" in *api.heroku.com/apps/app*) echo '{answer}' ;; esac\n"""
    (tmp_path / "curl").write_text(curl)
    (tmp_path / "curl").chmod(0o755)
    calls = tmp_path / "calls"
    path = f"{tmp_path}:{os.environ['PATH']}"
    process = subprocess.run(
        ["bash", "-e", "-c", DEPLOYMENTS["deploy"]["steps"][-1]["run"]],
        env={"PATH": path, "CALLS": str(calls), "HEROKU_APP": "app", "HEROKU_API_KEY": "key"},
        check=False,
    )
    _, *waits = calls.read_text().splitlines()
    assert (process.returncode == 0) == (asked is not None)
    assert [line.endswith(f"{asked}health/ready") for line in waits] == [True] * bool(asked)
