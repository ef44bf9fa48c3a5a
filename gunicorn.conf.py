"""How gunicorn serves the app; found by itself when gunicorn starts in this folder."""

import ctypes
import gc
import logging
import os
import shutil
import signal
import sys

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from credit_scoring.errors import message_on_exit
from credit_scoring.settings import load_settings

with message_on_exit():
    _settings = load_settings(os.environ)

# One heap for all threads. glibc gives each one of its own that keeps the room of its largest request: measured over
# 40,000 requests with batches, 147 MB that stay as they are instead of 196 MB that grow.
M_ARENA_MAX = -8  # of glibc's mallopt; other C libraries have none
if hasattr(ctypes.CDLL(None), "mallopt"):
    ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)

# Where training is installed too, libraries import these for uses that serving has not: 1.3 s and 70 MB a worker.
sys.modules |= {"pandas": None, "sklearn": None, "rich": None}  # type: ignore[dict-item]

from credit_scoring.serving import turns
from credit_scoring.serving.middleware import structured_logging
from credit_scoring.serving.middleware.authentication import KEYS
from credit_scoring.serving.worker import ServerLog, metrics_folder

structured_logging.configure(_settings)
logger_class = ServerLog
os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_folder()  # before prometheus_client is imported

_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host
bind = f"{_host}:{_settings.port}"
workers = _settings.web_concurrency
loglevel = _settings.log_level.lower()

# The model is loaded once, before the workers are forked: they share its memory, and a damaged one stops the
# start instead of killing workers for ever.
preload_app = True

# Threads and kept-alive connections: measured with 16 clients, 3,900 predictions a second instead of 1,800 by
# sync workers, at the same p99. Ours hands a request to a thread when it is there as a whole.
worker_class = "credit_scoring.serving.worker.Worker"
threads = 16

# The most of a request's head that is read; more is answered 414 or 431.
limit_request_line = 4094  # bytes
limit_request_fields = 64
limit_request_field_size = 8190  # bytes
forwarded_allow_ips = (
    ""  # whom to believe about a client's address says CREDIT_SCORING_TRUSTED_PROXIES alone
)

timeout = 30  # seconds without a sign of life until a worker is replaced
graceful_timeout = 20  # seconds for requests under way after SIGTERM; Heroku kills after 30
keepalive = 5  # seconds
control_socket_disable = True  # a socket in the home folder that nothing here uses

PR_SET_PDEATHSIG = 1  # of Linux: the signal a process gets when its parent dies


def pre_fork(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001 - gunicorn counts them
    """Keep the workers' garbage collectors off what the master made: looking through it would copy its memory."""
    gc.freeze()


def post_fork(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001 - gunicorn counts them
    """Let a worker stop soon when the master was killed: it holds the port that a restart needs."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def when_ready(server: Arbiter) -> None:
    """Say where to look and how to stop, and who may ask."""
    log = logging.getLogger("credit_scoring.serving")
    log.info("Credit scoring is at %s (Ctrl-C stops it)", ", ".join(map(str, server.LISTENERS)))
    if not server.app.wsgi().extensions[KEYS].on():
        log.warning(
            "Keys are off: whoever reaches this address may ask. They are on as soon as there is one: "
            "python model.py keys create --name me --scope admin"
        )


def child_exit(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001 - gunicorn counts them
    """Take a worker that has gone out of the numbers of those that live, and of those that take connections."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)
    turns.leave(worker.age)


def on_exit(server: Arbiter) -> None:  # noqa: ARG001 - gunicorn counts them
    """Remove the numbers' folder."""
    shutil.rmtree(metrics_folder(), ignore_errors=True)
