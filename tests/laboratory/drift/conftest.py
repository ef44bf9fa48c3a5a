"""Two small tables: the current one differs from the reference as a test says."""

import numpy as np
import polars as pl
import pytest

ROWS = 2000


def loans(rows=ROWS, seed=0):
    """Loans with an identifier, a date, numbers, a flag, levels, and the target."""
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "loan_id": np.arange(100_000, 100_000 + rows),
            "signed_on": [f"2026-01-{1 + index % 28:02d}" for index in range(rows)],
            "income": rng.normal(3000, 500, rows).round(2),
            "score": rng.integers(300, 850, rows),
            "children": rng.integers(0, 4, rows),
            "owner": rng.random(rows) < 0.4,
            "purpose": rng.choice(["car", "home", "other"], rows, p=[0.5, 0.3, 0.2]),
            "target": (rng.random(rows) < 0.1).astype(int),
        }
    ).with_columns(score=pl.when(pl.int_range(pl.len()) % 10 > 0).then("score"))


@pytest.fixture
def write(tmp_path):
    """Write a frame as `name`, CSV or Parquet by its ending; its path."""

    def write(frame, name):
        path = tmp_path / name
        frame.write_parquet(path) if path.suffix == ".parquet" else frame.write_csv(path)
        return path

    return write


@pytest.fixture
def compare(write):
    """Compare two frames as CSV files; the report."""
    from credit_scoring.laboratory.drift.compare_tables import compare_pairs
    from credit_scoring.laboratory.drift.table_pairs import open_pairs

    def compare(reference, current, ignored=(), target=None):
        paths = write(reference, "before.csv"), write(current, "now.csv")
        with open_pairs(*paths, target=target) as pairs:
            return compare_pairs(pairs, ignored)

    return compare
