"""gunicorn's settings. gunicorn reads this file when it starts in this folder."""

import gc
import logging
import os
import shutil
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.http.message import Request
from gunicorn.http.wsgi import Response
from gunicorn.workers.base import Worker

from credit_scoring.errors import message_on_exit
from credit_scoring.serving.gunicorn_logger import GunicornLogger
from credit_scoring.serving.listen_address import listen_address
from credit_scoring.serving.metrics_folder import metrics_folder
from credit_scoring.serving.middleware import connection, structured_logging
from credit_scoring.settings import load_settings
from credit_scoring.settings.platforms import hosting_platform

with message_on_exit():
    _settings = load_settings(os.environ)

structured_logging.configure(_settings)
logger_class = GunicornLogger
loglevel = _settings.log_level.lower()
os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_folder()  # before prometheus_client is imported

bind = listen_address(_settings.host, _settings.port)
workers = _settings.web_concurrency

# The model is loaded once, before the fork: the workers share its memory, and a damaged model stops
# the start instead of killing workers again and again.
preload_app = True

# A client that sends slowly holds a thread until its request is complete: a worker still answers if
# it accepts all of 100 such clients. Threads start when they are needed.
worker_class = "gthread"
threads = 128

# The default is longer than a proxy keeps an idle connection (nginx 60 s, Heroku's router 90 s),
# so that it never sends a request on a connection that is being closed here. Other clients come
# and go.
_is_behind_proxy = bool(_settings.trusted_proxies) or hosting_platform(os.environ) is not None
keepalive = _settings.keepalive_seconds or (100 if _is_behind_proxy else 5)  # seconds
timeout = 30  # seconds without a sign of life until the master replaces a worker
graceful_timeout = 20  # seconds for requests in progress after SIGTERM; Heroku kills after 30

# A longer request line is answered 414, larger headers 431.
limit_request_line = 4094  # bytes
limit_request_fields = 64
limit_request_field_size = 8190  # bytes

# Flask reads X-Forwarded-* itself, as CREDIT_SCORING_TRUSTED_PROXIES says.
forwarded_allow_ips = ""
control_socket_disable = True  # gunicorn's control socket, a file in the home folder, is not used


def pre_fork(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001 - gunicorn's signature
    """Freeze the master's objects: garbage collection in a worker does not copy shared pages."""
    gc.freeze()


def post_worker_init(worker: Worker) -> None:
    """Serve the deployed model, which may be newer than the master's, and start the threads."""
    from credit_scoring.serving.worker_threads import start_in_worker

    start_in_worker(worker.app.wsgi())


def worker_exit(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001 - gunicorn's signature
    """Finish the worker's own threads, after its last request."""
    from credit_scoring.serving.worker_threads import stop_in_worker

    stop_in_worker(worker.app.wsgi())


def when_ready(server: Arbiter) -> None:
    """Apply what depends on the listeners; log the address of the service and how to stop it."""
    from prometheus_client.multiprocess import mark_process_dead

    from credit_scoring.serving import listeners

    mark_process_dead(server.pid)  # type: ignore[no-untyped-call] # the master answers no request
    for listener in server.LISTENERS:
        listeners.detect_lost_clients(listener)
    listeners.require_key(server.app.wsgi(), server.LISTENERS)
    logging.getLogger("credit_scoring.serving").info(
        "Credit scoring is at http://%s (Ctrl-C stops it)", bind
    )


def post_request(
    worker: Worker,  # noqa: ARG001 - gunicorn's signature
    req: Request,  # noqa: ARG001
    environ: dict[str, Any],
    resp: Response | None,
) -> None:
    """Close the connection in the request's thread if it cannot be reused."""
    if resp is not None:
        connection.finish(environ, closing=resp.should_close())


def child_exit(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001 - gunicorn's signature
    """Remove the gauges of a worker that has ended."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Arbiter) -> None:  # noqa: ARG001 - gunicorn's signature
    """Remove the workers' metrics."""
    shutil.rmtree(metrics_folder(), ignore_errors=True)
