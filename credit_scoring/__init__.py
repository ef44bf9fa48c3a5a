"""Credit scoring: from raw lending tables to a served decision."""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from credit_scoring.cost_scorer import business_cost_scorer

__all__ = ["business_cost_scorer"]
import sys

# An older Python must be able to parse this file and model.py, to get this far.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "Python 3.11 or newer is required; this is Python %d.%d.\n"  # noqa: UP031
        "Run: source .venv/bin/activate (make run creates .venv)" % sys.version_info[:2]
    )

# Polars' allocator reads this at import: it returns freed memory to the system after 0.25 seconds
# instead of 10, and uses large pages. Building all features of 300,000 applicants takes less time
# and a tenth less memory.
os.environ.setdefault(
    "_RJEM_MALLOC_CONF",
    "dirty_decay_ms:250,muzzy_decay_ms:0,narenas:%s,thp:always" % os.cpu_count(),  # noqa: UP031
)


def __getattr__(name: str) -> Any:
    """Import a public function when it is first used: the web process has no scikit-learn."""
    if name == "business_cost_scorer":
        from credit_scoring.cost_scorer import business_cost_scorer  # noqa: PLC0415

        return business_cost_scorer
    raise AttributeError("module %r has no attribute %r" % (__name__, name))  # noqa: UP031
