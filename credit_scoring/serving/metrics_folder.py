"""The folder in which the workers share their Prometheus metrics."""

import tempfile
from functools import cache


@cache
def metrics_folder() -> str:
    """A new folder, the same for the whole life of gunicorn's master, also after a reload."""
    return tempfile.mkdtemp(prefix="credit-scoring-metrics-")
