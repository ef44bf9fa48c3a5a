"""`python model.py example` and `applicants`: what they write is what the app takes."""

import json

import pytest
from typer.testing import CliRunner

import model
from credit_scoring.features.applicant_store import ApplicantStore
from tests.server_process import ROOT


def run(*arguments):
    result = CliRunner().invoke(model.cli, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_example_raw_prints_the_raw_records_that_are_committed():
    code, text, _ = run("example", "--raw")
    assert code == 0
    assert text == (ROOT / "examples/raw.json").read_text(encoding="utf-8")


def test_applicants_stores_the_models_inputs_of_everybody(
    trained_folder, bundle, sample_folder, tmp_path
):
    out = tmp_path / "new/applicants.sqlite"
    code, text, _ = run(
        "applicants", "--data", sample_folder, "--bundle", trained_folder, "--out", out
    )
    assert code == 0
    assert (
        f"{out} holds 1,000 applicants. Serve them: CREDIT_SCORING_APPLICANTS_PATH={out} python app.py"
        in text
    )
    applicant = str(
        json.loads((ROOT / "examples/raw.json").read_text())["application"]["SK_ID_CURR"]
    )
    asked = {feature.name for feature in bundle.manifest.features if feature.is_requested}
    assert ApplicantStore(out).get(applicant).features.keys() == asked


@pytest.mark.parametrize("missing", ["--data", "--bundle"])
def test_applicants_names_what_is_not_there(trained_folder, sample_folder, tmp_path, missing):
    given = {"--data": sample_folder, "--bundle": trained_folder} | {missing: tmp_path / "nowhere"}
    arguments = [part for pair in given.items() for part in pair]
    code, _, said = run("applicants", *arguments, "--out", tmp_path / "store")
    assert code == 1
    assert "nowhere" in said
    assert not (tmp_path / "store").exists()
