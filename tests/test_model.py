"""The command line: what it says, what it refuses, with which exit code."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import model
from credit_scoring import sample as sample_module
from credit_scoring.errors import TableError
from credit_scoring.training import train as run_module

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "docs/training.md", "Makefile")
COMMANDS = sorted(command.callback.__name__ for command in model.cli.registered_commands)


class TestHelp:
    def test_no_command_shows_what_there_is(self, run_cli):
        code, text = run_cli()
        assert code in (0, 2)
        assert all(command in text for command in COMMANDS)

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_and_every_option_is_explained(self, run_cli, command):
        code, text = run_cli(command, "--help")
        assert code == 0
        options = typer.main.get_command(model.cli).commands[command].params
        for option in options:
            assert option.help, option.name
            assert option.opts[0] in text

    def test_the_commands_are_those_documented(self):
        readme = (ROOT / "README.md").read_text(encoding="utf-8") + (
            ROOT / "docs/training.md"
        ).read_text(encoding="utf-8")
        assert {"sample", "train", "example"} <= set(COMMANDS)
        for command in ("sample", "train"):
            assert f"model.py {command}" in readme


class TestBadOptions:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["sell"], "No such command 'sell'"),
            (["train"], "give either --data"),
            (["train", "--data", "a", "--table", "b"], "give either --data"),
            (["train", "--data", "a", "--seed", "-1"], "Invalid value for '--seed': .* 0"),
            (["train", "--data", "a", "--seed", "pi"], "Invalid value for '--seed': .*integer"),
            (
                ["train", "--data", "a", "--false-negative-cost", "0"],
                "Invalid value for '--false-negative-cost'",
            ),
            (
                ["train", "--data", "a", "--false-positive-cost", "-3"],
                "Invalid value for '--false-positive-cost'",
            ),
            (["train", "--data", "a", "--colour", "red"], "No such option"),
            (["sample", "--applicants", "many"], "Invalid value for '--applicants': .*integer"),
            (
                ["sample", "--format", "xlsx"],
                "Invalid value for '--format': .*'parquet', 'csv'.*'zip'",
            ),
        ],
    )
    def test_are_named_with_exit_code_2(self, run_cli, arguments, message):
        code, text = run_cli(*arguments)
        assert code == 2
        assert re.search(message, text), text


class TestErrorsOfOurs:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                ["train", "--data", "nowhere"],
                "Table refused: nowhere does not exist: expected a folder",
            ),
            (
                ["train", "--data", "nowhere", "--allow", "AMT_CREDIT"],
                "Wrong setting: AMT_CREDIT is no prohibited",
            ),
            (
                ["train", "--data", "nowhere", "--allow", "CODE_GENDR"],
                r"\(did you mean CODE_GENDER\?\)",
            ),
            (
                ["example", "--bundle", "nowhere"],
                r"Model unusable: nowhere/model\.json cannot be read",
            ),
            (
                ["sample", "--applicants", "3"],
                "Table refused: applicants is 3: expected a whole number from 100",
            ),
        ],
    )
    def test_are_one_line_and_exit_code_1(self, run_cli, tmp_path, monkeypatch, arguments, message):
        monkeypatch.chdir(tmp_path)
        code, text = run_cli(*arguments)
        assert code == 1
        assert re.search(message, text), text
        assert "Traceback" not in text
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("package", "arguments"),
        [("optuna", ["tune", "--data", "nowhere"]), ("shap", ["explain", "--data", "nowhere"])],
    )
    def test_a_library_that_is_not_installed_is_named_before_any_work(
        self, tmp_path, package, arguments
    ):
        (tmp_path / f"{package}.py").write_text(f"raise ModuleNotFoundError(name={package!r})")
        done = subprocess.run(
            [sys.executable, "model.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(tmp_path), "CREDIT_SCORING_TRACKING": "off"},
        )  # fmt: skip
        assert done.returncode == 1
        assert (
            done.stderr
            == f"{package} is not installed: make lab, or pip install -r requirements-lab.txt\n"
        )

    def test_a_folder_of_something_else_is_not_written_over(self, run_cli, tmp_path):
        (tmp_path / "thesis.tex").write_text("dear")
        code, text = run_cli("train", "--data", "nowhere", "--out", tmp_path)
        assert code == 1
        assert "holds thesis.tex, which is no bundle's" in text

    def test_an_unknown_setting_stops_it(self, run_cli, tmp_path, monkeypatch):
        monkeypatch.setenv("CREDIT_SCORING_ALOWED_ATTRIBUTES", "CODE_GENDER")
        code, text = run_cli("train", "--data", tmp_path, "--out", tmp_path / "out")
        assert code == 1
        assert "did you mean CREDIT_SCORING_ALLOWED_ATTRIBUTES?" in text


class TestCtrlC:
    def test_while_training_is_a_line_and_exit_code_130(self, run_cli, tmp_path, monkeypatch):
        def interrupted(*_arguments, **_options):
            raise KeyboardInterrupt

        monkeypatch.setattr(run_module, "run", interrupted)
        code, text = run_cli("train", "--data", tmp_path, "--out", tmp_path / "out")
        assert (code, text) == (130, f"Interrupted: {tmp_path / 'out'} is as it was.")

    def test_while_making_a_sample_too(self, run_cli, tmp_path, monkeypatch):
        def interrupted(*_arguments, **_options):
            raise KeyboardInterrupt

        monkeypatch.setattr(sample_module, "generate_sample", interrupted)
        code, text = run_cli("sample", "--out", tmp_path / "out")
        assert code == 130
        assert text.endswith(f"Interrupted: {tmp_path / 'out'} is as it was.")

    def test_a_real_one_ends_a_real_process(self, tmp_path):
        command = [
            sys.executable,
            "model.py",
            "sample",
            "--applicants",
            "2000000",
            "--out",
            str(tmp_path / "out"),
        ]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
            assert "Making 2,000,000 applicants" in process.stderr.readline()
            process.send_signal(signal.SIGINT)
            _, rest = process.communicate(timeout=30)
        assert process.returncode == 130
        assert "Traceback" not in rest
        assert [path for path in (tmp_path / "out").glob("**/*") if path.is_file()] == []


class TestCommands:
    def test_sample_says_what_it_made(self, run_cli, tmp_path):
        code, text = run_cli(
            "sample",
            "--applicants",
            100,
            "--seed",
            1,
            "--out",
            tmp_path / "data",
            "--format",
            "csv",
        )
        assert code == 0
        assert re.search(r"data holds [\d,]+ rows in \d tables\.", text)
        assert (tmp_path / "data/application_train.csv").is_file()

    def test_train_hands_its_options_on(self, run_cli, tmp_path, monkeypatch):
        heard = {}

        def run(data, out, **options):
            heard.update(options, data=data, out=out)
            raise TableError("enough")

        monkeypatch.setattr(run_module, "run", run)
        code, _ = run_cli(
            *(
                "train",
                "--data",
                tmp_path,
                "--out",
                tmp_path / "out",
                "--seed",
                7,
                "--false-negative-cost",
                5,
            ),
            *("--allow", "DAYS_BIRTH", "--allow", "CODE_GENDER"),
        )
        assert code == 1
        assert (heard["data"], heard["out"], heard["seed"]) == (tmp_path, tmp_path / "out", 7)
        assert (heard["costs"].false_negative, heard["costs"].false_positive) == (5, 1)
        assert list(heard["allowed"]) == ["DAYS_BIRTH", "CODE_GENDER"]

    def test_the_setting_lets_attributes_in_where_no_option_does(self, run_cli, tmp_path, monkeypatch):
        heard = {}

        def run(_data, _out, **options):
            heard.update(options)
            raise TableError("enough")

        monkeypatch.setattr(run_module, "run", run)
        monkeypatch.setenv("CREDIT_SCORING_ALLOWED_ATTRIBUTES", "DAYS_BIRTH, CODE_GENDER")
        run_cli("train", "--data", tmp_path, "--out", tmp_path / "out")
        assert heard["allowed"] == ("DAYS_BIRTH", "CODE_GENDER")

    @pytest.mark.parametrize("name", ["typical", "low risk", "high risk"])
    def test_example_prints_a_request_that_the_model_answers(
        self, bundle, bundle_folder, scorer, name
    ):
        result = CliRunner().invoke(
            model.cli, ["example", "--bundle", str(bundle_folder), "--name", name]
        )
        features = json.loads(result.stdout)["features"]
        golden = next(row for row in bundle.manifest.golden_rows if row["name"] == name)
        assert scorer.score(features).probability == golden["probability"]

    def test_example_names_those_there_are(self, run_cli, bundle_folder):
        code, text = run_cli("example", "--bundle", bundle_folder, "--name", "nobody")
        assert code == 1
        assert 'no example called "nobody": it has "typical"' in text
