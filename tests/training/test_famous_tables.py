"""Tables in the shapes of public credit data: one command trains on each, and the app serves it."""

import dataclasses

import pytest
from typer.testing import CliRunner

import model
from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.flat_table.schema_file import read_schema
from credit_scoring.serving.app_factory import DATABASE, create_app
from credit_scoring.serving.service import EXTENSION
from credit_scoring.settings import load_settings
from tests.server_process import scratch_settings
from tests.training.famous_tables import FAMOUS_TABLES


@pytest.fixture(scope="module", params=FAMOUS_TABLES)
def trained(request, tmp_path_factory):
    """The table, the folder of its bundle, and what the command printed."""
    table = FAMOUS_TABLES[request.param]
    folder = tmp_path_factory.mktemp("famous")
    arguments = [*table.write(folder / "loans.csv"), "--out", str(folder / "bundle"), "--no-track"]
    result = CliRunner().invoke(model.cli, arguments)
    assert result.exit_code == 0, result.output
    return table, folder, result.output


def test_the_notes_are_those_of_a_careful_person(trained):
    table, folder, output = trained
    schema = read_schema(folder / "bundle/schema.toml")
    assert {name: schema[name].use for name in table.uses} == table.uses
    for name, words in table.notes.items():
        assert words in schema[name].note
    assert all(words in output for words in table.warnings)
    assert f"Target {schema.target.name}: default is " in output


def test_the_app_serves_the_model(trained):
    _, folder, _ = trained
    settings = load_settings(scratch_settings(folder))
    app = create_app(dataclasses.replace(settings, model_path=folder / "bundle"))
    rows = read_bundle(folder / "bundle").manifest.golden_rows
    for row in rows:
        for body in ({"features": row["features"]}, row["features"]):
            response = app.test_client().post("/predict", json=body)
            assert response.status_code == 200, response.json
            assert response.json["probability"] == row["probability"]
    app.extensions[EXTENSION].log._writer.close()
    app.extensions[DATABASE].dispose()
    assert rows
