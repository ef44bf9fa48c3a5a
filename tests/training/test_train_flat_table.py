"""Any lender's table end to end: CSV, schema, bundle, the app. What training computed is what the app answers."""

import dataclasses
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import model
from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.errors import FeatureError, SettingError, TableError
from credit_scoring.features.flat_features import flat_features
from credit_scoring.flat_table.infer_schema import infer
from credit_scoring.flat_table.read_flat_table import read_flat
from credit_scoring.flat_table.schema_file import read_schema
from credit_scoring.progress import Progress
from credit_scoring.serving.app_factory import create_app
from credit_scoring.settings import load_settings
from credit_scoring.training.dataset_facts import fingerprint
from credit_scoring.training.metrics import Costs
from credit_scoring.training.train import train_on_flat_table

ROOT = Path(__file__).parents[2]
ROWS = 500
PURPOSES = ("Crédit auto", " 36 mois, renouvelé", "études", 'un "prêt"')
OUT = ("branch", "note", "recoveries", "opened", "rate", "E-mail")
SECRETS = ("secret", "L0001", "example.org", "2015-0")


def lender():
    """A lender's table with a column of every kind, three of them telling the risk."""
    rng = np.random.default_rng(7)
    risk = rng.random(ROWS)
    bad = rng.random(ROWS) < 0.05 + 0.6 * risk**2
    levels = (3.999 * np.clip(risk + rng.normal(0, 0.1, ROWS), 0, 1)).astype(int)
    columns = {
        "loan_id": [f"L{i:04}" for i in range(ROWS)],
        "Défaut": np.where(bad, "Yes", "no"),
        "Montant prêt, €": np.round(900 + 9000 * risk + 500 * rng.random(ROWS), 2),
        "dti": [None if i % 9 == 4 else round(0.1 + 0.3 * float(v), 7) for i, v in enumerate(risk)],
        "score": np.where(rng.random(ROWS) < 0.1, -999, (850 - 400 * risk + 100 * rng.random(ROWS)).astype(int)),
        "purpose": np.where(rng.random(ROWS) < 0.1, "NA", np.array(PURPOSES)[levels]),
        "purpose_code": 1 + (3.999 * np.clip(risk + rng.normal(0, 0.2, ROWS), 0, 1)).astype(int),
        "owner": rng.choice(["true", "false"], ROWS),
        "big": np.round(16_777_217 + 1e9 * risk * rng.random(ROWS)).astype(int),
        "sexe": rng.choice(["F", "H"], ROWS),
        "age": rng.integers(18, 80, ROWS),
        "branch": "Lyon",
        "note": [f"secret {i}" for i in range(ROWS)],
        "recoveries": [round(float(x), 2) if y else None for x, y in zip(rng.random(ROWS), bad, strict=True)],
        "opened": [f"2015-0{i % 9 + 1}-11" for i in range(ROWS)],
        "rate": [f"{v:.1f}%" for v in 20 * rng.random(ROWS)],
        "E-mail": [f"p{i % 90}@example.org" for i in range(ROWS)],
    }  # fmt: skip
    return pl.DataFrame(columns)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The table, its schema and the bundle, by the command line."""
    path = tmp_path_factory.mktemp("lender")
    lender().write_csv(path / "loans.csv", separator=";", line_terminator="\r\n", include_bom=True)
    done = CliRunner().invoke(model.cli, command(path))
    assert done.exit_code == 0, done.output
    (path / "said").write_text(done.output)
    return path


def command(path, *more):
    return [
        "train", "--table", f"{path}/loans.csv", "--target", "Défaut", "--id", "loan_id", "--schema",
        f"{path}/schema/loans.toml", "--out", f"{path}/latest", *more,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def bundle(folder):
    return read_bundle(folder / "latest")


@pytest.fixture(scope="module")
def table(folder):
    return flat_features(
        read_flat(folder / "loans.csv"), read_schema(folder / "latest/schema.toml")
    )


@pytest.fixture(scope="module")
def client(folder):
    return create_app(
        dataclasses.replace(load_settings({}), model_path=folder / "latest")
    ).test_client()


def asked(bundle):
    return [f.name for f in bundle.manifest.features if f.asked]


def sent_rows(bundle):
    """The rows of the table as a client would send them: as they stand, numbers as numbers."""
    frame = (
        lender().with_columns(owner=pl.col("owner").eq("true").cast(pl.Int8)).select(asked(bundle))
    )
    return frame.to_dicts()


def train(path, out, table, **changes):
    how = {
        "seed": 0,
        "costs": Costs(),
        "allowed": (),
        "made_by": "a test",
        "progress": Progress(io.StringIO()),
    }
    return train_on_flat_table(path, out, table, **{**how, **changes})


class TestServed:
    def test_the_app_answers_every_row_with_the_training_table_s_probability_bit_for_bit(
        self, client, bundle, table
    ):
        names = [str(name) for name in bundle.model.feature_names_in_]
        expected = bundle.model.predict_proba(table.features.select(names))[:, 1]
        for row, probability in list(zip(sent_rows(bundle), expected, strict=True))[:150]:
            answer = client.post("/predict", json={"features": row})
            assert answer.status_code == 200, answer.json
            assert answer.json["probability"] == probability

    def test_the_rows_differ_in_all_that_could_go_wrong(self, bundle):
        """Sentinel, mark, missing, accents, spaces, commas, integers beyond 2**24."""
        rows = sent_rows(bundle)[:150]
        assert {*PURPOSES, "NA"} <= {row["purpose"] for row in rows}
        assert -999 in {row["score"] for row in rows}
        assert None in {row["dti"] for row in rows}
        assert any(float(np.float32(row["big"])) != row["big"] for row in rows)
        assert any(float(np.float32(row["dti"])) != row["dti"] for row in rows if row["dti"])

    def test_the_golden_rows_too(self, client, bundle):
        assert len(bundle.manifest.golden_rows) == 3
        for row in bundle.manifest.golden_rows:
            answer = client.post("/predict", json={"features": row["features"]})
            assert answer.json["probability"] == row["probability"]

    def test_a_null_is_what_the_table_s_mark_is(self, client, bundle):
        row = sent_rows(bundle)[0]
        for name, mark in (("purpose", "NA"), ("score", -999)):
            answers = [
                client.post("/predict", json={"features": {**row, name: value}}).json
                for value in (mark, None)
            ]
            assert answers[0] | {"decision_id": None} == answers[1] | {"decision_id": None}

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
    def test_what_the_schema_refuses_is_refused_by_name(self, client, bundle, name, value, message):
        known = next(row for row in sent_rows(bundle) if None not in row.values())
        answer = client.post("/predict", json={"features": {**known, name: value}})
        assert answer.status_code == 422
        (error,) = answer.json["errors"]
        assert error["field"] == name
        assert message in error["message"]

    def test_features_are_told_in_the_schema_s_words(self, client, bundle):
        told = client.get("/model/features").json["features"]
        assert [feature["name"] for feature in told] == asked(bundle)
        by_name = {feature["name"]: feature for feature in told}
        assert by_name["owner"]["type"] == "integer"
        assert by_name["purpose"]["levels"] == sorted(PURPOSES)
        assert by_name["purpose"]["missing"] == ["NA"]
        assert by_name["score"]["sentinel"] == -999
        assert "note" not in json.dumps(told)

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_the_page_has_a_field_for_each(self, client, bundle, language):
        page = client.get(f"/?lang={language}", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert page.text.count('name="') >= len(asked(bundle))
        assert '<option value=" 36 mois, renouvelé">' in page.text
        assert "Montant prêt, €" in page.text


class TestTheBundle:
    def test_asks_for_no_identifier_leak_sensitive_or_excluded_column(self, bundle):
        assert set(asked(bundle)) <= {
            "Montant prêt, €",
            "dti",
            "score",
            "purpose",
            "purpose_code",
            "owner",
            "big",
        }
        assert {"score", "purpose"} <= set(asked(bundle))

    def test_holds_no_value_of_theirs(self, folder):
        for name in ("model.json", "model.pkl", "schema.toml"):
            content = (folder / "latest" / name).read_bytes().decode("latin-1")
            assert not [secret for secret in SECRETS if secret in content], name

    def test_holds_the_schema_it_was_trained_by(self, folder):
        assert read_schema(folder / "latest/schema.toml") == read_schema(
            folder / "schema/loans.toml"
        )

    def test_tells_where_the_data_came_from(self, bundle, folder):
        data = bundle.manifest.data
        assert data["fingerprint"] == fingerprint(folder / "loans.csv")
        assert (data["applicants"], data["tables"], data["generated_sample"]) == (
            ROWS,
            ["loans"],
            False,
        )
        assert data["defaults"] == (lender()["Défaut"] == "Yes").sum()


class TestTheCommand:
    def test_shows_the_schema_and_where_it_is(self, folder):
        said = (folder / "said").read_text()
        assert "Schema: 1 key, 1 target, 7 input, 1 prohibited, 1 restricted, 6 excluded" in said
        assert f"{folder}/schema/loans.toml holds this." in said.replace("\n", "")

    def test_what_stays_out_is_marked_so(self, folder):
        table = read_schema(folder / "schema/loans.toml")
        assert tuple(column.name for column in table.columns if column.use == "excluded") == OUT
        assert all(table[name].note for name in OUT)

    def test_an_edited_schema_is_trained_by(self, folder, tmp_path):
        """A code becomes a category, a restricted attribute is let in, a meaning is written, a column left out."""
        text = (folder / "schema/loans.toml").read_text()
        for old, new in (
            ('meaning = "dti"', 'meaning = "debt per income"\nunit = "share"'),
            ('[columns.big]\nuse = "input"', '[columns.big]\nuse = "excluded"'),
            ('dtype = "float32"\nnullable = false', 'dtype = "float32"\nnullable = true'),
        ):
            assert old in text
            text = text.replace(old, new)
        start, end = text.index("[columns.purpose_code]"), text.index("[columns.owner]")
        code = '[columns.purpose_code]\ndtype = "category"\nlevels = ["1", "2", "3", "4"]\n\n'
        (tmp_path / "mine.toml").write_text(text[:start] + code + text[end:], encoding="utf-8")
        train(
            folder / "loans.csv",
            tmp_path / "out",
            read_schema(tmp_path / "mine.toml"),
            allowed=("age",),
        )
        features = {f.name: f for f in read_bundle(tmp_path / "out").manifest.features}
        assert "big" not in features
        assert features["purpose_code"].feature.levels == ("1", "2", "3", "4")
        assert not features[
            "Montant prêt, €"
        ].nullable  # never missing in training: the model does not know missing
        assert (features["dti"].feature.meaning, features["dti"].feature.unit) == (
            "debt per income",
            "share",
        )

    def test_the_schema_is_there_although_training_fails(self, tmp_path):
        lender().head(60).write_csv(tmp_path / "loans.csv")
        done = CliRunner().invoke(model.cli, command(tmp_path))
        assert done.exit_code == 1
        assert "Défaut has " in done.output
        assert "rows of its rarer class: training needs at least 50" in done.output
        assert read_schema(tmp_path / "schema/loans.toml")["purpose"].levels == tuple(
            sorted(PURPOSES)
        )
        assert not (tmp_path / "latest").exists()

    @pytest.mark.parametrize(
        ("arguments", "code", "message"),
        [
            (
                ["--target", "Defaut"],
                1,
                "Table refused: the table has no column Defaut (did you mean Défaut?)",
            ),
            (["--target", "dti"], 1, "Table refused: dti holds "),
            (["--target", "Défaut", "--id", "age"], 1, "age identifies a loan and is "),
            (
                ["--target", "Défaut", "--allow", "dti"],
                1,
                "dti is no prohibited or restricted attribute: sexe, age are",
            ),
            (
                ["--target", "Défaut", "--schema", "{folder}/schema/loans.toml", "--id", "dti"],
                1,
                "says loan_id: edit",
            ),
            (["--schema", "{folder}/said"], 1, "cannot be read as TOML"),
        ],
    )
    def test_says_plainly_what_is_wrong(self, folder, tmp_path, arguments, code, message):
        given = [argument.format(folder=folder) for argument in arguments]
        table = ["train", "--table", str(folder / "loans.csv"), "--out", str(tmp_path / "out")]
        done = CliRunner().invoke(model.cli, [*table, *given])
        assert done.exit_code == code
        assert message in done.output.replace("\n", " ")
        assert not (tmp_path / "out").exists()

    def test_options_of_a_table_go_with_a_table(self, tmp_path):
        done = CliRunner().invoke(model.cli, ["train", "--data", str(tmp_path), "--target", "bad"])
        assert done.exit_code == 2

    def test_the_same_in_a_process_of_its_own(self, folder, tmp_path):
        """Byte for byte, without --schema: what is inferred is shown and goes into the bundle."""
        given = ["--table", str(folder / "loans.csv"), "--target", "Défaut", "--id", "loan_id"]
        done = subprocess.run(
            [sys.executable, "model.py", "train", *given, "--out", str(tmp_path / "out")],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        for name in ("model.pkl", "schema.toml"):
            assert (tmp_path / "out" / name).read_bytes() == (folder / "latest" / name).read_bytes()
        assert "Schema: 1 key" in done.stdout
        assert "out/schema.toml will hold this: edit a copy" in done.stdout.replace("\n", "")


class TestRefused:
    def test_a_table_that_does_not_fit_the_schema(self, folder, tmp_path):
        lender().with_columns(dti=pl.lit("1,5 %"), extra=1).drop("score").write_csv(
            tmp_path / "other.csv"
        )
        with pytest.raises(TableError) as caught:
            train(
                tmp_path / "other.csv", tmp_path / "out", read_schema(folder / "schema/loans.toml")
            )
        lines = str(caught.value).splitlines()
        assert lines[0] == f"{tmp_path / 'other.csv'} does not fit its schema:"
        assert [line.split()[0] for line in lines[1:-1]] == ["extra", "dti", "score"]

    def test_an_allowed_attribute_that_is_excluded(self, folder, tmp_path):
        with pytest.raises(SettingError, match="rate is no prohibited or restricted attribute"):
            train(
                folder / "loans.csv",
                tmp_path,
                read_schema(folder / "schema/loans.toml"),
                allowed=["rate"],
            )

    def test_a_table_that_tells_nothing(self, tmp_path):
        pl.DataFrame({"target": [0, 1] * 50, "x": ["a"] * 60 + ["b"] * 40}).write_csv(
            tmp_path / "a.csv"
        )
        schema = infer(read_flat(tmp_path / "a.csv"), target="target", key=None)
        with pytest.raises(
            FeatureError, match="no feature tells anything of the outcome in 80 rows: add rows"
        ):
            train(tmp_path / "a.csv", tmp_path / "out", schema)
