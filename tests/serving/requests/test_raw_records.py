"""Raw records: validated against the contracts, then turned into features as in training."""

import dataclasses
import json
import sys

import polars as pl
import pytest

from credit_scoring.contracts.contract import contracts
from credit_scoring.errors import RequestError
from credit_scoring.serving.requests.raw_records import features_of_records, has_raw_records

HIDDEN = ("TARGET",)


@pytest.fixture(scope="module")
def tables(sample_folder):
    return {
        name: pl.read_parquet(sample_folder / f"{table.file}.parquet")
        for name, table in contracts().items()
    }


def records_of(tables, applicant):
    """The body that a lender sends: the applicant's rows of every table, as JSON."""
    credits_elsewhere = tables["bureau"].filter(pl.col("SK_ID_CURR") == applicant)["SK_ID_BUREAU"]
    found = {}
    for name, frame in tables.items():
        by = "SK_ID_CURR" if "SK_ID_CURR" in frame.columns else "SK_ID_BUREAU"
        rows = frame.filter(
            pl.col(by).is_in([applicant] if by == "SK_ID_CURR" else credits_elsewhere.implode())
        )
        found[name] = rows.drop(HIDDEN, strict=False).to_dicts()
    return json.loads(json.dumps({**found, "application": found["application"][0]}))


@pytest.fixture(scope="module")
def applicant(tables):
    """An applicant with rows in every table."""
    with_balance = tables["bureau"].filter(
        pl.col("SK_ID_BUREAU").is_in(tables["bureau_balance"]["SK_ID_BUREAU"].implode())
    )
    sets = [set(frame["SK_ID_CURR"]) for frame in tables.values() if "SK_ID_CURR" in frame.columns]
    return min(set.intersection(*sets, set(with_balance["SK_ID_CURR"])))


@pytest.fixture
def records(tables, applicant):
    return records_of(tables, applicant)


@pytest.fixture(scope="module")
def trained_app(make_app, trained_folder, app_settings, tmp_path_factory):
    """The app with a bundle that was trained on all the tables."""
    database = f"sqlite:///{tmp_path_factory.mktemp('raw')}/decisions.db"
    changes = {"model_path": trained_folder, "database_url": database, "max_body_bytes": 1 << 20}
    return make_app(dataclasses.replace(app_settings, **changes))


@pytest.fixture
def trained(trained_app):
    return trained_app.test_client()


def requested_names(app):
    return [feature.name for feature in app.extensions["credit_scoring"].scorer.requested_features]


def refusals_of(body, most=10_000):
    with pytest.raises(RequestError) as caught:
        features_of_records(body, ["EXT_SOURCE_2", "bureau_count"], most)
    assert caught.value.status == 422
    return [error.message for error in caught.value.errors] or [str(caught.value)]


