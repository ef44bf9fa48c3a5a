"""The options of a cluster and the command spark-archive, without Spark."""

import zipfile

import pytest
from typer.testing import CliRunner

from credit_scoring.commands.command_line import cli
from tests.server_process import ROOT

SCORE = ["score", "--data", "a.parquet", "--out", "b.parquet"]
FEATURES = ["features", "--data", "tables", "--out", "b.parquet"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([*SCORE, "--master", "yarn"], "--master needs --engine spark"),
        ([*FEATURES, "--spark-option", "spark.a=b"], "--spark-option needs --engine spark"),
        ([*SCORE, "--engine", "spark", "--log"], "--log needs --engine local"),
        ([*SCORE, "--engine", "spark", "--restart"], "--restart needs --engine local"),
        ([*FEATURES, "--engine", "spark", "--part-rows", "9"], "--part-rows needs --engine local"),
        ([*SCORE, "--engine", "spark", "--spark-option", "x"], "--spark-option is 'x': expected"),
    ],
    ids=["master", "spark-option", "log", "restart", "part-rows", "property"],
)
def test_options_of_the_other_engine_are_refused(arguments, message):
    run = CliRunner().invoke(cli, arguments)
    assert run.exit_code == 1
    assert message in run.output


def test_without_pyspark_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr("credit_scoring.spark.session.find_spec", lambda _name: None)
    run = CliRunner().invoke(cli, [*SCORE, "--engine", "spark", "--master", "yarn"])
    assert run.exit_code == 1
    assert "PySpark is not installed: make .venv/spark.done, or pip install -r" in run.output


def test_spark_archive_holds_code_and_bundle(tmp_path):
    out = tmp_path / "code.zip"
    bundle = ROOT / "models" / "latest"
    run = CliRunner().invoke(cli, ["spark-archive", "--bundle", str(bundle), "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert f"--py-files {out} --archives {out}#credit-scoring" in run.output
    with zipfile.ZipFile(out) as archive:
        assert archive.read("bundle/model.pkl") == (bundle / "model.pkl").read_bytes()
        assert "credit_scoring/commands/score.py" in archive.namelist()


def test_spark_archive_says_why_it_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    run = CliRunner().invoke(cli, ["spark-archive", "--out", str(tmp_path / "file" / "code.zip")])
    assert run.exit_code == 1
    assert "cannot be written" in run.output
