"""A sample of 5,000 applicants, read by all tests of the sample generator."""

import polars as pl
import pytest

from credit_scoring.sample import generate_sample
from tests.sample.real_set import APPLICANTS, FILES


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parquet")
    generate_sample(folder, applicants=APPLICANTS, seed=5)
    return folder


@pytest.fixture(scope="session")
def tables(folder):
    return {stem: pl.read_parquet(folder / f"{stem}.parquet") for stem in [*FILES, "truth"]}


@pytest.fixture(scope="session")
def applications(tables):
    """Train and test together, with the true probability, in the order of the identifiers."""
    both = pl.concat([tables["application_train"], tables["application_test"]], how="diagonal")
    return both.join(tables["truth"], on="SK_ID_CURR").sort("SK_ID_CURR")
