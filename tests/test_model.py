"""The command line: help, options, errors and exit codes."""

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
from credit_scoring.training import train as train_module
from tests.server_process import PATIENCE

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "docs/training.md", "Makefile")
COMMANDS = sorted(
    command.callback.__name__.replace("_", "-") for command in model.cli.registered_commands
)


class TestHelp:
    def test_no_command_shows_the_commands(self, run_cli):
        exit_code, text = run_cli()
        assert exit_code in (0, 2)
        assert all(command in text for command in COMMANDS)

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_and_option_has_help(self, run_cli, command):
        exit_code, text = run_cli(command, "--help")
        assert exit_code == 0
        options = typer.main.get_command(model.cli).commands[command].params
        for option in options:
            assert option.help, option.name
            assert option.opts[0] in text

    def test_main_commands_are_documented(self):
        pages = [ROOT / "README.md", ROOT / "docs/training.md"]
        text = "".join(page.read_text(encoding="utf-8") for page in pages)
        assert {"sample", "train", "example"} <= set(COMMANDS)
        for command in ("sample", "train"):
            assert f"model.py {command}" in text


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
            (["sample", "--applicants", "3"], "'--applicants': .*equal to 100"),
            (["sample", "--applicants", "many"], "Invalid value for '--applicants': .*integer"),
            (
                ["sample", "--format", "xlsx"],
                "Invalid value for '--format': .*'parquet', 'csv'.*'zip'",
            ),
        ],
    )
    def test_bad_option_is_named_with_exit_code_2(self, run_cli, arguments, message):
        exit_code, text = run_cli(*arguments)
        assert exit_code == 2
        assert re.search(message, text), text


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                ["train", "--data", "nowhere"],
                "Table refused: nowhere does not exist: expected a folder",
            ),
            (
                ["train", "--data", "nowhere", "--allow", "AMT_CREDIT"],
                "Wrong setting: AMT_CREDIT is not a prohibited",
            ),
            (
                ["train", "--data", "nowhere", "--allow", "CODE_GENDR"],
                r"\(did you mean CODE_GENDER\?\)",
            ),
            (
                ["example", "--bundle", "nowhere"],
                r"Model unusable: nowhere/model\.json cannot be read",
            ),
        ],
    )
    def test_error_is_one_line_and_exit_code_1(
        self, run_cli, tmp_path, monkeypatch, arguments, message
    ):
        monkeypatch.chdir(tmp_path)
        exit_code, text = run_cli(*arguments)
        assert exit_code == 1
        assert re.search(message, text), text
        assert "Traceback" not in text
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("package", "arguments"),
        [("optuna", ["tune", "--data", "nowhere"]), ("shap", ["explain", "--data", "nowhere"])],
    )
    def test_missing_library_is_named_before_any_work(self, tmp_path, package, arguments):
        (tmp_path / f"{package}.py").write_text(f"raise ModuleNotFoundError(name={package!r})")
        environ = {**os.environ, "PYTHONPATH": str(tmp_path), "CREDIT_SCORING_TRACKING": "off"}
        command = [sys.executable, "model.py", *arguments]
        process = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, env=environ
        )
        assert process.returncode == 1
        first, second = process.stderr.splitlines()
        assert first == f"{package} is not installed for {sys.executable}."
        assert second.endswith("make lab, or pip install -r requirements-lab.txt")

    def test_folder_with_other_files_is_not_overwritten(self, run_cli, tmp_path):
        (tmp_path / "thesis.tex").write_text("dear")
        exit_code, text = run_cli("train", "--data", "nowhere", "--out", tmp_path)
        assert exit_code == 1
        assert "holds thesis.tex, which is not part of a bundle" in text

    def test_unknown_setting_is_refused(self, run_cli, tmp_path, monkeypatch):
        monkeypatch.setenv("CREDIT_SCORING_ALOWED_ATTRIBUTES", "CODE_GENDER")
        exit_code, text = run_cli("train", "--data", tmp_path, "--out", tmp_path / "out")
        assert exit_code == 1
        assert "did you mean CREDIT_SCORING_ALLOWED_ATTRIBUTES?" in text


