"""How gunicorn serves the app; found by itself when gunicorn starts in this folder."""

import os

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

# Threads, not one request at a time: a client that sends its body slowly holds a thread, not the worker.
# (Under full load one-at-a-time workers have the shorter tail, but a handful of slow clients stops them.)
worker_class = "gthread"
threads = 16

timeout = 30  # seconds without a sign of life of a worker until it is replaced
graceful_timeout = 20  # seconds for requests under way after SIGTERM; Heroku kills after 30
keepalive = 5
control_socket_disable = True  # a socket in the home folder that nothing here uses


def when_ready(server: Arbiter) -> None:
    """Say where to look and how to stop."""
    print(f"Credit scoring is at {', '.join(map(str, server.LISTENERS))} (Ctrl-C stops it)", flush=True)  # noqa: T201
