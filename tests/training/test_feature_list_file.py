"""Feature list files: a round trip keeps them, and a handwritten file needs only names."""

import pytest

from credit_scoring.errors import FeatureError
from credit_scoring.training.feature_list_file import (
    FeatureList,
    ListedFeature,
    read_feature_list,
    write_feature_list,
)

FEATURE_LIST = FeatureList(
    (
        ListedFeature("EXT_SOURCE_2", 'rank 1: "the best"', {"importance": 0.5, "rank": 1}),
        ListedFeature("b"),
    ),
    (ListedFeature("c", "0.99 correlated with b", {"correlation": 0.99}),),
    {
        "fingerprint": "ab12",
        "seed": 0,
        "command": "python model.py select",
        "date": "2026-01-01T00:00:00+00:00",
    },
)


@pytest.fixture
def write_text(tmp_path):
    def write(text):
        path = tmp_path / "features.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_round_trip_keeps_the_list(tmp_path):
    path = tmp_path / "new" / "features.toml"
    write_feature_list(path, FEATURE_LIST)
    assert read_feature_list(path) == FEATURE_LIST
    assert read_feature_list(path).names == ("EXT_SOURCE_2", "b")


def test_comment_explains_the_file(tmp_path):
    write_feature_list(tmp_path / "features.toml", FEATURE_LIST)
    text = (tmp_path / "features.toml").read_text(encoding="utf-8")
    assert "train --features" in text
    assert "[provenance]" in text


def test_names_are_enough(write_text):
    path = write_text('\ufeff[[features]]\nname = "a"\n')
    assert read_feature_list(path) == FeatureList((ListedFeature("a"),))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"write \[\[features\]\]"),
        ("features = []", "features is empty: name at least one"),
        ('features = ["a"]', r"write \[\[features\]\]"),
        ("[[features]]\nreason = 'x'", "features, row 1: name is missing or empty"),
        ("[[features]]\nname = 3", "features, row 1: name is 3: expected text"),
        (
            "[[features]]\nname = 'a'\nfigures = 1",
            "features, row 1: figures is 1: expected a table",
        ),
        (
            "[[features]]\nname = 'a'\nwhy = 'x'",
            "features, row 1: why is unknown: expected name, reason, figures",
        ),
        ("[[features]]\nname = 'a'\n[[features]]\nname = 'a'", "a is listed 2 times"),
        ("[[features]]\nname = 'a'\n[[dropped]]\nreason = 'x'", "dropped, row 1: name is missing"),
        (
            "[[features]]\nname = 'a'\n[other]",
            "other is unknown: expected features, dropped, provenance",
        ),
        ("provenance = 1\n[[features]]\nname = 'a'", "provenance is not a table"),
        ("[[features", "cannot be read as TOML"),
    ],
)
def test_errors_are_named(write_text, text, message):
    with pytest.raises(FeatureError, match=message) as caught:
        read_feature_list(write_text(text))
    assert "features.toml" in str(caught.value)


def test_all_errors_are_named_together(write_text):
    with pytest.raises(FeatureError) as caught:
        read_feature_list(write_text("[[features]]\nname = 3\nwhy = 1\n[[features]]\nreason = 1"))
    assert str(caught.value).count("\n") == 4


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FeatureError, match=r"nowhere\.toml cannot be read as TOML \(No such file"):
        read_feature_list(tmp_path / "nowhere.toml")
