"""A small bundle and what scores files with it."""

import pytest

from credit_scoring.batch.flat_file import FlatFile
from credit_scoring.batch.score_file import ScoreOptions, score_file
from credit_scoring.bundle.read_bundle import read_bundle
from tests.serving.small_bundle import write


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("batch") / "bundle")


@pytest.fixture(scope="session")
def small_bundle(small_folder):
    return read_bundle(small_folder)


@pytest.fixture
def run_score(small_bundle, tmp_path):
    """Score a file into tmp_path/scores.parquet, seven rows per part."""

    def run(path, out=None, log=None, digest="0", identifier="SK_ID_CURR", **options):
        out = out or tmp_path / "scores.parquet"
        source = FlatFile(path, small_bundle.manifest.features, identifier)
        values = {"rejected": out.with_suffix(".rejected.csv"), "part_rows": 7, **options}
        return score_file(small_bundle, source, ScoreOptions(out, **values), digest=digest, log=log)

    return run
