"""docs/api.md: a section for every route, whose commands run, whose answers and statuses are the app's own."""

import json
import os
import re
import shutil
import subprocess
from http import HTTPStatus

import pytest
from werkzeug.wrappers import Response

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.features.build_applicant_store import make_store
from credit_scoring.tables.read_tables import Reading
from tests.contract import Contract
from tests.running import LOCAL, ROOT, served

TEXT = (ROOT / "docs/api.md").read_text(encoding="utf-8")
JSON = r"```json\n(.*?)```"
SECTIONS = dict(
    re.findall(r"^## ((?:GET|POST) \S+)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
)
COMMANDS = [
    (route, sh)
    for route, text in SECTIONS.items()
    for sh in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
]
SHOWN = [
    (route, answer)
    for route, text in SECTIONS.items()
    for answer in re.findall(JSON, text, re.DOTALL)
]
COMMON = {"401", "403", "429", "500", "503"}  # said once, for all routes


@pytest.fixture(scope="module")
def folder(trained_folder, sample_folder, tmp_path_factory):
    """What the commands find: the examples, for the model of the tests, and a store of applicants."""
    made, manifest = tmp_path_factory.mktemp("api-examples"), read_manifest(trained_folder)
    shutil.copytree(ROOT / "examples", made / "examples")
    (made / "examples/predict.json").write_text(
        json.dumps({"features": manifest.example("high risk")})
    )
    asked = [feature.name for feature in manifest.features if feature.asked]
    make_store(sample_folder, made / "store", asked, Reading(None))
    return made


@pytest.fixture(scope="module")
def server(trained_folder, folder):
    variables = {"CREDIT_SCORING_APPLICANTS_PATH": str(folder / "store"), "WEB_CONCURRENCY": "1"}
    with served(LOCAL, trained_folder, folder / "log", **variables) as running:
        yield running


@pytest.fixture(scope="module")
def contract(server):
    return Contract(server.get("/openapi.json").json())


def run(command, server, folder):
    """The answer to a curl, whichever way it is written."""
    predict = json.loads((folder / "examples/predict.json").read_text())
    variables = {
        "DECISION_ID": server.post(predict["features"]).json()["decision_id"],
        "PATH": os.environ["PATH"],
    }
    asked = command.replace(":8000", f":{server.port}").replace(
        "curl -s", "curl -sSi --max-time 30"
    )
    done = subprocess.run(
        ["/bin/sh", "-euc", asked], cwd=folder, env=variables, capture_output=True, check=True
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    return Response(body, int(status.split()[1]), [header.split(": ", 1) for header in headers])


@pytest.mark.parametrize(
    ("route", "command"), COMMANDS, ids=[f"{route} {i}" for i, (route, _) in enumerate(COMMANDS)]
)
def test_a_command_asks_its_route_and_gets_the_answer_of_the_contract(
    route, command, server, folder, contract
):
    path = re.search(r"http://127.0.0.1:8000([^'?\s]*)", command)[1]
    asked = path.replace("$DECISION_ID", "{decision_id}").replace("/100147", "/{applicant_id}")
    assert f"{'POST' if '-d ' in command else 'GET'} {asked}" == route
    answer = run(command, server, folder)
    assert answer.status_code in (HTTPStatus.OK, HTTPStatus.CREATED), answer.text
    contract.check(route, answer)


def test_the_python_example_runs(server, folder, monkeypatch, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    monkeypatch.chdir(folder)
    found = {}
    exec(code.replace(":8000", f":{server.port}"), found)  # noqa: S102
    assert found["decision"]["decision_id"] not in found["refused"]
    assert found["why"]["what_would_change"]
    said = re.search(r"print\(error\)  # (.*)", code)[1]
    assert capsys.readouterr().out.startswith(said)


def test_every_route_has_its_section_with_a_command_and_its_statuses(contract):
    assert set(SECTIONS) == set(contract.routes())
    assert {route for route, _ in COMMANDS} == set(SECTIONS)
    for route, text in SECTIONS.items():
        said = set(
            re.findall(
                r"\b[245]\d\d\b", re.search(r"^.*\bAnswers (.*?)\.(?: |\n|$)", text, re.DOTALL)[1]
            )
        )
        declared = set(contract.operation(route)["responses"])
        assert said - {"503"} == declared - COMMON, route
        assert ("503" in said) == (route == "GET /health/ready"), route


def test_every_answer_that_is_shown_is_one_of_the_contract(contract):
    assert len(SHOWN) > len(SECTIONS) / 2
    for route, text in SHOWN:
        contract.check_value(route, json.loads(text))
    problem = re.search(r"```json problem\n(.*?)```", TEXT, re.DOTALL)[1]
    contract.check_value("POST /predict", json.loads(problem), status="422")


def test_every_status_is_explained(contract):
    rows = " ".join(re.findall(r"^\| (\d[\d, ]*) \|", TEXT, re.MULTILINE))
    declared = {
        status for route in contract.routes() for status in contract.operation(route)["responses"]
    }
    assert set(re.findall(r"\d+", rows)) == {status for status in declared if status >= "400"} | {
        "405"
    }
