"""Whole files: the scores of single requests, rejected rows, resumption, equal bytes."""

import copy
import dataclasses
import math
import os

import polars as pl
import pytest

from credit_scoring.batch import score_file as score_file_module
from credit_scoring.batch.flat_file import FlatFile
from credit_scoring.batch.part_files import PartFiles
from credit_scoring.batch.score_file import ScoreOptions, score_file
from credit_scoring.batch.score_parts import PartScorer
from credit_scoring.errors import SettingError, TableError
from credit_scoring.scoring.explanation import Explainer
from credit_scoring.scoring.scorer import Scorer
from tests.batch.applicants import applicants, with_value

ROWS = 40


@pytest.fixture(scope="module")
def table():
    """Valid applicants but for rows 5 (level), 12 (range), 20 (no id) and 33 (repeated id)."""
    frame = with_value(applicants(ROWS), 5, ORGANIZATION_TYPE="Bnk")
    frame = with_value(frame, 12, EXT_SOURCE_2=57.0, AMT_CREDIT=-1.0)
    frame = with_value(frame, 20, SK_ID_CURR=None)
    return with_value(frame, 33, SK_ID_CURR=100_003).cast({"SK_ID_CURR": pl.Int32})


REJECTED_ROWS = [5, 12, 12, 20, 33]


@pytest.fixture(params=["parquet", "csv"])
def path(request, table, tmp_path):
    file = tmp_path / f"applicants.{request.param}"
    table.write_parquet(file) if request.param == "parquet" else table.write_csv(file)
    return file


@pytest.fixture
def parquet(table, tmp_path):
    file = tmp_path / "applicants.parquet"
    table.write_parquet(file)
    return file


def interrupt(monkeypatch, after, run, *arguments, **options):
    """Run, and stop after `after` parts."""
    original = PartFiles.write

    def write(self, number, tables):
        original(self, number, tables)
        if number + 1 == after:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(PartFiles, "write", write)
        with pytest.raises(KeyboardInterrupt):
            run(*arguments, **options)


class TestScores:
    def test_scores_equal_those_of_requests(self, run_score, small_bundle, path, tmp_path, table):
        counts = run_score(path)
        scores = pl.read_parquet(tmp_path / "scores.parquet")
        kept = table.with_row_index("row", 1).filter(~pl.col("row").is_in(REJECTED_ROWS))
        scorer = Scorer(small_bundle)
        decisions = [scorer.score(row) for row in kept.to_dicts()]
        assert scores["SK_ID_CURR"].cast(pl.Int32).equals(kept["SK_ID_CURR"])
        assert scores.drop("SK_ID_CURR").rows() == [
            (each.probability, each.score, each.decision) for each in decisions
        ]
        assert (counts.scored, counts.rejected) == (36, 4)
        assert counts.refused == sum(each.score for each in decisions)

    def test_reasons_equal_those_of_requests(self, run_score, small_bundle, parquet, tmp_path):
        run_score(parquet, reasons=True)
        scores = pl.read_parquet(tmp_path / "scores.parquet")
        explainer = Explainer(small_bundle, scorer := Scorer(small_bundle))
        rows = {row["SK_ID_CURR"]: row for row in pl.read_parquet(parquet).head(30).to_dicts()}
        for identifier, reasons in scores.select("SK_ID_CURR", "reasons").head(20).rows():
            decision = scorer.score(rows[identifier])
            principal = explainer.principal_reasons(rows[identifier], decision)
            assert reasons == [factor.text["en"] for factor in principal]
        assert scores["reasons"].list.len().sum()

    def test_rejected_rows_have_number_identifier_and_reason(self, run_score, path, tmp_path):
        counts = run_score(path)
        rejected = pl.read_csv(tmp_path / "scores.rejected.csv", infer_schema=False)
        assert rejected["row"].cast(int).to_list() == REJECTED_ROWS
        assert rejected["file"].unique().to_list() == [path.name]
        assert rejected["id"].to_list() == ["100006", "100013", "100013", None, "100003"]
        reasons = dict(rejected.select("field", "reason").rows())
        assert reasons["EXT_SOURCE_2"] == "EXT_SOURCE_2 is 57: expected a number from 0 to 1"
        assert reasons["SK_ID_CURR"].endswith("row 2 has the same SK_ID_CURR, send it once")
        assert [each.row for each in counts.first_rejected] == REJECTED_ROWS

    def test_csv_out(self, run_score, parquet, tmp_path):
        run_score(parquet, tmp_path / "a.csv", reasons=True)
        run_score(parquet, tmp_path / "a.parquet", reasons=True)
        csv, table = pl.read_csv(tmp_path / "a.csv"), pl.read_parquet(tmp_path / "a.parquet")
        assert csv["probability"].to_list() == table["probability"].to_list()
        joined = [" | ".join(reasons) for reasons in table["reasons"]]
        assert csv["reasons"].fill_null("").to_list() == joined

    def test_formulas_in_texts_do_not_run(self, run_score, table, tmp_path):
        file = tmp_path / "a.csv"
        with_value(table.cast(pl.String), 1, SK_ID_CURR="=1+1").write_csv(file)
        run_score(file, tmp_path / "b.csv")
        assert (tmp_path / "b.csv").read_text().splitlines()[1].startswith("'=1+1,")

    def test_without_an_identifier_the_row_number_stands(self, run_score, parquet, tmp_path):
        run_score(parquet, identifier=None)
        rows = pl.read_parquet(tmp_path / "scores.parquet")["row"].to_list()
        assert rows == [row for row in range(1, ROWS + 1) if row not in {5, 12}]

    def test_the_size_of_a_part_does_not_matter(self, run_score, path, tmp_path):
        tables = []
        for size in (1, 13, 1000):
            run_score(path, part_rows=size)
            tables.append(pl.read_parquet(tmp_path / "scores.parquet"))
        assert all(each.equals(tables[0]) for each in tables)

    def test_a_pattern_in_a_path_is_part_of_the_name(self, run_score, path, tmp_path):
        folder = tmp_path / "a[1] *"
        folder.mkdir()
        assert run_score(path.rename(folder / path.name), folder / "b?.parquet").scored == 36
        assert (folder / "b?.parquet").exists()

    def test_an_empty_list_of_rejected_rows_replaces_an_older_one(self, run_score, tmp_path):
        (tmp_path / "scores.rejected.csv").write_text("old")
        file = tmp_path / "good.parquet"
        applicants(3).write_parquet(file)
        assert run_score(file).rejected == 0
        assert (tmp_path / "scores.rejected.csv").read_text() == "file,row,id,field,reason\n"

    def test_a_file_without_rows_is_refused(self, run_score, tmp_path, table):
        for name in ("a.csv", "a.parquet"):
            file = tmp_path / name
            empty = table.clear()
            empty.write_csv(file) if name == "a.csv" else empty.write_parquet(file)
            with pytest.raises(TableError, match="has no rows"):
                run_score(file)


