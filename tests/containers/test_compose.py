"""compose.yaml: its services, replayed with their commands, variables and volumes."""

import json
import os
import sys

import pytest

from credit_scoring.bundle.read_bundle import read_bundle
from tests.containers.compose_file import MissingVariableError, read_services
from tests.containers.conftest import KEY
from tests.containers.image import Builder, run_container
from tests.containers.postgresql import run_postgresql
from tests.other_bundle import write_with_threshold
from tests.server_process import ROOT

VARIABLES = {
    "CREDIT_SCORING_API_KEY": KEY,
    "POSTGRES_PASSWORD": "0123456789abcdef" * 4,
    "MLFLOW_PASSWORD": "fedcba9876543210" * 4,
}
SERVICES = read_services(VARIABLES)
DATABASES = {"database": "127.0.0.2", "mlflow-database": "127.0.0.3"}
HOSTS = "".join(f"{address} {name}\n" for name, address in DATABASES.items())
EXAMPLE = json.loads((ROOT / "examples/predict.json").read_text())
APP, MLFLOW = "http://127.0.0.1:8000", "http://127.0.0.1:5000"
MLFLOW_PROGRAMS = ROOT / ".venv-mlflow"


@pytest.fixture(scope="module")
def databases(machine):
    with run_postgresql(machine, SERVICES, DATABASES):
        yield


@pytest.fixture(scope="module")
def builder(machine, images_with_sources):
    return Builder(machine, ROOT, images_with_sources)


@pytest.fixture(scope="module")
def run_service(builder, tmp_path_factory):
    """Starts the service `name` of compose.yaml with some variables; volumes are kept."""
    folder = tmp_path_factory.mktemp("compose")

    def run(name, stage="service", volumes=None, **variables):
        service = read_services({**VARIABLES, **variables})[name]
        assert service["read_only"]
        targets = [volume.split(":")[1] for volume in service.get("volumes", [])]
        folders = {target: folder / f"{name}{target.replace('/', '-')}" for target in targets}
        for volume in folders.values():
            volume.mkdir(exist_ok=True)
        return run_container(
            builder.build(stage),
            service.get("command") or builder.stages[stage].command(),
            folder / f"{name}.log",
            volumes={**folders, **(volumes or {})},
            hosts=f"{HOSTS}127.0.0.4 mlflow\n",
            **service["environment"],
        )

    return run


@pytest.fixture(scope="module")
def migrated(run_service, databases):  # noqa: ARG001 - it has to run
    """The output of the service `migrate`, which has to succeed before `app` starts."""
    with run_service("migrate") as container:
        assert container.process.wait() == 0, container.log.read_text()
    return container.log.read_text()


@pytest.fixture(scope="module")
def mlflow(builder, run_service, databases):  # noqa: ARG001 - it has to run
    """MLflow's server. Its libraries are those of `make mlflow`, which has the same pins."""
    if not MLFLOW_PROGRAMS.exists():
        reason = "MLflow's server is not installed: make .venv-mlflow/done"
        (pytest.fail if os.environ.get("TESTS_NEED_MLFLOW") else pytest.skip)(reason)
    builder.build("mlflow", leave_out="-m (venv|pip) ")
    programs = MLFLOW_PROGRAMS.resolve()
    libraries = {"/opt/venv": programs, str(programs): programs}
    health_check = builder.stages["mlflow"].command("HEALTHCHECK")
    with run_service("mlflow", "mlflow", libraries) as container:
        container.wait_until_healthy(health_check)
        yield container


def test_service_decides_on_the_migrated_database(machine, run_service, migrated, authorisation):
    assert "was migrated from nothing to" in migrated
    with run_service("app") as app:
        app.wait_until_healthy(("python", "-m", "credit_scoring.health_check"))
        assert machine.request(f"{APP}/predict", body=EXAMPLE)[0] == 401
        status, _, text = machine.request(f"{APP}/predict", authorisation, EXAMPLE)
        stored = f"{APP}/decisions/{json.loads(text)['decision_id']}"
        assert (status, machine.request(stored, authorisation)[0]) == (200, 200)
        assert app.stop() == 0


@pytest.mark.usefixtures("migrated")
def test_model_registered_on_the_mlflow_server_is_served(
    machine, run_service, mlflow, tmp_path, authorisation
):
    """The steps of docs/deployment-containers.md."""
    bundle = write_with_threshold(ROOT / "models/latest", 0.25, tmp_path / "bundle")
    command = [sys.executable, "model.py", "register", "--bundle", bundle]
    machine.in_network(*command, cwd=ROOT, env={**os.environ, "MLFLOW_TRACKING_URI": MLFLOW})
    files = list((mlflow.volumes["/mlflow/files"]).rglob("model.pkl"))
    assert [path.stat().st_uid for path in files] == [1000]
    source = {"CREDIT_SCORING_MODEL_SOURCE": "models:/credit-scoring@challenger"}
    with run_service("app", **source) as app:
        app.wait_until_healthy(("python", "-m", "credit_scoring.health_check"))
        _, _, text = machine.request(f"{APP}/predict", authorisation, EXAMPLE)
    assert json.loads(text)["model_version"] == read_bundle(bundle).manifest.version


def test_mlflow_answers_the_hosts_of_compose_only(machine, mlflow):  # noqa: ARG001 - it runs
    url = f"{MLFLOW}/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default"
    statuses = [
        machine.request(url, {"Host": host})[0]
        for host in ("mlflow:5000", "localhost:5000", "evil.example")
    ]
    assert statuses == [200, 200, 403]


@pytest.mark.parametrize("name", VARIABLES)
def test_secret_that_is_not_set_stops_compose(name):
    with pytest.raises(MissingVariableError, match=f"{name}: see docs/deployment-containers.md"):
        read_services({**VARIABLES, name: ""})


def test_only_this_machine_reaches_the_ports():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8000:8000", "127.0.0.1:5000:5000"]


@pytest.mark.parametrize("name", ["app", "migrate", "mlflow"])
def test_services_of_ours_have_few_rights(name):
    service = SERVICES[name]
    assert (service["read_only"], service["tmpfs"]) == (True, ["/tmp"])  # noqa: S108 - of the container
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])


def test_databases_are_not_in_each_others_network():
    networks = {name: set(service["networks"]) for name, service in SERVICES.items()}
    assert networks["database"].isdisjoint(networks["mlflow-database"] | networks["mlflow"])
    assert networks["app"] == {"decisions", "tracking"}
