"""The app serves a bundle of a flat table with the probabilities that training computed."""

import dataclasses
import json
import re
from html import unescape

import numpy as np
import polars as pl
import pytest

from credit_scoring.features.flat_features import flat_features
from credit_scoring.flat_table.read_flat_table import read_flat_table
from credit_scoring.flat_table.schema_file import read_schema
from credit_scoring.monitoring.feature_bins import FeatureBins
from credit_scoring.serving.app_factory import DATABASE, create_app
from credit_scoring.serving.service import EXTENSION
from credit_scoring.settings import load_settings
from tests.server_process import scratch_settings
from tests.training.lender_table import PURPOSES, input_names, make_lender_table


@pytest.fixture(scope="module")
def table(lender_folder):
    schema = read_schema(lender_folder / "latest/schema.toml")
    return flat_features(read_flat_table(lender_folder / "loans.csv"), schema)


@pytest.fixture(scope="module")
def client(lender_folder):
    settings = load_settings(scratch_settings(lender_folder))
    app = create_app(dataclasses.replace(settings, model_path=lender_folder / "latest"))
    yield app.test_client()
    app.extensions[EXTENSION].log._writer.close()
    app.extensions[DATABASE].dispose()


def request_rows(lender_bundle):
    """The rows of the table as a client sends them: numbers as numbers, everything else as text."""
    owner = pl.col("owner").eq("true").cast(pl.Int8)
    frame = make_lender_table().with_columns(owner=owner)
    return frame.select(input_names(lender_bundle)).to_dicts()


