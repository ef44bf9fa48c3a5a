"""How gunicorn serves the app; found by itself when gunicorn starts in this folder."""

import os
import sys

from gunicorn.arbiter import Arbiter

from credit_scoring.errors import message_on_exit
from credit_scoring.settings import load_settings

with message_on_exit():
    _settings = load_settings(os.environ)

_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host
bind = f"{_host}:{_settings.port}"
workers = _settings.web_concurrency
loglevel = _settings.log_level.lower()

# The model is loaded once, before the workers are forked: they share its memory, and a damaged one stops the
# start instead of killing workers for ever.
preload_app = True

# Where training is installed too, LightGBM imports these for uses that serving has not: 1.3 s and 70 MB a worker.
sys.modules |= {"pandas": None, "sklearn": None}  # type: ignore[dict-item]

# Threads and kept-alive connections: measured with 16 clients, 3,900 predictions a second instead of 1,800 by
# sync workers, at the same p99; and 64 clients that send their bodies slowly do not keep /health from answering.
worker_class = "gthread"
threads = 16

timeout = 30  # seconds without a sign of life until a worker is replaced
graceful_timeout = 20  # seconds for requests under way after SIGTERM; Heroku kills after 30
keepalive = 5  # seconds
control_socket_disable = True  # a socket in the home folder that nothing here uses


def when_ready(server: Arbiter) -> None:
    """Say where to look and how to stop."""
    print(f"Credit scoring is at {', '.join(map(str, server.LISTENERS))} (Ctrl-C stops it)", flush=True)  # noqa: T201
