"""The webhook: a signed POST per change of an alarm (Standard Webhooks, standardwebhooks.com).

The receiver recomputes the signature from its copy of the secret, refuses an old timestamp, and
ignores a `webhook-id` that it has already handled.
"""

import base64
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from credit_scoring.deadline_socket import (
    Deadline,
    DeadlineSocket,
    connect_in_time,
    resolve_in_time,
)
from credit_scoring.errors import CreditScoringError, SettingError
from credit_scoring.settings import Settings

MAX_SECONDS = 15  # for one delivery, whatever the receiver does
MAX_ANSWER = 1 << 16  # bytes that are read of an answer
HTTPS_PORT, HTTP_PORT = 443, 80
MAX_REASON = 120  # characters


class DeliveryError(CreditScoringError):
    """The receiver did not take a webhook."""

    status = 502
    title = "Webhook not delivered"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A receiver: its address, and the secret that it shares with this service."""

    url: str = field(repr=False)  # may contain a token
    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> "Webhook | None":
        """The webhook of the settings; None without an address; SettingError without a secret."""
        if not settings.webhook_url:
            return None
        if not settings.webhook_secret:
            raise SettingError(
                "CREDIT_SCORING_WEBHOOK_URL is set and CREDIT_SCORING_WEBHOOK_SECRET is not: set "
                "it to whsec_ and the output of openssl rand -base64 32, and give the same secret "
                "to the receiver"
            )
        return cls(settings.webhook_url, settings.webhook_secret)

    def send(self, webhook_id: str, payload: Mapping[str, Any]) -> None:
        """Deliver `payload` as JSON; DeliveryError unless the receiver answers 2xx.

        A repetition of a delivery has the same `webhook_id`. Redirects are not followed.
        """
        body = json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "credit-scoring",
            "Connection": "close",
            **signed_headers(self.secret, webhook_id, int(time.time()), body),
        }
        try:
            status = self._post(body, headers)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise DeliveryError(f"the receiver does not answer ({_reason(error)})") from None
        if not 200 <= status < 300:  # noqa: PLR2004 - success
            raise DeliveryError(f"the receiver answers {status}: expected 2xx")

    def _post(self, body: bytes, headers: Mapping[str, str]) -> int:
        address = urlsplit(self.url)
        is_tls = address.scheme == "https"
        port = address.port or (HTTPS_PORT if is_tls else HTTP_PORT)
        deadline = Deadline(MAX_SECONDS)
        host = str(address.hostname)
        addresses = resolve_in_time(host, port, deadline)
        with connect_in_time(addresses, port, deadline) as plain:
            plain.settimeout(deadline.remaining())
            connection = _encrypted(plain, host) if is_tls else plain
            client = http.client.HTTPConnection(host, port)
            client.sock = DeadlineSocket(connection, deadline, MAX_ANSWER)
            target = (address.path or "/") + (f"?{address.query}" if address.query else "")
            client.request("POST", target, body, dict(headers))
            return client.getresponse().status


def signed_headers(secret: bytes, webhook_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that identify and sign a delivery at `timestamp` (seconds since 1970)."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


def _encrypted(connection: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(connection, server_hostname=host)


def _reason(error: Exception) -> str:
    """The kind of an error, without what the receiver sent."""
    return f"{type(error).__name__} {getattr(error, 'strerror', None) or ''}".strip()[:MAX_REASON]
