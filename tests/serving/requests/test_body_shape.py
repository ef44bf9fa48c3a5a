"""Bodies with features: wrapped, bare, or in the envelope of another server or route."""

import json

import pytest

from credit_scoring.bundle.manifest import ModelFeature
from credit_scoring.errors import RequestError
from credit_scoring.features.feature import Feature
from credit_scoring.serving.requests.body_shape import body_shapes
from tests.serving.small_bundle import EXAMPLE, features

SHAPES = body_shapes(features(), EXAMPLE)
SHAPE = SHAPES["features"]
ENVELOPES = {
    "dataframe_split": {"columns": [*EXAMPLE], "data": [[*EXAMPLE.values()]]},
    "dataframe_records": [EXAMPLE],
    "instances": [EXAMPLE],
    "inputs": [{"name": "AMT_CREDIT", "shape": [1], "datatype": "FP64", "data": [1.0]}],
}


def refusal(shape, body):
    return refused(lambda: shape.unwrap(body))


def refused(call):
    with pytest.raises(RequestError) as caught:
        call()
    assert caught.value.status == 422
    return caught.value


def lenders_shapes(*names):
    columns = [
        ModelFeature(Feature(name, "loans", name), "input", nullable=False, importance=1 / place)
        for place, name in enumerate(names, 1)
    ]
    return body_shapes(columns, dict.fromkeys(names, 5.5))


def test_features_may_be_wrapped_or_bare():
    assert SHAPE.unwrap({"features": {"a": 1}}) == {"a": 1}
    assert SHAPE.unwrap({"a": 1}) == {"a": 1}


@pytest.mark.parametrize("value", [None, [], "x", 1])
def test_features_other_than_an_object_are_422(value):
    error = refusal(SHAPE, {"features": value})
    assert [each.field for each in error.errors] == ["features"]
    assert str(error).endswith('expected an object such as {"features": {"EXT_SOURCE_2": 0.62}}')


def test_fields_next_to_features_are_named():
    error = refusal(SHAPE, {"features": {}, "a": 1, "b": 2})
    assert [each.message for each in error.errors] == [
        '"a" is next to "features": remove it',
        '"b" is next to "features": remove it',
    ]


def test_examples_have_the_most_important_feature_of_the_model():
    shapes = lenders_shapes("salary", "age")
    assert [json.loads(shape.example) for shape in shapes.values()] == [
        {"features": {"salary": 5.5}},
        {"overrides": {"salary": 5.5}},
        {"applicants": [{"salary": 5.5}]},
    ]


def test_feature_may_be_called_like_a_wrapper_or_an_envelope():
    shape = lenders_shapes("features", "inputs")["features"]
    bare = {"features": 632, "inputs": 4}
    assert shape.unwrap(bare) == shape.unwrap({"features": bare}) == bare
    assert shape.unwrap({"features": 632, "inputs": [4]}) == {"features": 632, "inputs": [4]}


@pytest.mark.parametrize(
    "body", [{"a": 1}, {"features": {"a": 1}}, {"application": {}}], ids=["bare", "wrapped", "raw"]
)
def test_a_body_may_have_no_changes(body):
    assert SHAPE.split(body, SHAPES["overrides"]) == (body, {})


def test_changes_are_split_from_the_features():
    body = {"features": {"a": 1}, "overrides": {"a": 2}, "more": 3}
    rest = {"features": {"a": 1}, "more": 3}
    assert SHAPE.split(body, SHAPES["overrides"]) == (rest, {"a": 2})


@pytest.mark.parametrize("value", [None, [], "x", 1])
def test_changes_other_than_an_object_are_422(value):
    body = {"features": {}, "overrides": value}
    error = refused(lambda: SHAPE.split(body, SHAPES["overrides"]))
    assert [each.field for each in error.errors] == ["overrides"]
    assert str(error).endswith('expected an object such as {"overrides": {"EXT_SOURCE_2": 0.62}}')


@pytest.mark.parametrize("bare", [EXAMPLE, {"application": {}}, {}], ids=["bare", "raw", "alone"])
def test_changes_without_wrapped_features_are_422(bare):
    error = refused(lambda: SHAPE.split({**bare, "overrides": {}}, SHAPES["overrides"]))
    assert str(error) == (
        '"overrides" is sent without "features": expected an object such as '
        '{"features": {"EXT_SOURCE_2": 0.62}, "overrides": {"EXT_SOURCE_2": 0.62}}'
    )


def test_feature_may_be_called_like_the_wrapper_of_the_changes():
    shapes = lenders_shapes("overrides")
    shape, changes = shapes["features"], shapes["overrides"]
    bare = {"overrides": 632}
    assert shape.split(bare, changes) == (bare, {})
    assert shape.split({"features": bare, "overrides": bare}, changes) == ({"features": bare}, bare)
    error = refused(lambda: shape.split({"features": bare, "overrides": 5}, changes))
    assert str(error).startswith("overrides is 5: expected an object")


@pytest.mark.parametrize(
    ("route", "member"),
    [("/predict", "features"), ("/predict/explain", "features"), ("/predict/batch", "applicants")],
)
@pytest.mark.parametrize("name", ENVELOPES)
def test_envelope_of_a_model_server_is_named(client, route, member, name):
    answer = client.post(route, json={name: ENVELOPES[name], "id": "7"})
    (error,) = answer.json["errors"]
    assert (answer.status_code, error["field"]) == (422, name)
    assert error["message"].startswith("the body is a request to MLflow")
    assert f'("{name}"): expected an object such as {{"{member}": ' in error["message"]


@pytest.mark.parametrize(
    ("route", "body", "addressee"),
    [
        ("/predict", {"applicants": [EXAMPLE]}, "POST /predict/batch"),
        ("/predict/batch", {"features": EXAMPLE}, "POST /predict"),
        ("/predict", {"overrides": {}}, "POST /applicants/{applicant_id}/predict"),
    ],
)
def test_body_for_another_route_is_named(client, route, body, addressee):
    answer = client.post(route, json=body)
    assert answer.status_code == 422
    assert answer.json["detail"].startswith(f"the body is a request to {addressee} (")


@pytest.mark.parametrize("body", [b"[]", b"null", b"", b"not JSON", b'{"applicants": 3}', b"{}"])
def test_batch_route_shows_the_body_of_a_batch(client, body):
    answer = client.post("/predict/batch", data=body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert 'such as {"applicants": [{"EXT_SOURCE_2": 0.62}]}' in answer.json["detail"]
