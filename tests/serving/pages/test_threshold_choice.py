"""The choice that the address of the page about the threshold names."""

from dataclasses import replace
from pathlib import Path

import pytest

from credit_scoring.bundle.read_bundle import read_manifest
from credit_scoring.serving.pages.threshold.choice import choose, read_number, written
from credit_scoring.serving.pages.threshold.commands import commands, training_command

LATEST = Path(__file__).parents[3] / "models/latest"


@pytest.fixture(scope="module")
def manifest():
    return read_manifest(LATEST)


@pytest.fixture(scope="module")
def curve(manifest):
    return manifest.reference.threshold_curve


@pytest.mark.parametrize(
    ("name", "text", "language", "expected"),
    [
        ("threshold", "0.09", "en", (0.09, "")),
        ("threshold", "0,09", "fr", (0.09, "")),
        ("threshold", "0,125", "en", (0.125, "")),
        ("threshold", ".5", "en", (0.5, "")),
        ("threshold", "9", "en", (9.0, "per_cent")),
        ("threshold", "101", "en", (101.0, "out_of_range")),
        ("threshold", "9 %", "en", (0.09, "")),
        ("threshold", "9%", "fr", (0.09, "")),
        ("margin", "9,5\u00a0%", "fr", (0.095, "")),
        ("threshold", "120 %", "fr", (1.2, "out_of_range")),
        ("ratio", "9 %", "en", (0.0, "not_a_number")),
        ("threshold", "-1", "en", (0.0, "not_a_number")),
        ("threshold", "1e-2", "en", (0.0, "not_a_number")),
        ("threshold", "nan", "en", (0.0, "not_a_number")),
        ("ratio", "1,000", "en", (0.0, "ambiguous")),
        ("ratio", "1,000", "fr", (1.0, "")),
        ("ratio", "0", "en", (0.0, "out_of_range")),
        ("ratio", "1001", "en", (1001.0, "out_of_range")),
    ],
)
def test_numbers_are_read_by_the_language(name, text, language, expected):
    assert read_number(name, text, language) == expected


@pytest.mark.parametrize("value", [0.1124, 10.0, 0.75, 0.0, 2.5])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_written_numbers_are_read_again(value, language):
    assert read_number("ratio", written(value, language), language)[0] == value


def test_without_a_query_the_models_values_are_chosen(curve, manifest):
    choice = choose(curve, manifest, {}, "en")
    assert choice.index == choice.own
    assert curve.thresholds[choice.own] == manifest.threshold["value"]
    assert curve.thresholds[choice.theoretical] == manifest.threshold["theoretical"]
    assert choice.terms.ratio == 10
    assert choice.problems == {}
    assert choice.texts == {"threshold": "0.09091", "ratio": "10", "margin": "0.1", "lgd": "0.75"}


def test_query_chooses(curve, manifest):
    choice = choose(curve, manifest, {"threshold": "0.2", "ratio": "5", "lgd": "0.5"}, "en")
    assert abs(curve.thresholds[choice.index] - 0.2) < 0.01
    assert (choice.terms.ratio, choice.terms.lgd, choice.terms.margin) == (5, 0.5, 0.1)
    assert abs(curve.thresholds[choice.theoretical] - 1 / 6) < 0.01


def test_wrong_values_are_named_and_replaced_by_the_models(curve, manifest):
    choice = choose(curve, manifest, {"threshold": "20", "ratio": "many"}, "en")
    assert choice.problems == {"threshold": "per_cent", "ratio": "not_a_number"}
    assert (choice.texts["threshold"], choice.texts["ratio"]) == ("20", "many")
    assert choice.index == choice.own
    assert choice.terms.ratio == 10


@pytest.mark.parametrize(
    ("made_by", "expected"),
    [
        (
            "python model.py train --table 'my loans.csv' --false-negative-cost 3 --out x",
            (
                "python model.py train --table 'my loans.csv' --false-negative-cost 12.5 "
                "--false-positive-cost 1 --out models/new"
            ),
        ),
        (
            "python model.py train --data a --out=b --false-positive-cost=2 --seed 1",
            (
                "python model.py train --data a --seed 1 --false-negative-cost 12.5 "
                "--false-positive-cost 1 --out models/new"
            ),
        ),
        (
            "a notebook's \"unbalanced",
            (
                "python model.py train --data data/sample --false-negative-cost 12.5 "
                "--false-positive-cost 1 --out models/new"
            ),
        ),
    ],
    ids=["table", "equals sign", "unknown"],
)
def test_training_command_keeps_the_models_own_options(manifest, made_by, expected):
    study, train = commands(replace(manifest, made_by=made_by), 12.5)
    assert train == expected
    assert study.endswith("--data data/sample --false-negative-cost 12.5 --false-positive-cost 1")


def test_training_command_without_new_costs(manifest):
    expected = "python model.py train --data data/sample --out models/new"
    made_by = "python model.py train --data data/sample --out models/latest"
    assert training_command(replace(manifest, made_by=made_by)) == expected