def interrupt(*_arguments, **_options):
    raise KeyboardInterrupt


class TestCtrlC:
    def test_interrupted_training_is_one_line_and_exit_code_130(
        self, run_cli, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(train_module, "train_on_tables", interrupt)
        out = tmp_path / "out"
        exit_code, text = run_cli("train", "--data", tmp_path, "--out", out)
        assert (exit_code, text) == (130, f"Interrupted: {out} is unchanged.")

    def test_interrupted_sample_is_one_line_and_exit_code_130(self, run_cli, tmp_path, monkeypatch):
        monkeypatch.setattr(sample_module, "generate_sample", interrupt)
        out = tmp_path / "out"
        exit_code, text = run_cli("sample", "--out", out)
        assert exit_code == 130
        assert text.endswith(f"Interrupted: {out} is unchanged.")

    def test_interrupted_process_leaves_no_files(self, tmp_path):
        out = tmp_path / "out"
        options = ["--applicants", "2000000", "--out", str(out)]
        command = [sys.executable, "model.py", "sample", *options]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
            assert "Generating 2,000,000 applicants" in process.stderr.readline()
            process.send_signal(signal.SIGINT)
            _, rest = process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
        assert "Traceback" not in rest
        assert [path for path in out.glob("**/*") if path.is_file()] == []


class TestCommands:
    def test_sample_reports_rows_and_tables(self, run_cli, tmp_path):
        out = tmp_path / "data"
        options = ("--applicants", 100, "--seed", 1, "--format", "csv")
        exit_code, text = run_cli("sample", "--out", out, *options)
        assert exit_code == 0
        assert re.search(r"data holds [\d,]+ rows in \d tables\.", text)
        assert (out / "application_train.csv").is_file()

    @pytest.fixture
    def training_call(self, monkeypatch):
        """The arguments of the training, which stops there."""
        call = {}

        def train_on_tables(data, out, options, *_rest):
            call.update(data=data, out=out, options=options)
            raise TableError("enough")

        monkeypatch.setattr(train_module, "train_on_tables", train_on_tables)
        return call

    def test_train_passes_its_options(self, run_cli, tmp_path, training_call):
        out = tmp_path / "out"
        options = ("--seed", 7, "--false-negative-cost", 5)
        allowed = ("--allow", "DAYS_BIRTH", "--allow", "CODE_GENDER")
        exit_code, _ = run_cli("train", "--data", tmp_path, "--out", out, *options, *allowed)
        assert exit_code == 1
        assert training_call["data"] == tmp_path
        assert training_call["out"] == out
        options = training_call["options"]
        assert options.seed == 7
        assert (options.costs.false_negative, options.costs.false_positive) == (5, 1)
        assert list(options.allowed) == ["DAYS_BIRTH", "CODE_GENDER"]

    def test_setting_allows_attributes_without_the_option(
        self, run_cli, tmp_path, monkeypatch, training_call
    ):
        monkeypatch.setenv("CREDIT_SCORING_ALLOWED_ATTRIBUTES", "DAYS_BIRTH, CODE_GENDER")
        run_cli("train", "--data", tmp_path, "--out", tmp_path / "out")
        assert training_call["options"].allowed == ("DAYS_BIRTH", "CODE_GENDER")

    @pytest.mark.parametrize("name", ["typical", "low risk", "high risk"])
    def test_example_prints_a_valid_request(self, bundle, bundle_folder, scorer, name):
        arguments = ["example", "--bundle", str(bundle_folder), "--name", name]
        result = CliRunner().invoke(model.cli, arguments)
        features = json.loads(result.stdout)["features"]
        golden = next(row for row in bundle.manifest.golden_rows if row["name"] == name)
        assert scorer.score(features).probability == golden["probability"]

    def test_unknown_example_error_lists_the_existing_ones(self, run_cli, bundle_folder):
        exit_code, text = run_cli("example", "--bundle", bundle_folder, "--name", "nobody")
        assert exit_code == 1
        assert 'no example called "nobody": it has "typical"' in text
