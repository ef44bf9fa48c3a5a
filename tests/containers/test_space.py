"""The Hugging Face Space that `make space` writes: its front matter, its image, its container."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from credit_scoring.bundle.read_bundle import read_bundle
from tests.containers.conftest import KEY
from tests.containers.image import Builder, run_container
from tests.other_bundle import write_with_threshold
from tests.server_process import ROOT

EXAMPLE = json.loads((ROOT / "examples/predict.json").read_text())
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
SPACE = "http://127.0.0.1:7860"
WORKFLOW = ROOT / ".github/workflows/main.yml"
OPTION = re.compile(r"(?<!\S)--[a-z-]+")
READ_FRONT_MATTER = """
import json, sys
from huggingface_hub import SpaceCard
print(json.dumps(SpaceCard(sys.argv[1]).data.to_dict()))
"""
FORWARDED = {"X-Forwarded-For": "203.0.113.77", "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    """The files that are uploaded."""
    folder = tmp_path_factory.mktemp("space")
    command = ["make", "--no-print-directory", "space", f"SPACE={folder}"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Another model than the one in the image."""
    folder = tmp_path_factory.mktemp("model") / "bundle"
    return write_with_threshold(ROOT / "models/latest", 0.25, folder)


@pytest.fixture(scope="module")
def hub(machine, model):
    """The address of a Hub in the container's network."""
    command = [sys.executable, "-m", "tests.containers.serve_hub", model]
    process = subprocess.Popen(
        machine.network_command(*command), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    yield process.stdout.readline().strip()
    process.terminate()
    process.communicate()


@pytest.fixture(scope="module")
def container(machine, space, images_with_sources, hub, tmp_path_factory):
    builder = Builder(machine, space, images_with_sources)
    log = tmp_path_factory.mktemp("container") / "log"
    variables = {
        "SPACE_ID": "ada/scoring",
        "HF_ENDPOINT": hub,
        "CREDIT_SCORING_API_KEY": KEY,
        "CREDIT_SCORING_MODEL_SOURCE": "hf://ada/risk",
    }
    stage = builder.stages["service"]
    image = builder.build("service")
    with run_container(image, stage.command(), log, read_only=False, **variables) as container:
        container.wait_until_healthy(stage.command("HEALTHCHECK"))
        yield container


def test_front_matter_is_the_hubs(space):
    # In another process: the client reads its settings once, when it is imported.
    command = [sys.executable, "-c", READ_FRONT_MATTER, (space / "README.md").read_text()]
    data = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert (data["sdk"], data["app_port"]) == ("docker", 7860)
    assert {data["colorFrom"], data["colorTo"]} <= COLOURS
    assert len(data["short_description"]) <= 60


def test_dockerfile_is_the_services_with_the_requirements_and_the_environment_of_a_space(space):
    last_lines = (ROOT / "space/last-lines.Dockerfile").read_text()
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert dockerfile.count("\nARG REQUIREMENTS=requirements.txt\n") == 1
    with_sources = dockerfile.replace("ENTS=requirements.txt", "ENTS=requirements-sources.txt")
    assert (space / "Dockerfile").read_text() == with_sources + last_lines


def test_dockerfile_has_no_fault_that_hadolint_finds(space):
    hadolint = Path(sys.executable).with_name("hadolint")
    subprocess.run([hadolint, space / "Dockerfile"], check=True)


def hub_commands():
    """The commands of the Hub's program in the documentation and in the workflow."""
    pages = (ROOT / "docs/deployment-space.md", WORKFLOW)
    text = "".join(page.read_text() for page in pages).replace("\\\n", " ")
    lines = re.findall(r"^ +hf ([^\n]+)", text, re.MULTILINE)
    return sorted(
        {re.match(r"(?:(?:spaces|repos|auth) )?(?:\w+ )*", line)[0] for line in lines}
    ), lines


def test_commands_of_the_hubs_program_exist_with_their_options():
    names, lines = hub_commands()
    assert {"upload ", "repos create ", "spaces wait ", "spaces secrets add "} <= set(names)
    hf = Path(sys.executable).with_name("hf")
    for name in names:
        command = [hf, *name.split(), "--help"]
        usage = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        used = {
            option for line in lines if line.startswith(name) for option in OPTION.findall(line)
        }
        assert used <= set(OPTION.findall(usage)), name


def test_requirements_of_the_job_that_uploads_have_the_hubs_program(container):
    assert "pip install --requirement requirements-sources.txt" in WORKFLOW.read_text()
    assert container.execute("hf", "upload", "--help")[0] == 0


@pytest.mark.usefixtures("container")
def test_model_of_the_hub_decides(machine, model, authorisation):
    status, _, text = machine.request(f"{SPACE}/predict", {**FORWARDED, **authorisation}, EXAMPLE)
    decision = json.loads(text)
    assert (status, decision["model_version"]) == (200, read_bundle(model).manifest.version)


@pytest.mark.usefixtures("container")
def test_hub_shows_the_app_in_a_frame(machine):
    _, headers, _ = machine.request(f"{SPACE}/sign-in", FORWARDED)
    assert headers["Content-Security-Policy"].endswith("frame-ancestors https://huggingface.co")
    assert "X-Frame-Options" not in headers
    assert "__Host-" in headers["Set-Cookie"]
    assert "SameSite=None; Partitioned" in headers["Set-Cookie"]


@pytest.mark.usefixtures("container")
def test_space_without_a_key_in_the_request_answers_401(machine):
    assert machine.request(f"{SPACE}/predict", FORWARDED, EXAMPLE)[0] == 401
