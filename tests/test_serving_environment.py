"""The web process in an environment made from requirements.txt alone."""

import json
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.server_process import run_server, wait_until

ROOT = Path(__file__).parent.parent
TRAINING = (
    "pandas",
    "polars",
    "sklearn",
    "matplotlib",
    "mlflow",
    "shap",
    "optuna",
    "rich",
    "typer",
    "cryptography",
    "huggingface_hub",
    "credit_scoring.training",
)
MAX_INSTALLED = 350 << 20  # bytes
MAX_RSS = 128 << 20  # bytes
PROBE = """
import json, sys
from pathlib import Path
from app import app
request = json.load(open("examples/predict.json"))
client = app.test_client()
response = client.post("/predict", json=request)
raw = client.post("/predict", json=json.load(open("examples/raw.json")))
loaded = [name for name in sys.argv[1:] if name in sys.modules]
status = Path("/proc/self/status").read_text()  # getrusage's peak counts the parent's memory
peak = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
result = {"status": response.status_code, "json": response.json, "loaded": loaded, "kib": peak}
print(json.dumps(result | {"raw_status": raw.status_code, "raw_json": raw.json}))
"""

SOURCES = """
import json
from credit_scoring.bundle.bundle_files import read_bundle_files
from credit_scoring.bundle.signature import SIGNATURE_FILE, sign_files
from credit_scoring.bundle.signing_key import public_key_of
from credit_scoring.errors import SourceError
from credit_scoring.model_sources.fetch import fetch
from credit_scoring.scoring.verify_bundle import verify_bundle
from credit_scoring.settings import load_settings
key = bytes(range(32))
files = read_bundle_files("models/latest")
signed = {**files, SIGNATURE_FILE: sign_files(files, key)}
bundle = verify_bundle(signed, "models/latest", public_key=[public_key_of(key)])
result = {"version": bundle.manifest.version}
for source in ("hf://ada/risk", "models:/credit-scoring@champion", "https://a.example.org/m.tar"):
    try:
        fetch(source, load_settings({}))
    except SourceError as error:
        result[source.partition(":")[0]] = str(error)
print(json.dumps(result))
"""


@pytest.fixture(scope="module")
def probe(serving_python):
    """The responses to two requests in that environment, and the libraries they loaded."""
    command = [serving_python, "-c", PROBE, *TRAINING]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def test_request_loads_no_training_library(probe):
    assert probe["status"] == 200
    assert probe["json"]["decision"] in ("ACCEPTED", "REFUSED")
    assert probe["loaded"] == []


def test_raw_records_answer_what_to_install(probe):
    assert probe["raw_status"] == 501
    assert probe["raw_json"]["detail"].endswith(
        "polars, which is not installed on this server: pip install -r requirements-raw.txt"
    )


def test_signature_is_verified_and_sources_say_what_to_install(serving_python):
    command = [serving_python, "-c", SOURCES]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    result = json.loads(process.stdout)
    assert result["version"]
    assert "pip install -r requirements-sources.txt" in result["hf"]
    assert "for the service alone, requirements-sources.txt" in result["models"]
    assert "the host a.example.org is not allowed" in result["https"]


def test_process_stays_under_128_mib(probe):
    assert probe["kib"] << 10 < MAX_RSS


def test_workers_are_small_without_training_libraries(serving_python, tmp_path):
    command = (serving_python, "-m", "gunicorn", "app:app")
    request = json.loads((ROOT / "examples/predict.json").read_text())
    with run_server(command, ROOT / "models/latest", tmp_path / "log") as server:
        for _ in range(20):
            assert server.post(request["features"]).status_code == 200
        wait_until(lambda: len(psutil.Process(server.process.pid).children()) == 2)
        workers = psutil.Process(server.process.pid).children()
        for worker in workers:
            assert worker.memory_info().rss < MAX_RSS
            folders = {part for file in worker.memory_maps() for part in Path(file.path).parts}
            assert not folders & {"pandas", "sklearn", "polars", "matplotlib"}
            assert "numpy" in folders


def test_environment_stays_under_350_mb(serving_python):
    """Without pip, which a virtual environment brings."""
    folder = next((serving_python.parent.parent / "lib").glob("python*/site-packages"))
    files = (
        path
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] != "pip"
    )
    assert sum(path.stat().st_size for path in files) < MAX_INSTALLED


def test_probability_equals_the_one_of_this_environment(probe):
    """Here scikit-learn, pandas and Polars are installed."""
    from credit_scoring.bundle.read_bundle import read_bundle
    from credit_scoring.scoring.scorer import Scorer

    inputs = json.loads((ROOT / "examples/predict.json").read_text())["features"]
    decision = Scorer(read_bundle(ROOT / "models/latest")).score(inputs)
    assert probe["json"]["probability"] == decision.probability
