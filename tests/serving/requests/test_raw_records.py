"""Raw records: held to the tables' contracts, every offending field named, made the training table's features."""

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
    """What a lender would send of an applicant: its rows of every table, as JSON."""
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
    """One with a history in every table."""
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


def asked(app):
    return [feature.name for feature in app.extensions["credit_scoring"].scorer.requested_features]


def refused(body, most=10_000):
    with pytest.raises(RequestError) as caught:
        features_of_records(body, ["EXT_SOURCE_2", "bureau_count"], most)
    assert caught.value.status == 422
    return [error.message for error in caught.value.errors] or [str(caught.value)]


class TestTheAnswer:
    @pytest.mark.parametrize("position", [0, 17, 333, 700])
    def test_is_that_of_the_training_table_s_features(
        self, trained, trained_app, tables, feature_table, position
    ):
        row = feature_table.features.row(position, named=True)
        features = {name: row[name] for name in asked(trained_app)}
        records = records_of(tables, feature_table.applicant[position])
        answer = trained.post("/predict", json=records)
        assert answer.status_code == 200, answer.text
        by_features = trained.post("/predict", json={"features": features})
        assert answer.json["probability"] == by_features.json["probability"]

    def test_stands_in_the_log_with_the_features_that_were_built(
        self, trained, trained_app, records
    ):
        answer = trained.post("/predict", json=records).json
        stored = trained.get(f"/decisions/{answer['decision_id']}").json
        assert set(stored["inputs"]) == set(asked(trained_app))
        again = trained_app.extensions["credit_scoring"].scorer.score(stored["inputs"])
        assert again.probability == stored["probability"] == answer["probability"]

    @pytest.mark.parametrize("route", ["/predict", "/predict/explain"])
    def test_stands_in_the_log_with_the_applicant_that_was_sent(
        self, trained, records, applicant, route
    ):
        trained.post(
            route,
            json={
                **records,
                "application": {**records["application"], "SK_ID_CURR": float(applicant)},
            },
        )
        found = trained.get(f"/decisions?applicant_id={applicant}&limit=1").json["decisions"]
        assert [row["kind"] for row in found] == [route.rpartition("/")[2]]

    def test_needs_no_history_and_no_identifiers(self, trained, records):
        application = {
            name: value for name, value in records["application"].items() if name != "SK_ID_CURR"
        }
        assert trained.post("/predict", json={"application": application}).status_code == 200

    def test_needs_nothing_that_credit_law_protects(self, trained, records):
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

    def test_does_not_depend_on_the_order_of_records(self, trained, records):
        turned = {
            name: rows[::-1] if isinstance(rows, list) else rows for name, rows in records.items()
        }
        one, other = (trained.post("/predict", json=body).json for body in (records, turned))
        assert one["probability"] == other["probability"]


