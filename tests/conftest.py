"""Shared fixtures: a small sample, its features, a bundle trained on it, and the command line."""

import io
import os
import re
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # before LightGBM is imported, as in model.py
os.environ["CREDIT_SCORING_CACHE_PATH"] = "off"  # tests do not write to the user's cache
os.environ["CREDIT_SCORING_TRACKING"] = "off"  # only the tests of tracking turn it on

import pytest
from hypothesis import HealthCheck, settings
from typer.testing import CliRunner

from tests.server_process import SCRATCH

os.environ["DATABASE_URL"] = f"sqlite:///{SCRATCH.name}/decisions.db"
os.environ["CREDIT_SCORING_MODEL_STORE"] = f"{SCRATCH.name}/models"

from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.progress import Progress
from credit_scoring.scoring.scorer import Scorer
from tests.database_fixtures import (  # noqa: F401 - fixtures
    cluster,
    database_url,
    empty_url,
    engine,
    patient,
    postgresql_url,
)
from tests.serving_environment import serving_python  # noqa: F401 - a fixture

SEED = 0
# No test fails because the machine is slow.
settings.register_profile(
    "project",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("project")


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory) -> Path:
    """All eight tables of a thousand applicants, as Parquet."""
    from credit_scoring.sample import generate_sample

    folder = tmp_path_factory.mktemp("sample")
    generate_sample(folder, applicants=1000, seed=11)
    return folder


@pytest.fixture(scope="session")
def feature_table(sample_folder):
    from credit_scoring.features.assemble import build_features
    from credit_scoring.tables.read_tables import read_tables

    return build_features(read_tables(sample_folder))


@pytest.fixture(scope="session")
def trained_folder(tmp_path_factory, sample_folder) -> Path:
    """A bundle trained as `model.py train` trains it."""
    from credit_scoring.training.train import TrainingOptions, train_on_tables

    folder = tmp_path_factory.mktemp("models") / "latest"
    quiet = Progress(io.StringIO())
    options = TrainingOptions(made_by="the tests", seed=SEED)
    train_on_tables(sample_folder, folder, options, quiet)
    return folder


@pytest.fixture(scope="session")
def bundle_folder(trained_folder) -> Path:
    return trained_folder


@pytest.fixture(scope="session")
def bundle(bundle_folder):
    return read_bundle(bundle_folder)


@pytest.fixture(scope="session")
def scorer(bundle):
    return Scorer(bundle)


@pytest.fixture(scope="session")
def model_table(sample_folder, bundle):
    """The feature table with the features that are fitted, if the model uses them."""
    from credit_scoring.features.assemble import build_features
    from credit_scoring.tables.read_tables import read_tables

    return build_features(read_tables(sample_folder), term_model=bundle.term_model)


@pytest.fixture
def run_cli(monkeypatch):
    """Run `python model.py ARGUMENTS` in this process.

    Returns the exit code and the output, on one line without frames.
    """
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("NO_COLOR", "1")

    import model

    def run(*arguments):
        result = CliRunner().invoke(model.cli, [*map(str, arguments)])
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        return result.exit_code, " ".join(re.sub(r"[│╭╮╰╯─]", " ", result.output).split())

    return run
