"""`fairness` on a lender's own table: the groups are the sensitive columns of its schema."""

import json
import shutil

import polars as pl
import pytest
from typer.testing import CliRunner

import model
from credit_scoring.laboratory.fairness.groups import group_applicants
from tests.training.conftest import lender_folder  # noqa: F401 - a fixture

AGE_BANDS = ["under 25", "25 to 34", "35 to 44", "45 to 54", "55 to 61", "62 and over"]


def fairness(folder, bundle, out):
    arguments = ["fairness", "--data", f"{folder}/loans.csv", "--bundle", bundle, "--out", out]
    result = CliRunner().invoke(model.cli, [str(argument) for argument in arguments])
    return result.exit_code, " ".join(result.output.split())


def test_groups_are_the_sensitive_columns(lender_folder, tmp_path):  # noqa: F811
    """Out of fold, since the model was trained on the table; with the cost of exclusion."""
    exit_code, text = fairness(lender_folder, lender_folder / "latest", tmp_path)
    assert exit_code == 0, text
    content = json.loads((tmp_path / "fairness.json").read_text())
    assert content["judged"] == "out of fold"
    attributes = {row["attribute"]: row["groups"] for row in content["attributes"]}
    names = {name: [row["group"] for row in groups] for name, groups in attributes.items()}
    assert names == {"sexe": ["F", "H"], "age": AGE_BANDS}
    assert "Without sexe and age the AUC is" in text
    assert (tmp_path / "fairness.png").is_file()
    card = ["card", "--bundle", str(lender_folder / "latest"), "--fairness"]
    result = CliRunner().invoke(model.cli, [*card, str(tmp_path / "fairness.json")])
    assert result.exit_code == 0, result.output
    assert "| age: 62 and over" in (lender_folder / "latest/MODEL_CARD.md").read_text()


def test_schema_without_groups_is_named_with_the_remedy(lender_folder, tmp_path):  # noqa: F811
    bundle = shutil.copytree(lender_folder / "latest", tmp_path / "latest")
    schema = (bundle / "schema.toml").read_text()
    for use in ("prohibited", "restricted"):
        schema = schema.replace(f'use = "{use}"', 'use = "input"')
    (bundle / "schema.toml").write_text(schema)
    exit_code, text = fairness(lender_folder, bundle, tmp_path / "out")
    assert exit_code == 1
    assert f"{bundle}/schema.toml names no groups: in a copy, give the column" in text
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (["b", None, "a"], ["a", "b", "unknown"]),
        ([1.0, 0.0, None], ["0", "1", "unknown"]),
        ([20, *range(30, 70)], AGE_BANDS),
        ([*range(0, 40, 2)], ["under 10", "10 to 19", "20 to 27", "28 and over"]),
        ([0] * 30 + [*range(1, 12)], ["0", "1 and over"]),
        (
            [i / 8 for i in range(16)],
            ["under 0.5", "0.5 to under 1", "1 to under 1.375", "1.375 and over"],
        ),
    ],
    ids=["levels", "flag", "years", "numbers", "mostly zero", "fractions"],
)
def test_columns_are_grouped_by_their_values(values, names):
    (groups,) = group_applicants(pl.DataFrame({"x": values}), ["x"])
    assert (groups.attribute, groups.names) == ("x", names)
    assert len(groups.codes) == len(values)
