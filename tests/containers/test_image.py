"""The image of the service: its Dockerfile's steps, replayed, and the container that it starts."""

import json

import psutil
import pytest

from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.scoring.scorer import Scorer
from tests.containers.conftest import KEY
from tests.containers.image import Builder, run_container
from tests.server_process import ROOT

EXAMPLE = json.loads((ROOT / "examples/predict.json").read_text())
ADDRESS = "http://127.0.0.1:8000"
MAX_SIZE = 350 << 20  # bytes that the image adds to Python's


@pytest.fixture(scope="module")
def builder(machine, system_images):
    return Builder(machine, ROOT, system_images)


@pytest.fixture(scope="module")
def image(builder):
    return builder.build("service")


@pytest.fixture(scope="module")
def stage(builder):
    return builder.stages["service"]


@pytest.fixture(scope="module")
def container(image, stage, tmp_path_factory):
    """A container as docs/deployment-containers.md starts it, healthy."""
    log = tmp_path_factory.mktemp("container") / "log"
    settings = {"CREDIT_SCORING_API_KEY": KEY}
    volumes = {"/app/instance": tmp_path_factory.mktemp("volume")}
    with run_container(image, stage.command(), log, volumes=volumes, **settings) as container:
        container.wait_until_healthy(stage.command("HEALTHCHECK"))
        yield container


@pytest.mark.usefixtures("container")
def test_container_decides_as_the_library_does(machine, authorisation):
    status, _, text = machine.request(f"{ADDRESS}/predict", authorisation, EXAMPLE)
    decision = Scorer(read_bundle(ROOT / "models/latest")).score(EXAMPLE["features"])
    assert status == 200
    assert json.loads(text)["probability"] == decision.probability


@pytest.mark.usefixtures("container")
def test_container_requires_a_key(machine):
    assert machine.request(f"{ADDRESS}/predict", body=EXAMPLE)[0] == 401


def test_processes_run_as_user_1000(container):
    master = psutil.Process(container.process.pid)
    processes = [master, *master.children(recursive=True)]
    assert len(processes) >= 3
    assert {process.uids() for process in processes} == {(1000, 1000, 1000)}


def test_decision_log_is_in_the_volume(container):
    log = container.volumes["/app/instance"] / "credit-scoring.db"
    assert log.stat().st_uid == 1000
    assert container.path("/app/instance/credit-scoring.db").samefile(log)


def test_user_can_write_to_nothing_of_the_service_but_the_volume(image, tmp_path):
    places = ["/app", "/opt/venv", "-path", "/app/instance", "-prune", "-o"]
    command = ["find", *places, "-not", "-type", "l", "-writable", "-print"]
    with run_container(
        image, ["sleep", "infinity"], tmp_path / "log", read_only=False
    ) as container:
        assert container.execute(*command) == (0, "")
        assert container.execute("test", "-w", "/app/instance") == (0, "")


def test_image_has_only_what_the_service_needs(container):
    files = {path.name for path in container.path("/app").iterdir()}
    assert files == {
        "LICENSE",
        "__pycache__",
        "app.py",
        "credit_scoring",
        "custom_threshold_model.py",
        "examples",
        "gunicorn.conf.py",
        "instance",
        "models",
    }
    assert not list(container.path("/opt/venv/lib").glob("*/site-packages/pip"))
    folders = (container.path("/opt/venv"), container.path("/app"))
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MAX_SIZE


def test_stopped_container_ends_with_exit_code_0_and_is_not_healthy(image, stage, volume, tmp_path):
    settings = {"CREDIT_SCORING_API_KEY": KEY, "PORT": "8001"}
    volumes = {"/app/instance": volume}
    health_check = stage.command("HEALTHCHECK")
    log = tmp_path / "log"
    with run_container(image, stage.command(), log, volumes=volumes, **settings) as container:
        container.wait_until_healthy(health_check)
        assert container.stop() == 0
        code, text = container.execute(*health_check)
    assert (code, "does not answer" in text) == (1, True)
