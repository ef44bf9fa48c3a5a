"""A lender's flat table with a column of every kind, and the command that trains on it."""

import numpy as np
import polars as pl

from credit_scoring.flat_table.infer_schema import infer_schema
from credit_scoring.flat_table.read_flat_table import read_flat_table
from credit_scoring.flat_table.schema_file import schema_text

ROWS = 500
PURPOSES = ("Crédit auto", " 36 mois, renouvelé", "études", 'un "prêt"')
EXCLUDED = ("branch", "note", "recoveries", "opened", "rate", "E-mail")
PRIVATE_VALUES = ("secret", "L0001", "example.org", "2015-0")


def make_lender_table():
    """A table in which three columns predict the risk."""
    rng = np.random.default_rng(7)
    risk = rng.random(ROWS)
    default = rng.random(ROWS) < 0.05 + 0.6 * risk**2
    purpose = (3.999 * np.clip(risk + rng.normal(0, 0.1, ROWS), 0, 1)).astype(int)
    columns = {
        "loan_id": [f"L{i:04}" for i in range(ROWS)],
        "Défaut": np.where(default, "Yes", "no"),
        "Montant prêt, €": np.round(900 + 9000 * risk + 500 * rng.random(ROWS), 2),
        "dti": [
            None if i % 9 == 4 else round(0.1 + 0.3 * float(value), 7)
            for i, value in enumerate(risk)
        ],
        "score": np.where(
            rng.random(ROWS) < 0.1, -999, (850 - 400 * risk + 100 * rng.random(ROWS)).astype(int)
        ),
        "purpose": np.where(rng.random(ROWS) < 0.1, "NA", np.array(PURPOSES)[purpose]),
        "purpose_code": 1 + (3.999 * np.clip(risk + rng.normal(0, 0.2, ROWS), 0, 1)).astype(int),
        "owner": rng.choice(["true", "false"], ROWS),
        "big": np.round(16_777_217 + 1e9 * risk * rng.random(ROWS)).astype(int),
        "sexe": rng.choice(["F", "H"], ROWS),
        "age": rng.integers(18, 80, ROWS),
        "branch": "Lyon",
        "note": [f"secret {i}" for i in range(ROWS)],
        "recoveries": [
            round(float(amount), 2) if is_default else None
            for amount, is_default in zip(rng.random(ROWS), default, strict=True)
        ],
        "opened": [f"2015-0{i % 9 + 1}-11" for i in range(ROWS)],
        "rate": [f"{x:.1f}{'%' * (i % 3 > 0)}" for i, x in enumerate(20 * rng.random(ROWS))],
        "E-mail": [f"p{i % 90}@example.org" for i in range(ROWS)],
    }
    return pl.DataFrame(columns)


def write_table_with_months(folder, months):
    """Write a smaller table with `months` months from 201501; return it and its schema file."""
    columns = ("loan_id", "Défaut", "Montant prêt, €", "dti", "purpose", "month")
    month = pl.Series("month", [201501 + i % months for i in range(ROWS)])
    frame = make_lender_table().with_columns(month).select(columns)
    frame.write_csv(folder / "loans.csv")
    schema = infer_schema(read_flat_table(folder / "loans.csv"), target="Défaut", key="loan_id")
    before, _, after = schema_text(schema).partition('use = "excluded"')  # the month
    (folder / "loans.toml").write_text(f'{before}use = "time"{after}', encoding="utf-8")
    return folder / "loans.csv", folder / "loans.toml"


def train_arguments(folder):
    return [
        "train", "--table", f"{folder}/loans.csv", "--target", "Défaut", "--id", "loan_id",
        "--schema", f"{folder}/schema/loans.toml", "--out", f"{folder}/latest",
    ]  # fmt: skip


def input_names(bundle):
    return [feature.name for feature in bundle.manifest.features if feature.is_requested]
