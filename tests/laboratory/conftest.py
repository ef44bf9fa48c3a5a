"""A small comparison that several tests look at, and a check of every figure that is drawn."""

import pytest

from tests.drawn_figures import drawn_figures  # noqa: F401 - a fixture
from tests.laboratory.comparison_runs import run_comparison


@pytest.fixture(scope="session")
def comparison_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("comparison")


@pytest.fixture(scope="session")
def comparison_rows(comparison_folder):
    return run_comparison(comparison_folder)


@pytest.fixture(autouse=True)
def readable_figures(drawn_figures):  # noqa: F811
    """Check every figure that a test of the laboratory draws."""
