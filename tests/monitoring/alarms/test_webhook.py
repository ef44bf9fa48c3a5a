"""The webhook: signature, statuses, slow and broken receivers."""

import base64
import socket
import threading
import time

import pytest

from credit_scoring.errors import SettingError
from credit_scoring.monitoring.alarms import webhook as webhook_module
from credit_scoring.monitoring.alarms.webhook import DeliveryError, Webhook, signed_headers
from credit_scoring.settings import load_settings
from tests.monitoring.alarms.receiver import SECRET, run_receiver


@pytest.fixture
def receiver():
    with run_receiver() as receiver:
        yield receiver


def send(receiver):
    Webhook(receiver.url, SECRET).send("id-1", {"type": "alarm.on", "name": "é"})


def test_signature_is_the_published_example_of_standard_webhooks():
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    headers = signed_headers(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-signature"] == signature
    assert headers["webhook-timestamp"] == "1614265330"


def test_delivery_is_signed_and_carries_the_payload(receiver):
    send(receiver)
    ((headers, body),) = receiver.deliveries
    assert body == {"type": "alarm.on", "name": "é"}
    assert headers["webhook-id"] == "id-1"
    assert headers["Content-Type"] == "application/json"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 3600


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 410, 429, 500, 503])
def test_other_status_than_success_is_a_failure(receiver, status):
    receiver.answers = [status]
    with pytest.raises(DeliveryError, match=f"the receiver answers {status}: expected 2xx"):
        send(receiver)
    assert len(receiver.deliveries) == 1  # no redirect was followed


def test_closed_port_is_a_failure():
    with run_receiver() as receiver:
        pass
    with pytest.raises(DeliveryError, match="does not answer"):
        send(receiver)


def close_without_answer(handler):
    handler.connection.close()


def answer_garbage(handler):
    handler.wfile.write(b"canary\r\n\r\n")


def answer_endless_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * (1 << 20))


@pytest.mark.parametrize("answer", [close_without_answer, answer_garbage, answer_endless_headers])
def test_broken_answer_is_a_failure_that_does_not_quote_it(receiver, answer):
    receiver.answers = [answer]
    with pytest.raises(DeliveryError, match="does not answer") as caught:
        send(receiver)
    assert "canary" not in str(caught.value)


def test_trickling_receiver_is_given_up(receiver, monkeypatch):
    monkeypatch.setattr(webhook_module, "MAX_SECONDS", 0.3)

    def trickle(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100):
            try:
                handler.wfile.write(b"X")
            except OSError:
                return
            time.sleep(0.02)

    receiver.answers = [trickle]
    with pytest.raises(DeliveryError, match=r"does not answer \(TimeoutError\)"):
        send(receiver)


def test_name_server_that_does_not_answer_is_given_up(receiver, monkeypatch):
    """The system waits for it as long as it likes, without a time limit of ours."""
    answered = threading.Event()
    monkeypatch.setattr(webhook_module, "MAX_SECONDS", 0.2)

    def look_up(*_arguments, **_options):
        answered.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(DeliveryError, match="the receiver does not answer"):
        Webhook(receiver.url, SECRET).send("one", {})
    answered.set()
    assert receiver.ids == []


def test_without_an_address_there_is_no_webhook():
    assert Webhook.of(load_settings({})) is None


def test_address_without_a_secret_is_refused_with_the_remedy():
    settings = load_settings({"CREDIT_SCORING_WEBHOOK_URL": "https://example.org/"})
    with pytest.raises(SettingError, match="openssl rand -base64 32"):
        Webhook.of(settings)


def test_webhook_does_not_show_its_secrets():
    shown = repr(Webhook("https://example.org/token", b"secret"))
    assert "token" not in shown
    assert "secret=" not in shown
