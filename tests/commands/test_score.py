"""`python model.py score`: what it prints, its files, and the decision log."""

import json

import polars as pl
import pytest

from credit_scoring.batch import bulk_log
from credit_scoring.database.engine import open_database
from credit_scoring.database.migrate import migrate
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.decisions.replay import Replayer
from credit_scoring.errors import StorageError
from credit_scoring.scoring.verify_bundle import read_verified_bundle
from credit_scoring.serving.app_factory import create_app
from credit_scoring.settings import load_settings
from tests.batch.applicants import applicants, with_value
from tests.server_process import scratch_settings
from tests.serving.small_bundle import write

ROWS = 30


@pytest.fixture(scope="module")
def bundle_path(tmp_path_factory):
    return write(tmp_path_factory.mktemp("score") / "bundle")


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "applicants.parquet"
    with_value(applicants(ROWS), 12, EXT_SOURCE_2=57.0).write_parquet(file)
    return file


@pytest.fixture
def score(run_cli, bundle_path, path, tmp_path):
    def run(*options, out="scores.parquet", data=path):
        return run_cli(
            "score", "--bundle", bundle_path, "--data", data, "--out", tmp_path / out, *options
        )

    return run


@pytest.fixture
def log(tmp_path, monkeypatch):
    """An empty decision log, set as DATABASE_URL."""
    url = f"sqlite:///{tmp_path}/decisions.db"
    monkeypatch.setenv("DATABASE_URL", url)
    engine = open_database(url)
    migrate(engine)
    yield DecisionLog(engine)
    engine.dispose()


def test_prints_counts_and_the_first_reasons(score, tmp_path):
    code, output = score()
    assert code == 0
    assert "holds the scores of 29 applicants" in output
    assert "1 row rejected, see" in output
    assert "row 12, applicant 100013: EXT_SOURCE_2 is 57: expected a number from 0 to 1" in output
    assert len(pl.read_parquet(tmp_path / "scores.parquet")) == ROWS - 1


def test_other_columns_are_named(score, tmp_path):
    file = tmp_path / "more.parquet"
    applicants(3).with_columns(TARGET=1, region=pl.lit("x")).write_parquet(file)
    assert "are ignored: TARGET, region." in score(data=file)[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"out": "scores.txt"}, "has another ending than .csv or .parquet"),
        ({"out": "applicants.parquet"}, "--out and --data are both"),
        ({"data": "none.csv"}, "none.csv is not a file"),
        ({"out": "applicants.parquet/a.csv"}, "cannot be written"),
    ],
    ids=["ending", "same file", "no file", "no folder"],
)
def test_what_cannot_be_done_is_said(score, options, message):
    code, output = score(**options)
    assert code == 1
    assert message in output


class TestFolderOfParquetFiles:
    """A flat table as Spark writes it."""

    @pytest.fixture
    def folder(self, tmp_path, path):
        folder = tmp_path / "features.parquet"
        folder.mkdir()
        frame = pl.read_parquet(path)
        for number, part in enumerate(frame.iter_slices(10)):
            part.write_parquet(folder / f"part-{number:05d}-x.snappy.parquet")
        for name in ("_SUCCESS", ".part-00000-x.snappy.parquet.crc"):
            (folder / name).write_text("")
        return folder

    def test_is_scored_like_one_file(self, score, folder, tmp_path):
        assert score(data=folder, out="a.parquet")[0] == 0
        score(out="b.parquet")
        first, second = (pl.read_parquet(tmp_path / f"{run}.parquet") for run in "ab")
        assert first.equals(second)
        rejected = pl.read_csv(tmp_path / "a.rejected.csv")
        assert rejected.select("file", "row").rows() == [("features.parquet", 12)]

    def test_must_be_complete(self, score, folder):
        (folder / "_temporary").mkdir()
        assert "is not complete" in score(data=folder)[1]

    def test_must_have_files(self, score, folder):
        for file in folder.iterdir():
            file.unlink()
        assert "features.parquet has no Parquet files" in score(data=folder)[1]

    def test_columns_must_be_the_same(self, score, folder):
        part = folder / "part-00001-x.snappy.parquet"
        pl.read_parquet(part).drop("AMT_CREDIT").write_parquet(part)
        assert (
            "features.parquet cannot be read (its files do not have the same columns)"
            in score(data=folder)[1]
        )


