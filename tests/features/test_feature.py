"""A feature as a row of the catalogue, and as a dictionary in the manifest and the API."""

from credit_scoring.features.catalogue import full_catalogue
from credit_scoring.features.feature import Feature


def test_a_feature_survives_the_round_trip_through_a_dictionary():
    for feature in full_catalogue():
        assert Feature.from_dict(feature.as_dict()) == feature


def test_a_dictionary_omits_absent_values_but_not_zero():
    row = Feature("a", "application", "an a", unit="share", minimum=0, maximum=1.0).as_dict()
    assert row == {
        "name": "a",
        "table": "application",
        "meaning": "an a",
        "unit": "share",
        "minimum": 0,
        "maximum": 1.0,
        "empty": "missing",
    }


def test_a_request_contains_the_feature_or_its_inputs():
    assert Feature("a", "application", "an a").sources == ("a",)
    assert Feature("a", "application", "an a", inputs=("b", "c")).sources == ("b", "c")
