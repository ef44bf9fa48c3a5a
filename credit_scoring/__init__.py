"""Credit scoring: from raw lending tables to a served decision."""

import os

# Polars reads this when it is imported: memory that it frees goes back to the system after a quarter of a second, not
# ten, and large pages take it. All features of 300,000 applicants peak a tenth lower and are sooner there.
os.environ.setdefault(
    "_RJEM_MALLOC_CONF", f"dirty_decay_ms:250,muzzy_decay_ms:0,narenas:{os.cpu_count()},thp:always"
)
