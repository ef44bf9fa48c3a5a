"""While keys are off, a name of another site that resolves to this machine gets no data."""

import dataclasses

import pytest

from tests.serving.page_forms import HTML
from tests.serving.small_bundle import EXAMPLE

BODY = {"features": EXAMPLE}
OWN = ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:8000", "127.9.9.9", "[::1]:8000"]
OWN += ["app.localhost:8000"]
FOREIGN = ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example"]
FOREIGN += ["192.0.2.1", "[::2]", "", "localhost:80:80", "[::1", "evil.example#localhost"]


@pytest.mark.parametrize("host", OWN)
def test_own_hosts_are_answered(client, host):
    assert client.post("/predict", json=BODY, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_foreign_hosts_are_refused(client, host):
    for answer in (
        client.post("/predict", json=BODY, headers={"Host": host}),
        client.get("/decisions", headers={"Host": host}),
        client.get("/", headers={"Host": host, **HTML}),
    ):
        assert answer.status_code == 403
    assert client.get("/decisions", headers={"Host": host}).json["type"].endswith(":host-refused")


def test_health_is_public(client):
    assert client.get("/health/live", headers={"Host": "evil.example"}).status_code == 200


def test_keys_off_opens_every_host(make_app, app_settings):
    client = make_app(dataclasses.replace(app_settings, keys="off")).test_client()
    assert client.post("/predict", json=BODY, headers={"Host": "any.example"}).status_code == 200


def test_with_keys_any_host_is_answered(make_app, app_settings):
    client = make_app(dataclasses.replace(app_settings, api_key="k" * 40)).test_client()
    headers = {"Host": "any.example", "Authorization": f"Bearer {'k' * 40}"}
    assert client.post("/predict", json=BODY, headers=headers).status_code == 200
