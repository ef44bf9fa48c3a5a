"""`python app.py`: the production server on one's own machine.

gunicorn with gunicorn.conf.py, not Flask's development server: what is tried here (limits, chunked bodies, slow
clients, forked workers) is what runs when deployed.
"""

import socket
import sys
from pathlib import Path

from gunicorn.app.wsgiapp import WSGIApplication

from credit_scoring.errors import SettingError
from credit_scoring.settings import Settings

CONFIG = Path(__file__).parents[2] / "gunicorn.conf.py"


def serve(settings: Settings) -> None:
    """Serve on `settings.host` and `settings.port` until stopped; SettingError where they cannot be had."""
    require_free(settings.host, settings.port)
    sys.argv = ["app.py", "--config", str(CONFIG), "--log-level", "warning", "app:app"]
    WSGIApplication("%(prog)s", prog="app.py").run()


def require_free(host: str, port: int) -> None:
    """SettingError where `host` and `port` cannot be listened on."""
    try:
        with socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        ):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingError(
            f"HOST {host}, PORT {port} cannot be listened on ({reason}): set another, "
            f"for example PORT={port % 65535 + 1} python app.py"
        ) from error
