"""docs/api.md: every route has a section; its commands run; its answers agree with the app."""

import json
import os
import re
import shutil
import subprocess
from http import HTTPStatus

import pytest
from werkzeug.wrappers import Response

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.features.build_applicant_store import build_applicant_store
from credit_scoring.tables.read_tables import ReadOptions
from tests.api_contract import ApiContract
from tests.server_process import LOCAL, PATIENCE, ROOT, run_server

TEXT = (ROOT / "docs/api.md").read_text(encoding="utf-8")
JSON = r"```json\n(.*?)```"
SECTIONS = dict(
    re.findall(r"^## ((?:GET|POST) \S+)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
)
COMMANDS = [
    (route, command)
    for route, text in SECTIONS.items()
    for command in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
]
ANSWERS = [
    (route, answer)
    for route, text in SECTIONS.items()
    for answer in re.findall(JSON, text, re.DOTALL)
]
COMMON_STATUSES = {"401", "403", "408", "429", "500", "503"}  # documented once for all routes


@pytest.fixture(scope="module")
def folder(trained_folder, sample_folder, tmp_path_factory):
    """The files that the commands use: examples for the tests' model, and a store of applicants."""
    folder = tmp_path_factory.mktemp("api-examples")
    manifest = read_manifest(trained_folder)
    shutil.copytree(ROOT / "examples", folder / "examples")
    body = {"features": manifest.example("high risk")}
    (folder / "examples/predict.json").write_text(json.dumps(body))
    names = [feature.name for feature in manifest.features if feature.is_requested]
    build_applicant_store(sample_folder, folder / "store", names, ReadOptions(None))
    return folder


@pytest.fixture(scope="module")
def server(trained_folder, folder):
    variables = {"CREDIT_SCORING_APPLICANTS_PATH": str(folder / "store"), "WEB_CONCURRENCY": "1"}
    with run_server(LOCAL, trained_folder, folder / "log", **variables) as running:
        yield running


@pytest.fixture(scope="module")
def contract(server):
    return ApiContract(server.get("/openapi.json").json())


def run(command, server, folder):
    """The response to a curl command."""
    predict = json.loads((folder / "examples/predict.json").read_text())
    decision = server.post(predict["features"]).json()
    variables = {
        "DECISION_ID": decision["decision_id"],
        "VERSION": decision["model_version"],
        "PATH": os.environ["PATH"],
    }
    command = command.replace(":8000", f":{server.port}")
    command = command.replace("curl -s", f"curl -sSi --max-time {PATIENCE}")
    process = subprocess.run(
        ["/bin/sh", "-euc", command], cwd=folder, env=variables, capture_output=True, check=True
    )
    head, _, body = process.stdout.partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    return Response(body, int(status.split()[1]), [header.split(": ", 1) for header in headers])


@pytest.mark.parametrize(
    ("route", "command"), COMMANDS, ids=[f"{route} {i}" for i, (route, _) in enumerate(COMMANDS)]
)
def test_command_is_answered_as_documented(route, command, server, folder, contract):
    path = re.search(r"http://127.0.0.1:8000([^'?\s]*)", command)[1]
    path = path.replace("$DECISION_ID", "{decision_id}").replace("/100147", "/{applicant_id}")
    path = path.replace("/AMT_CREDIT", "/{name}")
    assert f"{'POST' if '-d ' in command else 'GET'} {path}" == route
    response = run(command, server, folder)
    assert response.status_code in (HTTPStatus.OK, HTTPStatus.CREATED), response.text
    contract.check(route, response)


def test_python_example_runs(server, folder, monkeypatch, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    monkeypatch.chdir(folder)
    variables = {}
    exec(code.replace(":8000", f":{server.port}"), variables)  # noqa: S102
    assert variables["decision"]["decision_id"] not in variables["refused"]
    assert variables["why"]["what_would_change"]
    documented_output = re.search(r"print\(error\)  # (.*)", code)[1]
    assert capsys.readouterr().out.startswith(documented_output)


def test_every_route_has_a_section_with_its_statuses(contract):
    assert set(SECTIONS) == set(contract.routes())
    assert {route for route, _ in COMMANDS} == set(SECTIONS)
    for route, text in SECTIONS.items():
        sentence = re.search(r"^.*\bAnswers (.*?)\.(?: |\n|$)", text, re.DOTALL)[1]
        documented = set(re.findall(r"\b[245]\d\d\b", sentence))
        declared = set(contract.operation(route)["responses"])
        assert documented - {"503"} == declared - COMMON_STATUSES, route
        assert ("503" in documented) == (route == "GET /health/ready"), route


def test_documented_answers_agree_with_the_contract(contract):
    assert len(ANSWERS) > len(SECTIONS) / 2
    for route, text in ANSWERS:
        contract.check_value(route, json.loads(text))
    problem = re.search(r"```json problem\n(.*?)```", TEXT, re.DOTALL)[1]
    contract.check_value("POST /predict", json.loads(problem), status="422")


def test_every_error_status_is_explained(contract):
    rows = " ".join(re.findall(r"^\| (\d[\d, ]*) \|", TEXT, re.MULTILINE))
    declared = {
        status for route in contract.routes() for status in contract.operation(route)["responses"]
    }
    errors = {status for status in declared if status >= "400"}
    assert set(re.findall(r"\d+", rows)) == errors | {"405"}