@pytest.mark.parametrize("option", ["--out", "--rejected"])
def test_no_table_of_the_input_is_replaced(score, tmp_path, option):
    """Neither through a symbolic link, nor by a file that would be read in its place."""
    real = tmp_path / "real.parquet"
    real.write_text("rows")
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "bureau.parquet").symlink_to(real)
    for path in (real, folder / "bureau.parquet", folder / "bureau.csv"):
        code, output = score(option, path, data=folder)
        assert (code, real.read_text()) == (1, "rows")
        assert f"{option} is {path}, where --data has a table: give another place" in output


def test_a_stopped_run_says_that_it_resumes(score, monkeypatch, tmp_path):
    with monkeypatch.context() as patch:
        patch.setattr("credit_scoring.batch.score_file.write_scores", interrupt)
        code, output = score()
    assert code == 130
    assert "Interrupted: " in output
    assert "Resuming after 1 finished part." in score()[1]
    assert not (tmp_path / "scores.parquet.parts").exists()


def interrupt(*_args):
    raise KeyboardInterrupt


class TestLog:
    def test_decisions_are_stored_as_those_of_requests(self, score, log, bundle_path, tmp_path):
        assert score("--log", "--reasons")[0] == 0
        stored = [*log.iterate()]
        scores = pl.read_parquet(tmp_path / "scores.parquet")
        assert [each.decision_id for each in stored] == scores["decision_id"].to_list()
        assert [each.applicant_id for each in stored] == scores["SK_ID_CURR"].cast(str).to_list()
        app = create_app(
            load_settings(
                {
                    **scratch_settings(tmp_path / "app"),
                    "CREDIT_SCORING_MODEL_PATH": str(bundle_path),
                }
            )
        )
        client = app.test_client()
        for ours in stored[:10]:
            inputs = json.loads(ours.inputs)
            body = client.post("/predict", json=inputs).json
            theirs = client.get(f"/decisions/{body['decision_id']}").json
            for name in (
                "probability",
                "score",
                "decision",
                "risk_level",
                "credit_score",
                "model_version",
                "model_digest",
                "threshold",
                "reasons",
                "inputs",
            ):
                assert ours.as_dict()[name] == theirs[name], name
        assert {each.kind for each in stored} == {"file"}
        assert len({each.request_id for each in stored}) == 1

    def test_decisions_replay_bit_for_bit(self, score, log, bundle_path):
        score("--log")
        counts = Replayer([read_verified_bundle(bundle_path)]).run(log, print, lambda *_args: None)
        assert (counts.same, counts.differing) == (ROWS - 1, 0)

    @pytest.mark.parametrize("after", [0, 1, 2, 5])
    def test_each_decision_is_stored_once(self, score, log, monkeypatch, tmp_path, after):
        """The log fails after some chunks, before or after a commit; the next run goes on."""
        monkeypatch.setattr(bulk_log, "CHUNK", 3)
        append, calls = DecisionLog.append, []

        def failing(self, entries, **options):
            calls.append(len(entries))
            if len(calls) == after + 1:
                if after % 2:
                    append(self, entries, **options)
                raise StorageError("the database is not available")
            return append(self, entries, **options)

        with monkeypatch.context() as patch:
            patch.setattr(DecisionLog, "append", failing)
            code, output = score("--log", "--part-rows", "7")
        assert code == 1
        assert "the database is not available" in output
        assert score("--log", "--part-rows", "7")[0] == 0
        stored = [each.applicant_id for each in log.iterate()]
        assert sorted(stored) == sorted({*stored})
        scores = pl.read_parquet(tmp_path / "scores.parquet")
        assert stored == scores["SK_ID_CURR"].cast(str).to_list()

    @pytest.mark.usefixtures("log")
    def test_another_log_is_another_run(self, score, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr("credit_scoring.batch.score_file.write_scores", interrupt)
            score("--log")
        code, output = score()
        assert code == 1
        assert "(--log was sqlite:///" in output
        assert "now null" in output

    def test_the_log_must_exist(self, score, tmp_path, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
        assert score("--log")[0] == 1
        assert not (tmp_path / "none.db").exists()
