"""`python model.py example` and `applicants`: their output is valid input for the app."""

import json

import pytest
from typer.testing import CliRunner

import model
from credit_scoring.features.applicant_store import ApplicantStore
from credit_scoring.sample.generate import FIRST_IDS
from credit_scoring.sample.sample_applicant import EXAMPLE_ID
from tests.server_process import ROOT


def run(*arguments):
    result = CliRunner().invoke(model.cli, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_raw_example_equals_the_committed_file():
    exit_code, text, _ = run("example", "--raw")
    assert exit_code == 0
    assert text == (ROOT / "examples/raw.json").read_text(encoding="utf-8")


def test_raw_example_has_an_id_of_no_sample_or_kaggle_applicant():
    """Kaggle's ids begin with 100001, those of the sample with 100002."""
    raw = json.loads((ROOT / "examples/raw.json").read_text(encoding="utf-8"))
    rows = [raw.pop("application"), *(row for table in raw.values() for row in table)]
    ids = {row["SK_ID_CURR"] for row in rows if "SK_ID_CURR" in row}
    assert ids == {EXAMPLE_ID}
    assert min(FIRST_IDS["applicant"], 100_001) > EXAMPLE_ID


def test_applicants_stores_the_inputs_of_all_applicants(
    trained_folder, bundle, sample_folder, tmp_path
):
    out = tmp_path / "new/applicants.sqlite"
    exit_code, text, _ = run(
        "applicants", "--data", sample_folder, "--bundle", trained_folder, "--out", out
    )
    assert exit_code == 0
    assert f"{out} holds 1,000 applicants. Serve them: CREDIT_SCORING_APPLICANTS_PATH={out}" in text
    applicant = str(FIRST_IDS["applicant"])
    names = {feature.name for feature in bundle.manifest.features if feature.is_requested}
    assert ApplicantStore(out).get(applicant).features.keys() == names


@pytest.mark.parametrize("missing", ["--data", "--bundle"])
def test_applicants_names_a_missing_path(trained_folder, sample_folder, tmp_path, missing):
    paths = {"--data": sample_folder, "--bundle": trained_folder, missing: tmp_path / "nowhere"}
    arguments = [part for pair in paths.items() for part in pair]
    exit_code, _, error = run("applicants", *arguments, "--out", tmp_path / "store")
    assert exit_code == 1
    assert "nowhere" in error
    assert not (tmp_path / "store").exists()
