"""A generated population that the repository's bundle decides on."""

import io
from datetime import date

import pytest

from credit_scoring.laboratory.score_dataset import load_verified_bundle
from credit_scoring.laboratory.simulation import population as population_module
from credit_scoring.laboratory.simulation.plan import SimulationPlan
from credit_scoring.laboratory.simulation.population import generate_population
from credit_scoring.laboratory.simulation.traffic import Traffic
from credit_scoring.progress import Progress
from tests.server_process import ROOT

MODEL = ROOT / "models/latest"
QUIET = Progress(io.StringIO())
UNTIL = date(2026, 11, 2)


@pytest.fixture(scope="session")
def loaded():
    return load_verified_bundle(MODEL)


@pytest.fixture(scope="session")
def population(loaded):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(population_module, "MIN_GENERATED", 2000)
        return generate_population(loaded, 1, 0, QUIET)


@pytest.fixture
def make_days(population, loaded):
    """The days of a plan with these options."""

    def make(population=population, **options):
        plan = SimulationPlan(until=UNTIL, **{"weeks": 2, "per_day": 50, **options})
        return list(Traffic(plan, population, loaded.bundle).days())

    return make
