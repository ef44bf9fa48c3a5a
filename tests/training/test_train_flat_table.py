"""Training on a lender's flat table by the command line: schema, bundle and refusals."""

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import model
from credit_scoring.bundle.read_bundle import read_bundle
from credit_scoring.errors import FeatureError, SettingError, TableError
from credit_scoring.flat_table.infer_schema import infer_schema
from credit_scoring.flat_table.read_flat_table import read_flat_table
from credit_scoring.flat_table.schema_file import read_schema
from credit_scoring.progress import Progress
from credit_scoring.scoring.scorer import Scorer
from credit_scoring.training.dataset_facts import fingerprint_files
from credit_scoring.training.train import TrainingOptions, train_on_flat_table
from tests.training.lender_table import (
    EXCLUDED,
    PRIVATE_VALUES,
    PURPOSES,
    ROWS,
    input_names,
    make_lender_table,
    train_arguments,
)

ROOT = Path(__file__).parents[2]


def train(path, out, schema, **options):
    options = TrainingOptions(made_by="a test", **options)
    return train_on_flat_table(path, out, schema, options, Progress(io.StringIO()))


class TestBundle:
    def test_needs_no_excluded_or_sensitive_column(self, lender_bundle):
        assert set(input_names(lender_bundle)) <= {
            "Montant prêt, €",
            "dti",
            "score",
            "purpose",
            "purpose_code",
            "owner",
            "big",
        }
        assert {"score", "purpose"} <= set(input_names(lender_bundle))

    def test_contains_no_private_value(self, lender_folder):
        for name in ("model.json", "model.pkl", "schema.toml"):
            content = (lender_folder / "latest" / name).read_bytes().decode("latin-1")
            assert not [value for value in PRIVATE_VALUES if value in content], name

    def test_contains_its_schema(self, lender_folder):
        assert read_schema(lender_folder / "latest/schema.toml") == read_schema(
            lender_folder / "schema/loans.toml"
        )

    def test_records_the_data_source(self, lender_bundle, lender_folder):
        data = lender_bundle.manifest.data
        assert data["fingerprint"] == fingerprint_files(lender_folder / "loans.csv")
        assert (data["applicants"], data["tables"], data["generated_sample"]) == (
            ROWS,
            ["loans"],
            False,
        )
        assert data["defaults"] == (make_lender_table()["Défaut"] == "Yes").sum()


class TestDirections:
    @pytest.mark.parametrize("kept", [True, False], ids=["kept", "not kept"])
    def test_of_the_schema_hold_for_every_request(self, kept, lender_folder, tmp_path):
        """Here the risk falls with the score; the schema says that it never does."""
        schema = read_schema(lender_folder / "schema/loans.toml")
        columns = tuple(
            replace(column, direction="up" if column.name == "score" else None)
            for column in schema.columns
        )
        table = replace(schema, columns=columns)
        train(lender_folder / "loans.csv", tmp_path / "new", table, directions=kept)
        bundle = read_bundle(tmp_path / "new")
        assert bundle.manifest.settings["directions"] is kept
        stated = {f.name: f.feature.direction for f in bundle.manifest.features}
        assert stated["score"] == ("up" if kept else None)
        assert is_rising(Scorer(bundle), bundle.manifest.golden_rows[0]["features"]) is kept


def is_rising(scorer, inputs):
    """Whether the probability never falls as the score rises from 450 to 900."""
    probabilities = [
        scorer.score({**inputs, "score": score}).probability for score in range(450, 901, 10)
    ]
    return probabilities == sorted(probabilities)