@pytest.mark.parametrize(("side", "refused"), [(-1, 1), (0, 1), (1, 0)])
def test_a_tie_with_the_threshold_is_a_refusal(small_bundle, parquet, tmp_path, side, refused):
    """The threshold is an applicant's probability, or the next number below or above."""
    features = small_bundle.manifest.features
    probability = (
        Scorer(small_bundle).score(pl.read_parquet(parquet).row(0, named=True)).probability
    )
    model = copy.copy(small_bundle.model)
    model.threshold_ = math.nextafter(probability, side * math.inf) if side else probability
    bundle = dataclasses.replace(small_bundle, model=model)
    out = tmp_path / "scores.parquet"
    options = ScoreOptions(out, tmp_path / "rejected.csv")
    score_file(bundle, FlatFile(parquet, features, "SK_ID_CURR"), options, digest="0")
    assert pl.read_parquet(out)["score"][0] == refused


class TestColumns:
    def test_missing_columns_are_named_with_the_most_similar_one(self, run_score, table, tmp_path):
        file = tmp_path / "a.parquet"
        table.rename({"AMT_CREDIT": "AMT_CREDITS", "SK_ID_CURR": "id"}).write_parquet(file)
        with pytest.raises(TableError) as caught:
            run_score(file)
        assert "AMT_CREDIT is not in the file (did you mean AMT_CREDITS?)" in str(caught.value)
        assert "SK_ID_CURR, the identifier, is not in the file" in str(caught.value)

    def test_other_columns_are_ignored(self, run_score, table, tmp_path):
        file = tmp_path / "a.parquet"
        table.with_columns(TARGET=1).write_parquet(file)
        assert run_score(file).scored == 36


class TestResumption:
    @pytest.mark.parametrize("after", [1, 3, 6])
    def test_a_stopped_run_resumes_and_gives_the_same_bytes(
        self, run_score, path, tmp_path, monkeypatch, after
    ):
        run_score(path, tmp_path / "a.parquet")
        interrupt(monkeypatch, after, run_score, path, tmp_path / "b.parquet")
        assert not (tmp_path / "b.parquet").exists()
        scored = []
        original = PartScorer._score
        monkeypatch.setattr(
            PartScorer,
            "_score",
            lambda self, n, block: scored.append(n) or original(self, n, block),
        )
        run_score(path, tmp_path / "b.parquet")
        assert scored == [*range(after, 6)]
        for name in ("parquet", "rejected.csv"):
            first, second = (tmp_path / f"{run}.{name}" for run in "ab")
            assert first.read_bytes() == second.read_bytes()

    @pytest.mark.parametrize("step", ["write_rejected", "write_scores"])
    def test_a_run_that_stops_at_the_end_resumes(self, run_score, parquet, monkeypatch, step):
        def stop(*_args):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(score_file_module, step, stop)
            with pytest.raises(KeyboardInterrupt):
                run_score(parquet)
        assert run_score(parquet).scored == 36

    @pytest.mark.parametrize(
        ("change", "difference"),
        [
            ({"reasons": True}, "--reasons was false, now true"),
            ({"part_rows": 8}, "--part-rows was 7, now 8"),
            ({"digest": "1"}, r"the model was .* \(0\), now .* \(1\)"),
            ({"identifier": None}, "--id was SK_ID_CURR, now null"),
        ],
        ids=["reasons", "part_rows", "model", "id"],
    )
    def test_another_run_is_refused_until_restart(
        self, run_score, parquet, monkeypatch, change, difference
    ):
        interrupt(monkeypatch, 2, run_score, parquet)
        with pytest.raises(SettingError, match=difference):
            run_score(parquet, **change)
        assert run_score(parquet, restart=True, **change).scored

    def test_a_changed_source_is_refused(self, run_score, table, parquet, monkeypatch):
        interrupt(monkeypatch, 2, run_score, parquet)
        table.reverse().write_parquet(parquet)
        with pytest.raises(SettingError, match=r"the source was .*--restart"):
            run_score(parquet)

    def test_a_source_that_changes_during_the_run_stops_it(self, run_score, path, monkeypatch):
        original = PartFiles.write

        def write(self, number, tables):
            original(self, number, tables)
            os.utime(path, (1, 1))

        monkeypatch.setattr(PartFiles, "write", write)
        with pytest.raises(TableError, match="changed while it was read"):
            run_score(path)