class TestServed:
    def test_app_answers_training_probability_bit_for_bit(self, client, lender_bundle, table):
        names = [str(name) for name in lender_bundle.model.feature_names_in_]
        expected = lender_bundle.model.predict_proba(table.features.select(names))[:, 1]
        for row, probability in list(zip(request_rows(lender_bundle), expected, strict=True))[:150]:
            response = client.post("/predict", json={"features": row})
            assert response.status_code == 200, response.json
            assert response.json["probability"] == probability

    def test_rows_include_every_hard_case(self, lender_bundle):
        """Sentinel, marker, missing, accents, spaces, commas, integers above 2**24."""
        rows = request_rows(lender_bundle)[:150]
        assert {*PURPOSES, "NA"} <= {row["purpose"] for row in rows}
        assert -999 in {row["score"] for row in rows}
        assert None in {row["dti"] for row in rows}
        assert any(float(np.float32(row["big"])) != row["big"] for row in rows)
        assert any(float(np.float32(row["dti"])) != row["dti"] for row in rows if row["dti"])

    def test_monitoring_counts_requests_as_training_counted_the_table(self, lender_bundle):
        counts = FeatureBins(lender_bundle.manifest).count(request_rows(lender_bundle))
        reference = lender_bundle.manifest.reference
        assert counts == {row.name: [*row.counts] for row in reference.features}

    def test_app_answers_golden_rows(self, client, lender_bundle):
        assert len(lender_bundle.manifest.golden_rows) >= 3
        for row in lender_bundle.manifest.golden_rows:
            response = client.post("/predict", json={"features": row["features"]})
            assert response.json["probability"] == row["probability"]

    def test_page_has_one_group_of_fields_with_the_lenders_names(self, client, lender_bundle):
        html = unescape(client.get("/?lang=en", headers={"Accept": "text/html"}).text)
        form = html[html.index('<form id="decide"') :]
        assert sorted(re.findall(r' name="([^"]+)"', form)) == sorted(input_names(lender_bundle))
        assert form.count("<legend>") == 1
        assert "data-table" not in form
        assert not re.search(r'\bid="[^"]*\s', form)

    def test_null_equals_the_missing_marker(self, client, lender_bundle):
        row = request_rows(lender_bundle)[0]
        for name, marker in (("purpose", "NA"), ("score", -999)):
            responses = [
                client.post("/predict", json={"features": {**row, name: value}}).json
                for value in (marker, None)
            ]
            assert responses[0] | {"decision_id": None} == responses[1] | {"decision_id": None}

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            (
                "Montant prêt, €",
                1e9,
                "Montant prêt, € is 1000000000.0: expected a number from 0 to 20000",
            ),
            ("Montant prêt, €", None, "Montant prêt, € is null: expected a number from 0 to 20000"),
            (
                "Montant prêt, €",
                "12%",
                'Montant prêt, € is "12%": expected a number from 0 to 20000',
            ),
            ("owner", 0.5, "owner is 0.5: expected a whole number from 0 to 1"),
            ("owner", True, "owner is true: expected a whole number from 0 to 1"),
            (
                "purpose",
                "etudes",
                'purpose is "etudes": expected one of " 36 mois, renouvelé", "Crédit auto", ',
            ),
            ("score", -998, "score is -998: expected a number from 0 to "),
            ("sexe", "F", "sexe is not a feature of this model"),
            ("recoveries", 3.5, "recoveries is not a feature of this model"),
            ("loan_id", "L0001", "loan_id is not a feature of this model"),
            (
                "montant prêt, €",
                3,
                "is not a feature of this model (did you mean Montant prêt, €?)",
            ),
        ],
    )
    def test_schema_violations_are_refused_by_name(
        self, client, lender_bundle, name, value, message
    ):
        complete = next(row for row in request_rows(lender_bundle) if None not in row.values())
        response = client.post("/predict", json={"features": {**complete, name: value}})
        assert response.status_code == 422
        (error,) = response.json["errors"]
        assert error["field"] == name
        assert message in error["message"]

    def test_features_are_described_by_the_schema(self, client, lender_bundle):
        features = client.get("/model/features").json["features"]
        assert [feature["name"] for feature in features] == input_names(lender_bundle)
        by_name = {feature["name"]: feature for feature in features}
        assert by_name["owner"]["type"] == "integer"
        assert by_name["purpose"]["levels"] == sorted(PURPOSES)
        assert by_name["purpose"]["missing"] == ["NA"]
        assert by_name["score"]["sentinel"] == -999
        assert "note" not in json.dumps(features)

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_page_has_a_field_per_input(self, client, lender_bundle, language):
        page = client.get(f"/?lang={language}", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert page.text.count('name="') >= len(input_names(lender_bundle))
        assert '<option value=" 36 mois, renouvelé">' in page.text
        assert "Montant prêt, €" in page.text


class TestHints:
    """What errors and the OpenAPI document show is the lender's, not another model's."""

    @pytest.mark.parametrize("path", ["/predict", "/predict/batch", "/predict/explain"])
    @pytest.mark.parametrize("body", ["[1]", "nonsense", "{}", '{"features": 3, "applicants": 3}'])
    def test_examples_have_a_feature_of_the_lender(self, client, lender_bundle, path, body):
        answer = client.post(path, data=body, content_type="application/json")
        assert answer.status_code in (400, 422)
        assert "EXT_SOURCE" not in answer.text
        if body in ("[1]", "nonsense"):
            example = json.loads(answer.json["detail"].partition("an object such as ")[2])
            ((_, part),) = example.items()
            names = part[0] if isinstance(part, list) else part
            assert set(names) <= set(input_names(lender_bundle))

    def test_document_speaks_of_the_lenders_features_only(self, client):
        document = client.get("/openapi.json").text
        foreign = ("EXT_SOURCE", "SK_ID_CURR", "AMT_CREDIT", "raw record", "Raw record")
        assert [name for name in foreign if name in document] == []

    @pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
    def test_raw_records_are_refused_as_not_of_this_model(self, client, path):
        raw = {"application": {"AMT_CREDIT": 1}}
        answer = client.post(path, json={"applicants": [raw]} if "batch" in path else raw)
        assert "are not made from these tables: send the features" in answer.text

    def test_unknown_name_of_a_table_is_an_unknown_name(self, client):
        answer = client.post("/predict", json={"application": 5})
        assert "application is not a feature of this model" in answer.text

    def test_command_has_no_raw_example(self, lender_folder, run_cli):
        exit_code, text = run_cli("example", "--raw", "--bundle", lender_folder / "latest")
        assert exit_code == 1
        assert "has no raw records" in text
        assert "the columns of a lender's own table. Leave --raw out" in text
