"""A bundle of a lender's flat table, trained by the command line."""

import pytest
from typer.testing import CliRunner

import model
from credit_scoring.bundle.read_bundle import read_bundle
from tests.drawn_figures import drawn_figures  # noqa: F401 - a fixture
from tests.training.lender_table import make_lender_table, train_arguments


@pytest.fixture(scope="session")
def lender_folder(tmp_path_factory):
    """The table, its schema, the bundle, and what the command printed."""
    folder = tmp_path_factory.mktemp("lender")
    make_lender_table().write_csv(
        folder / "loans.csv", separator=";", line_terminator="\r\n", include_bom=True
    )
    result = CliRunner().invoke(model.cli, train_arguments(folder))
    assert result.exit_code == 0, result.output
    (folder / "output").write_text(result.output)
    return folder


@pytest.fixture(scope="session")
def lender_bundle(lender_folder):
    return read_bundle(lender_folder / "latest")
