"""Facts about the training data."""

from credit_scoring.training.dataset_facts import fingerprint_files


def test_fingerprint_covers_names_and_contents(tmp_path):
    (tmp_path / "bureau.csv").write_text("a")
    first = fingerprint_files(tmp_path)
    (tmp_path / "notes.txt").write_text("nothing of a table")
    assert fingerprint_files(tmp_path) == first
    (tmp_path / "bureau.csv").write_text("b")
    assert fingerprint_files(tmp_path) != first
