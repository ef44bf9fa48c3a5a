"""`python model.py features --data`: the features of whole tables, on the command line."""

import polars as pl
import pytest

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.features.assemble import build_features
from credit_scoring.loan_price.price_features import PRICE_FEATURES
from credit_scoring.loan_price.term_model import TermModel
from credit_scoring.tables.read_tables import read_tables
from tests.priced_bundle import term_text, write_priced_bundle
from tests.server_process import ROOT

BUNDLE = ROOT / "models/latest"


def test_the_features_of_a_bundle_are_written(run_cli, sample_folder, tmp_path):
    out = tmp_path / "new" / "features.parquet"
    exit_code, text = run_cli(
        "features", "--data", sample_folder, "--features", BUNDLE, "--out", out
    )
    assert exit_code == 0
    assert f"{out} holds the features of 1,000 applicants." in text
    names = {feature.name for feature in read_manifest(BUNDLE).features}
    columns = pl.scan_parquet(out).collect_schema().names()
    assert {*columns} - {"SK_ID_CURR", "TARGET"} == names


@pytest.mark.parametrize("name", ["", "model.json"], ids=["folder", "manifest"])
def test_fitted_features_are_those_of_the_bundle(run_cli, sample_folder, tmp_path, name):
    """As the bundle's model scores them, not those of another fit."""
    bundle = write_priced_bundle(tmp_path / "bundle")
    out = tmp_path / "features.parquet"
    exit_code, text = run_cli(
        "features", "--data", sample_folder, "--features", bundle / name, "--out", out
    )
    assert exit_code == 0, text
    scored = build_features(
        read_tables(sample_folder, labelled=None), PRICE_FEATURES, term_model=TermModel(term_text())
    )
    assert pl.read_parquet(out)[scored.features.columns].equals(scored.features)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--out", "features.parquet"), "give --data, the tables, together with --out"),
        (("--data", "DATA"), "give --data, the tables, together with --out"),
        (("--data", "DATA", "--out", "features.xlsx"), "has another ending than .csv or .parquet"),
        (("--data", "DATA", "--out", "DATA"), "--out and --data are both"),
        (("--data", "DATA", "--out", "DATA/bureau.csv"), "where --data has a table"),
        (("--data", "NOWHERE", "--out", "features.csv"), "NOWHERE"),
        ((), "give --list, --search WORDS or --describe NAME, or --data TABLES --out FILE"),
    ],
    ids=["no data", "no out", "ending", "same", "table", "no such folder", "nothing"],
)
def test_wrong_options_are_explained(run_cli, sample_folder, options, message):
    arguments = [option.replace("DATA", str(sample_folder)) for option in options]
    exit_code, text = run_cli("features", *arguments)
    assert exit_code in {1, 2}
    assert message in text