class TestRefusals:
    def test_name_every_field_with_its_place(self, records):
        records["application"] |= {"EXT_SOURCE_2": 57, "FLAG_OWN_CAR": "yes", "AMT_CREDITS": 1}
        records["bureau"][0]["AMT_CREDIT_SUM"] = "much"
        del records["previous_application"][0]["FLAG_LAST_APPL_PER_CONTRACT"]
        assert refused(records) == [
            'application.FLAG_OWN_CAR is "yes": expected one of "N", "Y"',
            "application.EXT_SOURCE_2 is 57: expected a number from 0 to 1",
            "application.AMT_CREDITS is not an input of table application (did you mean AMT_CREDIT?): remove it",
            'bureau[0].AMT_CREDIT_SUM is "much": expected a number from 0 to 1000000000 (currency)',
            'previous_application[0].FLAG_LAST_APPL_PER_CONTRACT is missing: expected one of "N", "Y"',
        ]  # fmt: skip

    def test_come_over_http_as_fields(self, trained, records):
        records["bureau"][0]["CREDIT_DAY_OVERDUE"] = -1
        answer = trained.post("/predict", json=records)
        assert answer.status_code == 422
        assert answer.json["errors"] == [
            {"field": "bureau[0].CREDIT_DAY_OVERDUE", "value": -1, "message": answer.json["detail"]}
        ]

    def test_of_what_became_of_the_loan(self, records):
        records["application"]["TARGET"] = 0
        assert refused(records) == [
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
    def test_of_another_shape(self, records, change, message):
        assert refused({**records, **change}) == [message]

    def test_of_histories_without_an_application(self, records):
        del records["application"]
        assert refused(records) == [
            "application is missing: expected an object of the table's columns"
        ]

    def test_of_a_record_sent_twice(self, records):
        first = records["bureau"][0]
        records = {"application": records["application"], "bureau": [first, first]}
        key = first["SK_ID_BUREAU"]
        assert refused(records) == [
            f"bureau[1].SK_ID_BUREAU is {key}: bureau[0] has the same SK_ID_BUREAU, send each record once"
        ]

    def test_of_another_applicants_records(self, records, applicant):
        records["bureau"][0]["SK_ID_CURR"] = 7
        assert refused(records) == [
            f"bureau[0].SK_ID_CURR is 7: expected {applicant}, as in application: send one applicant's records"
        ]

    def test_of_balances_whose_credit_is_not_there(self, records):
        records["bureau_balance"] = [{**records["bureau_balance"][0], "SK_ID_BUREAU": 7}]
        assert refused(records) == [
            "bureau_balance[0].SK_ID_BUREAU is 7: no record of bureau has it"
        ]

    def test_of_balances_that_could_be_of_several_credits(self, records):
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
        assert refused({**body, "bureau": [credit, credit]}) == [
            "bureau_balance[0].SK_ID_BUREAU is missing: expected that of one of the records of bureau"
        ]

    def test_of_more_records_than_a_setting_says(self, records):
        count = sum(len(rows) for rows in records.values() if isinstance(rows, list)) + 1
        assert features_of_records(records, ["bureau_count"], count)
        assert refused(records, count - 1) == [
            f"the request has {count} records, {count - 1} are the most that are read"
        ]

    def test_of_many_bad_records_are_brief(self, records):
        body = {"application": records["application"], "bureau": [{}] * 9000}
        assert len(refused(body)) == 200

    def test_without_a_model_of_these_tables(self, records):
        with pytest.raises(
            RequestError, match="not made from these tables, salary for one: send the features"
        ):
            features_of_records(records, ["salary"], 100)

    def test_repeat_nothing_of_an_applicant_in_the_log(self, trained, records, caplog):
        records["application"]["AMT_CREDIT"] = "31337 canary"
        assert trained.post("/predict", json=records).status_code == 422
        assert "canary" not in caplog.text


def test_a_lender_may_call_a_feature_like_a_table():
    assert has_raw_records({"bureau": []}, frozenset({"EXT_SOURCE_2"}))
    assert not has_raw_records({"bureau": 3.0}, frozenset({"bureau"}))
    assert not has_raw_records({"features": {}}, frozenset())


def test_without_polars_the_answer_says_what_to_install(client, records, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    for name in [
        name
        for name in sys.modules
        if name.startswith(("credit_scoring.features", "credit_scoring.tables"))
    ]:
        if name.rpartition(".")[2] in ("one", "assemble", "local", "read"):
            monkeypatch.delitem(sys.modules, name)
    answer = client.post("/predict", json={"application": records["application"]})
    assert answer.status_code == 501
    assert answer.json["detail"] == (
        "raw records need polars, which is not installed here: pip install -r requirements-raw.txt"
    )
    assert client.get("/health").status_code == 200


def test_a_batch_says_no_to_raw_records_and_where_to_send_them(trained, records):
    answer = trained.post("/predict/batch", json={"applicants": [records]}).json
    assert answer["predictions"] == []
    (error,) = answer["errors"][0]["errors"]
    assert error["message"].startswith(
        "the applicant comes with raw records: POST /predict takes them"
    )
