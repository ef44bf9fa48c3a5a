"""Connections to PostgreSQL."""

from typing import Any

from sqlalchemy import URL

from credit_scoring.database import time_limit


def options(url: URL, *, statement_timeout: bool) -> dict[str, Any]:
    """Return the options of `create_engine`; `statement_timeout` limits the statements."""
    milliseconds = time_limit.TIMEOUT * 1000
    limit = milliseconds if statement_timeout else 0
    url_options = url.query.get("options", "")
    return {
        "pool_size": 4,
        "max_overflow": 4,
        "pool_timeout": time_limit.TIMEOUT,
        "pool_pre_ping": True,  # a restarted server costs a new connection, not an error
        "connect_args": {
            "connect_timeout": time_limit.TIMEOUT,
            "tcp_user_timeout": milliseconds,
            "application_name": "credit-scoring",
            "options": f"-c statement_timeout={limit} -c timezone=UTC {url_options}",
        },
    }
