"""The web process in an environment that has requirements.txt and nothing more."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

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
    "credit_scoring.training",
)
LARGEST = 350 << 20  # bytes installed
PROBE = """
import json, sys
from pathlib import Path
from app import app
request = json.load(open("examples/predict.json"))
client = app.test_client()
answer = client.post("/predict", json=request)
raw = client.post("/predict", json=json.load(open("examples/raw.json")))
loaded = [name for name in sys.argv[1:] if name in sys.modules]
status = Path("/proc/self/status").read_text()  # not getrusage: its peak counts the parent's memory
peak = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
said = {"status": answer.status_code, "answer": answer.json, "raw_status": raw.status_code, "raw": raw.json}
print(json.dumps({**said, "loaded": loaded, "peak_kib": peak}))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A virtual environment made from requirements.txt; the path of its Python."""
    folder = tmp_path_factory.mktemp("serving") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin/python"
    install = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        ROOT / "requirements.txt",
    ]
    subprocess.run(install, check=True)
    return python


@pytest.fixture(scope="module")
def probe(environment):
    """What one request in that environment answered and loaded."""
    done = subprocess.run(
        [environment, "-c", PROBE, *TRAINING], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_request_is_answered_and_no_training_library_is_loaded(probe):
    assert probe["status"] == 200
    assert probe["answer"]["decision"] in ("ACCEPTED", "REFUSED")
    assert probe["loaded"] == []


def test_raw_records_are_answered_by_what_to_install(probe):
    assert probe["raw_status"] == 501
    assert probe["raw"]["detail"].endswith(
        "polars, which is not installed here: pip install -r requirements-raw.txt"
    )


def test_the_process_stays_under_120_mb(probe):
    assert probe["peak_kib"] < 120 * 1000


def test_the_environment_stays_under_350_mb(environment):
    """Its own packages; pip, which a virtual environment brings, is not counted."""
    folder = next((environment.parent.parent / "lib").glob("python*/site-packages"))
    files = (
        path
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] != "pip"
    )
    assert sum(path.stat().st_size for path in files) < LARGEST


def test_the_model_predicts_bit_for_bit_as_here(probe):
    """Here scikit-learn, pandas and Polars are installed; there they are not."""
    from credit_scoring.bundle.read_bundle import read_bundle
    from credit_scoring.scoring.scorer import Scorer

    inputs = json.loads((ROOT / "examples/predict.json").read_text())["features"]
    here = Scorer(read_bundle(ROOT / "models/latest")).score(inputs)
    assert probe["answer"]["probability"] == here.probability
