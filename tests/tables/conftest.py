"""A small valid set of CSV files, and a copy of it that a test may spoil."""

import shutil
from pathlib import Path

import pytest

from credit_scoring.sample import generate_sample
from tests.tables.spoiled_tables import TABLE_FILES, SpoiledTables


@pytest.fixture(scope="session")
def clean(tmp_path_factory) -> Path:
    """Two application files, bureau and its balances, as CSV."""
    sample = tmp_path_factory.mktemp("sample")
    folder = tmp_path_factory.mktemp("clean")
    generate_sample(sample, applicants=100, seed=5, file_format="csv")
    for name in TABLE_FILES:
        shutil.copy(sample / name, folder)
    return folder


@pytest.fixture
def spoiled(clean, tmp_path):
    """A copy of the clean folder."""
    shutil.copytree(clean, tmp_path / "data")
    return SpoiledTables(tmp_path / "data")
