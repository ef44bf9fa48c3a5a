"""A small comparison that several tests look at."""

import pytest

from tests.laboratory.comparison_runs import run_comparison


@pytest.fixture(scope="session")
def comparison_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("comparison")


@pytest.fixture(scope="session")
def comparison_rows(comparison_folder):
    return run_comparison(comparison_folder)