class TestAnswer:
    @pytest.mark.parametrize("position", [0, 17, 333, 700])
    def test_equals_that_of_the_training_features(
        self, trained, trained_app, tables, feature_table, position
    ):
        row = feature_table.features.row(position, named=True)
        features = {name: row[name] for name in requested_names(trained_app)}
        records = records_of(tables, feature_table.applicant[position])
        answer = trained.post("/predict", json=records)
        assert answer.status_code == 200, answer.text
        by_features = trained.post("/predict", json={"features": features})
        assert answer.json["probability"] == by_features.json["probability"]

    def test_log_has_the_built_features(self, trained, trained_app, records):
        answer = trained.post("/predict", json=records).json
        stored = trained.get(f"/decisions/{answer['decision_id']}").json
        assert set(stored["inputs"]) == set(requested_names(trained_app))
        again = trained_app.extensions["credit_scoring"].scorer.score(stored["inputs"])
        assert again.probability == stored["probability"] == answer["probability"]

    @pytest.mark.parametrize("route", ["/predict", "/predict/explain"])
    def test_log_has_the_applicant_id(self, trained, records, applicant, route):
        trained.post(
            route,
            json={
                **records,
                "application": {**records["application"], "SK_ID_CURR": float(applicant)},
            },
        )
        found = trained.get(f"/decisions?applicant_id={applicant}&limit=1").json["decisions"]
        assert [row["kind"] for row in found] == [route.rpartition("/")[2]]

    def test_applicant_id_may_be_left_out_of_some_records(self, trained, records, applicant):
        """Erasure finds the decision by the id of any record."""
        del records["application"]["SK_ID_CURR"]
        answer = trained.post("/predict", json=records)
        assert answer.status_code == 200, answer.text
        stored = trained.get(f"/decisions/{answer.json['decision_id']}").json
        assert stored["applicant_id"] == str(applicant)

    def test_history_and_identifiers_are_optional(self, trained, records):
        application = {
            name: value for name, value in records["application"].items() if name != "SK_ID_CURR"
        }
        assert trained.post("/predict", json={"application": application}).status_code == 200

    def test_protected_attributes_are_optional(self, trained, records):
        sensitive = {
            column.name for column in contracts()["application"].columns if column.is_sensitive
        }
        application = {
            name: value for name, value in records["application"].items() if name not in sensitive
        }
        whole = trained.post("/predict", json=records)
        assert (
            trained.post("/predict", json={**records, "application": application}).json[
                "probability"
            ]
            == whole.json["probability"]
        )

    def test_whole_numbers_may_be_written_as_decimals(self, trained, records):
        """Data frames write a column of integers with a gap as 1.0, also its keys."""
        decimal = json.loads(json.dumps(records), parse_int=float)
        answers = [trained.post("/predict", json=body) for body in (records, decimal)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json["probability"] == answers[1].json["probability"]

    def test_order_of_records_does_not_matter(self, trained, records):
        reversed_records = {
            name: rows[::-1] if isinstance(rows, list) else rows for name, rows in records.items()
        }
        answer = trained.post("/predict", json=records).json
        reversed_answer = trained.post("/predict", json=reversed_records).json
        assert reversed_answer["probability"] == answer["probability"]


class TestRefusals:
    def test_every_field_is_named_with_its_place(self, records):
        records["application"] |= {"EXT_SOURCE_2": 57, "FLAG_OWN_CAR": "yes", "AMT_CREDITS": 1}
        records["bureau"][0]["AMT_CREDIT_SUM"] = "much"
        flag = "FLAG_LAST_APPL_PER_CONTRACT"
        del records["previous_application"][0][flag]
        unknown_input = "is not an input of table application"
        assert refusals_of(records) == [
            'application.FLAG_OWN_CAR is "yes": expected one of "N", "Y"',
            "application.EXT_SOURCE_2 is 57: expected a number from 0 to 1",
            f"application.AMT_CREDITS {unknown_input} (did you mean AMT_CREDIT?): remove it",
            'bureau[0].AMT_CREDIT_SUM is "much": expected a number from 0 to 1000000000 (currency)',
            f'previous_application[0].{flag} is missing: expected one of "N", "Y"',
        ]

    def test_answer_lists_the_fields(self, trained, records):
        records["bureau"][0]["CREDIT_DAY_OVERDUE"] = -1
        answer = trained.post("/predict", json=records)
        assert answer.status_code == 422
        assert answer.json["errors"] == [
            {"field": "bureau[0].CREDIT_DAY_OVERDUE", "value": -1, "message": answer.json["detail"]}
        ]

    def test_outcome_of_the_loan(self, records):
        records["application"]["TARGET"] = 0
        assert refusals_of(records) == [
            "application.TARGET is not an input of table application: remove it"
        ]

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                {"application": None},
                "application is null: expected an object of the table's columns",
            ),
            (
                {"application": [{}]},
                "application is a list: expected an object of the table's columns",
            ),
            ({"bureau": {}}, "bureau is an object: expected a list of records"),
            ({"bureau": [5]}, "bureau[0] is 5: expected an object of the table's columns"),
            ({"burau": []}, "burau is not a source table (did you mean bureau?): remove it"),
            ({"features": {}}, "features is not a source table: remove it"),
        ],
    )
    def test_other_shape(self, records, change, message):
        assert refusals_of({**records, **change}) == [message]

    def test_missing_application(self, records):
        del records["application"]
        assert refusals_of(records) == [
            "application is missing: expected an object of the table's columns"
        ]

    def test_repeated_record(self, records):
        first = records["bureau"][0]
        records = {"application": records["application"], "bureau": [first, first]}
        key = first["SK_ID_BUREAU"]
        assert refusals_of(records) == [
            f"bureau[1].SK_ID_BUREAU is {key}: bureau[0] has the same SK_ID_BUREAU, send it once"
        ]

    @pytest.mark.parametrize(("other", "text"), [(7, "7"), (None, "null")])
    def test_records_of_two_applicants(self, records, applicant, other, text):
        records["bureau"][0]["SK_ID_CURR"] = other
        remedy = f"expected {applicant}, as in application"
        assert refusals_of(records) == [
            f"bureau[0].SK_ID_CURR is {text}: {remedy}: send one applicant's records"
        ]

    def test_balance_of_an_absent_credit(self, records):
        records["bureau_balance"] = [{**records["bureau_balance"][0], "SK_ID_BUREAU": 7}]
        assert refusals_of(records) == [
            "bureau_balance[0].SK_ID_BUREAU is 7: expected that of a record of bureau"
        ]

    def test_balance_of_ambiguous_credit(self, records):
        credit = {
            name: value for name, value in records["bureau"][0].items() if name != "SK_ID_BUREAU"
        }
        balance = {"MONTHS_BALANCE": 0, "STATUS": "0"}
        body = {
            "application": records["application"],
            "bureau": [credit],
            "bureau_balance": [balance],
        }
        assert features_of_records(body, ["bureau_count"], 100) == {"bureau_count": 1}
        assert refusals_of({**body, "bureau": [credit, credit]}) == [
            "bureau_balance[0].SK_ID_BUREAU is missing: expected that of a record of bureau"
        ]

    def test_too_many_records(self, records):
        count = sum(len(rows) for rows in records.values() if isinstance(rows, list)) + 1
        assert features_of_records(records, ["bureau_count"], count)
        assert refusals_of(records, count - 1) == [
            f"the request has {count} records: expected at most {count - 1}"
        ]

    def test_number_of_errors_is_limited(self, records):
        body = {"application": records["application"], "bureau": [{}] * 9000}
        assert len(refusals_of(body)) == 200

    def test_model_of_another_table(self, records):
        with pytest.raises(
            RequestError, match="such as salary, are not made from these tables: send the features"
        ):
            features_of_records(records, ["salary"], 100)

    def test_log_has_no_values(self, trained, records, caplog):
        records["application"]["AMT_CREDIT"] = "31337 canary"
        assert trained.post("/predict", json=records).status_code == 422
        assert "canary" not in caplog.text


def test_feature_may_be_called_like_a_table():
    assert has_raw_records({"bureau": []}, frozenset({"EXT_SOURCE_2"}))
    assert not has_raw_records({"bureau": 3.0}, frozenset({"bureau"}))
    assert not has_raw_records({"features": {}}, frozenset())


def test_without_polars_the_answer_names_the_install(client, records, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    for name in [
        name
        for name in sys.modules
        if name.startswith(("credit_scoring.features", "credit_scoring.tables"))
    ]:
        if name.rpartition(".")[2] in ("single_applicant", "assemble", "local", "read_tables"):
            monkeypatch.delitem(sys.modules, name)
    answer = client.post("/predict", json={"application": records["application"]})
    assert answer.status_code == 501
    assert answer.json["detail"] == (
        "raw records need polars, which is not installed on this server: "
        "pip install -r requirements-raw.txt"
    )
    assert client.get("/health").status_code == 200


def test_batch_refuses_raw_records(trained, records):
    answer = trained.post("/predict/batch", json={"applicants": [records]}).json
    assert answer["predictions"] == []
    (error,) = answer["errors"][0]["errors"]
    assert error["message"].startswith(
        "the applicant has raw records: expected features. POST /predict takes raw records"
    )
