"""Identifiers: their notation, their rule, and repetitions in the same block or an earlier one."""

import polars as pl
import pytest

from credit_scoring.batch import seen_identifiers
from credit_scoring.batch.identifiers import check_identifiers, identifier_texts
from credit_scoring.batch.seen_identifiers import SeenIdentifiers
from credit_scoring.errors import TableError


def rows(first, count):
    return pl.Series("row", range(first, first + count), pl.Int64)


class TestNotation:
    @pytest.mark.parametrize(
        ("values", "texts"),
        [
            ([100_002, None], ["100002", None]),
            ([100_002.0, float("nan")], ["100002", None]),
            ([" 007", ""], ["007", None]),
            ([1.5, 1e20], ["1.5", "1e+20"]),
            (["100002.0", "-7.00", "1.5", "0.0.0", "a.0"], ["100002", "-7", "1.5", "0.0.0", "a.0"]),
        ],
        ids=["whole", "float", "text", "fraction", "whole text"],
    )
    def test_text_of_a_value(self, values, texts):
        assert identifier_texts(pl.Series("id", values, strict=False)).to_list() == texts

    def test_other_types_are_refused(self):
        with pytest.raises(TableError, match="id holds Boolean"):
            identifier_texts(pl.Series("id", [True]))


class TestRule:
    @pytest.fixture
    def seen(self, tmp_path):
        return SeenIdentifiers(tmp_path, lambda _identifiers: {})

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            (None, "id is missing: expected a text of 1 to 128 printable characters"),
            ("a\nb", 'id is "a\\nb": expected a text of 1 to 128 printable characters'),
            ("x" * 129, f'id is "{"x" * 60}…": expected a text of 1 to 128 printable characters'),
        ],
        ids=["missing", "two lines", "too long"],
    )
    def test_what_is_not_an_identifier(self, seen, text, reason):
        (rejection,) = check_identifiers(pl.Series("id", ["1", text]), rows(8, 2), seen)
        assert (rejection.row, rejection.field, rejection.reason) == (9, "id", reason)

    def test_bytes_that_are_not_utf_8_do_not_identify(self, seen):
        """Zoé and Zoè in Latin-1 are read as the same text."""
        first, second = check_identifiers(pl.Series("id", ["Zo�", "Zo�"]), rows(1, 2), seen)
        assert first.reason == 'id is "Zo�": expected UTF-8, save the file in this encoding'
        assert (second.row, second.reason) == (2, first.reason)

    def test_any_printable_text_is_an_identifier(self, seen):
        texts = pl.Series("id", ["Zoë 1", "100002", "a/b:c.d-e_f", "№ 7"])
        assert check_identifiers(texts, rows(1, 4), seen) == []

    def test_repetitions_in_a_block_name_the_first_row(self, seen):
        texts = pl.Series("id", ["a", "b", "a", "a"])
        rejected = check_identifiers(texts, rows(5, 4), seen)
        assert [(each.row, each.reason) for each in rejected] == [
            (7, "id is a: row 5 has the same id, send it once"),
            (8, "id is a: row 5 has the same id, send it once"),
        ]


class TestEarlierBlocks:
    @pytest.fixture
    def first_rows(self):
        return {}

    @pytest.fixture
    def seen(self, tmp_path, first_rows):
        return SeenIdentifiers(
            tmp_path, lambda names: {n: first_rows[n] for n in names if n in first_rows}
        )

    def check(self, seen, first_rows, texts, first):
        series = pl.Series("id", texts)
        rejected = check_identifiers(series, rows(first, len(texts)), seen)
        for row, text in enumerate(texts, first):
            first_rows.setdefault(text, row)
        return [(each.row, each.reason.split(":")[1].split()[1]) for each in rejected]

    def test_repetitions_of_an_earlier_block(self, seen, first_rows):
        assert self.check(seen, first_rows, ["a", "b"], 1) == []
        assert self.check(seen, first_rows, ["c", "b"], 3) == [(4, "2")]
        assert self.check(seen, first_rows, ["b", "d", "d"], 5) == [(5, "2"), (7, "6")]

    @pytest.mark.parametrize("largest", [1, 4, 1000])
    def test_runs_are_merged_up_to_a_size(self, seen, first_rows, monkeypatch, largest):
        monkeypatch.setattr(seen_identifiers, "MAX_RUN", largest)
        for block in range(20):
            names = [f"{block}-{i}" for i in range(3)]
            assert self.check(seen, first_rows, names, 1 + 3 * block) == []
        assert all(len(run) <= max(largest, 3) for run in seen._runs)
        for block in range(20):
            assert self.check(seen, first_rows, [f"{block}-1"], 100) == [(100, f"{3 * block + 2}")]

    def test_an_equal_hash_is_not_a_repetition(self, seen, first_rows):
        assert self.check(seen, {}, ["a"], 1) == []
        assert self.check(seen, first_rows, ["a"], 2) == []  # no earlier row has it

    def test_no_file_is_left(self, seen, first_rows, tmp_path):
        self.check(seen, first_rows, ["a", "b"], 1)
        assert [*tmp_path.iterdir()] == []
