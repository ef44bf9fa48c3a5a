"""`explain` on a lender's flat table, whose identifiers may be any text."""

import polars as pl
import pytest
from typer.testing import CliRunner

import model

HOSTILE = "../../x"


@pytest.fixture
def renamed_loans(lender_folder, tmp_path):
    """The lender's table with a hostile identifier and one that differs in case only."""
    names = {"L0001": HOSTILE, "L0002": "l0000"}
    loans = pl.read_csv(lender_folder / "loans.csv", separator=";", infer_schema=False)
    path = tmp_path / "loans.csv"
    loans.with_columns(pl.col("loan_id").replace(names)).write_csv(path)
    return path


def test_explain_writes_inside_its_folder(renamed_loans, lender_folder, tmp_path):
    out = tmp_path / "reports/explain"
    applicants = [HOSTILE, "L0000", "l0000"]
    options = ["--data", renamed_loans, "--bundle", lender_folder / "latest", "--out", out]
    for applicant in applicants:
        options += ["--applicant", applicant]
    result = CliRunner().invoke(model.cli, ["explain", *map(str, options)])
    assert result.exit_code == 0, result.output
    assert {path.name for path in tmp_path.iterdir()} == {"reports", "loans.csv"}
    pages = [path for path in out.iterdir() if path.match("applicant_*.html")]
    assert len({path.name.lower() for path in pages}) == len(applicants)
    assert any(HOSTILE in page.read_text(encoding="utf-8") for page in pages)
