"""What depends on the sockets that the server listens on: lost clients, and the need for a key."""

import logging
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

from credit_scoring.serving.middleware.authentication import KEY_CACHE, KEY_REQUIREMENT

if TYPE_CHECKING:
    from credit_scoring.access.key_requirement import KeyRequirement

TCP_OPTIONS = {
    "TCP_KEEPIDLE": 60,  # seconds of silence until the first probe
    "TCP_KEEPINTVL": 10,  # seconds between probes
    "TCP_KEEPCNT": 3,  # unanswered probes
    "TCP_USER_TIMEOUT": 15_000,  # milliseconds in which sent data are not acknowledged or not read
}
CREATE_KEY = "python model.py keys create --name me --scope admin"
KEYS_OFF = f"Keys are off: anyone who reaches this address may use it. Create a key: {CREATE_KEY}"
KEY_NEEDED = (
    "No key exists, so requests get status 401, except for health and the sign-in. Set "
    f"CREDIT_SCORING_API_KEY, or create a key in the service's database: {CREATE_KEY}. "
    "CREDIT_SCORING_KEYS=off opens the service to anyone who reaches it."
)
log = logging.getLogger(__name__)


def detect_lost_clients(listener: socket.socket) -> None:
    """Let the kernel end connections whose client has vanished or does not read.

    Accepted sockets inherit these options of their listener. Each is set where it exists.
    """
    if listener.family == socket.AF_UNIX:
        return
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in TCP_OPTIONS.items():
        if hasattr(socket, name):
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def require_key(app: Flask, listeners: Iterable[socket.socket]) -> None:
    """Tell `app` the addresses of its server; log a warning if no key exists yet.

    Benchmarks serve other apps with the same configuration; these have no keys.
    """
    requirement: KeyRequirement | None = app.extensions.get(KEY_REQUIREMENT)
    if requirement is None:
        return
    requirement.hosts = tuple(map(_host, listeners))
    if not app.extensions[KEY_CACHE].authentication_required():
        log.warning(KEY_NEEDED if requirement.applies(server_name="") else KEYS_OFF)


def _host(listener: socket.socket) -> str:
    """The bound address; the path of a Unix socket."""
    name = listener.getsockname()
    return str(name[0] if isinstance(name, tuple) else name)