class TestCommand:
    def test_prints_the_schema_and_its_place(self, lender_folder):
        output = (lender_folder / "output").read_text()
        assert "Schema: 1 key, 1 target, 7 input, 1 prohibited, 1 restricted, 6 excluded" in output
        assert f"{lender_folder}/schema/loans.toml holds this schema." in output.replace("\n", "")

    def test_excluded_columns_have_a_note(self, lender_folder):
        table = read_schema(lender_folder / "schema/loans.toml")
        assert (
            tuple(column.name for column in table.columns if column.use == "excluded") == EXCLUDED
        )
        assert all(table[name].note for name in EXCLUDED)

    def test_edited_schema_is_used(self, lender_folder, tmp_path):
        """A code becomes a category, a column is excluded, a restricted attribute allowed."""
        text = (lender_folder / "schema/loans.toml").read_text()
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
            lender_folder / "loans.csv",
            tmp_path / "out",
            read_schema(tmp_path / "mine.toml"),
            allowed=("age",),
        )
        features = {f.name: f for f in read_bundle(tmp_path / "out").manifest.features}
        assert "big" not in features
        assert features["purpose_code"].feature.levels == ("1", "2", "3", "4")
        assert not features["Montant prêt, €"].nullable  # never missing in training
        assert (features["dti"].feature.meaning, features["dti"].feature.unit) == (
            "debt per income",
            "share",
        )

    def test_schema_is_written_even_if_training_fails(self, tmp_path):
        make_lender_table().head(60).write_csv(tmp_path / "loans.csv")
        result = CliRunner().invoke(model.cli, train_arguments(tmp_path))
        assert result.exit_code == 1
        assert "Défaut has " in result.output
        assert "rows of its rarer class: training needs at least 50" in result.output
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
                "dti is not a prohibited or restricted attribute: sexe, age are",
            ),
            (
                [
                    "--target",
                    "Défaut",
                    "--schema",
                    "{lender_folder}/schema/loans.toml",
                    "--id",
                    "dti",
                ],
                1,
                "says loan_id: edit",
            ),
            (["--schema", "{lender_folder}/output"], 1, "cannot be read as TOML"),
        ],
    )
    def test_errors_are_plain(self, lender_folder, tmp_path, arguments, code, message):
        options = [argument.format(lender_folder=lender_folder) for argument in arguments]
        table = [
            "train",
            "--table",
            str(lender_folder / "loans.csv"),
            "--out",
            str(tmp_path / "out"),
        ]
        result = CliRunner().invoke(model.cli, [*table, *options])
        assert result.exit_code == code
        assert message in result.output.replace("\n", " ")
        assert not (tmp_path / "out").exists()

    def test_table_options_need_a_table(self, tmp_path):
        result = CliRunner().invoke(
            model.cli, ["train", "--data", str(tmp_path), "--target", "bad"]
        )
        assert result.exit_code == 2

    def test_another_process_writes_the_same_bytes(self, lender_folder, tmp_path):
        """Without --schema, the inferred schema is printed and written to the bundle."""
        table = str(lender_folder / "loans.csv")
        options = ["--table", table, "--target", "Défaut", "--id", "loan_id"]
        result = subprocess.run(
            [sys.executable, "model.py", "train", *options, "--out", str(tmp_path / "out")],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        for name in ("model.pkl", "schema.toml"):
            assert (tmp_path / "out" / name).read_bytes() == (
                lender_folder / "latest" / name
            ).read_bytes()
        assert "Schema: 1 key" in result.stdout
        assert "out/schema.toml will hold this schema. Edit a copy" in result.stdout.replace(
            "\n", ""
        )


class TestRefusals:
    def test_table_that_violates_the_schema(self, lender_folder, tmp_path):
        make_lender_table().with_columns(dti=pl.lit("1,5 %"), extra=1).drop("score").write_csv(
            tmp_path / "other.csv"
        )
        with pytest.raises(TableError) as caught:
            train(
                tmp_path / "other.csv",
                tmp_path / "out",
                read_schema(lender_folder / "schema/loans.toml"),
            )
        lines = str(caught.value).splitlines()
        assert lines[0] == f"{tmp_path / 'other.csv'} does not fit its schema:"
        assert [line.split()[0] for line in lines[1:-1]] == ["extra", "dti", "score"]

    def test_allowing_an_excluded_column(self, lender_folder, tmp_path):
        with pytest.raises(SettingError, match="rate is not a prohibited or restricted attribute"):
            train(
                lender_folder / "loans.csv",
                tmp_path,
                read_schema(lender_folder / "schema/loans.toml"),
                allowed=["rate"],
            )

    def test_table_without_informative_features(self, tmp_path):
        pl.DataFrame({"target": [0, 1] * 50, "x": ["a"] * 60 + ["b"] * 40}).write_csv(
            tmp_path / "a.csv"
        )
        schema = infer_schema(read_flat_table(tmp_path / "a.csv"), target="target", key=None)
        with pytest.raises(
            FeatureError, match="no feature predicts the outcome in 80 rows: add rows"
        ):
            train(tmp_path / "a.csv", tmp_path / "out", schema)
