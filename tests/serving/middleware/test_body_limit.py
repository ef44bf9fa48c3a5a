"""The limit of a request body: the app's, unless the route declares its own."""

import dataclasses
import json

import pytest

from tests.serving.small_bundle import EXAMPLE

LIMIT = 1 << 12
BATCH_LIMIT = 1 << 14


@pytest.fixture(scope="module")
def limited(make_app, app_settings, tmp_path_factory):
    database = f"sqlite:///{tmp_path_factory.mktemp('limits')}/decisions.db"
    changes = {"max_body_bytes": LIMIT, "max_batch_bytes": BATCH_LIMIT, "database_url": database}
    return make_app(dataclasses.replace(app_settings, **changes)).test_client()


def send(client, path, body, size, *, chunked):
    """Send `body`, padded with spaces to `size` bytes."""
    data = json.dumps(body).encode().ljust(size)
    arguments = {"data": data, "content_type": "application/json"}
    if chunked:
        arguments["headers"] = {"Transfer-Encoding": "chunked"}
        arguments["environ_overrides"] = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    return client.post(path, **arguments)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("path", "body", "limit"),
    [
        ("/predict", EXAMPLE, LIMIT),
        ("/predict/explain", EXAMPLE, LIMIT),
        ("/predict/batch", {"applicants": [EXAMPLE]}, BATCH_LIMIT),
    ],
)
def test_body_beyond_the_limit_of_its_route_is_413(limited, path, body, limit, chunked):
    allowed = limit - chunked  # Werkzeug refuses a chunked body of exactly the limit
    assert send(limited, path, body, allowed, chunked=chunked).status_code == 200
    answer = send(limited, path, body, limit + 1, chunked=chunked)
    assert answer.status_code == 413
    assert f"the limit of {limit} bytes" in answer.json["detail"]
