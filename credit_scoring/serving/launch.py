"""`python app.py`: the production server on a developer's machine.

Runs gunicorn with gunicorn.conf.py instead of Flask's development server, so that limits, slow
clients and forked workers behave as they do in production.
"""

import os
import socket
import sys
from importlib import import_module
from pathlib import Path

from credit_scoring.errors import SettingError
from credit_scoring.serving.listen_address import available_host
from credit_scoring.settings import Settings

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "gunicorn.conf.py"
# glibc reads this when a process starts. One heap for all threads: with a heap per thread, each
# keeps the memory of its largest request.
ONE_HEAP = {"MALLOC_ARENA_MAX": "1"}


def serve(settings: Settings) -> None:
    """Replace this process by gunicorn on `settings.host` and `settings.port`.

    SettingError if the address cannot be listened on.
    """
    import_module("gunicorn")  # ModuleNotFoundError before another process prints its own message
    require_free(available_host(settings.host), settings.port)
    options = ["--config", str(CONFIG), "--log-level", "warning", "app:app"]
    command = [sys.executable, "-m", "gunicorn", *options]
    environment = os.environ | ONE_HEAP | {"PYTHONPATH": _python_path()}
    os.execve(sys.executable, command, environment)  # noqa: S606 - no shell is meant


def _python_path() -> str:
    """The project first, so that gunicorn finds it from any folder."""
    return os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))


def require_free(host: str, port: int) -> None:
    """SettingError if `host` and `port` cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingError(
            f"HOST {host}, PORT {port} cannot be listened on ({reason}): set another, "
            f"for example PORT={port % 65535 + 1} python app.py"
        ) from error
