"""A probe of the decision log: whether a decision could be stored now."""

from copy import copy
from math import inf
from threading import Lock
from time import monotonic
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite

from credit_scoring.database import time_limit
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.migrate import require_current
from credit_scoring.database.plain_insert import insert_rows
from credit_scoring.database.sqlite_writer import Writer
from credit_scoring.database.table_definitions import decisions, write_probe
from credit_scoring.decisions.uuid7 import new_id, time_of_id
from credit_scoring.errors import StorageError

PERIOD = 1.0  # seconds; checks in this time share one probe, so polling stays cheap
# As large as a decision of a hundred features: a full disk may have room for less.
PROBE: dict[str, Any] = {
    **dict.fromkeys(
        ("request_id", "key_id", "model_digest", "model_version", "decision", "risk_level"), ""
    ),
    **dict.fromkeys(("probability", "threshold", "score", "credit_score"), 0),
    "kind": "probe",
    "inputs": "0" * 1000,
}


class WriteProbe:
    """Probes the log with `writer`; for use by several threads and forked processes."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine = engine
        self._writer = writer
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        insert = dialect.insert(write_probe)
        self._overwrite = insert.on_conflict_do_update(
            index_elements=[write_probe.c.probe_id], set_={"made_at": insert.excluded.made_at}
        )
        self._lock = Lock()
        self._checked_at = -inf
        self._error: StorageError | None = None

    def check(self) -> None:
        """StorageError if a probe of the last `PERIOD` failed; without one, probe now."""
        with time_limit.operation(), self._lock:
            if monotonic() - self._checked_at >= PERIOD:
                self._error = self._probe()
                self._checked_at = monotonic()
        if self._error is not None:
            raise copy(self._error)

    def _probe(self) -> StorageError | None:
        """Insert a decision, roll it back and commit the time of the probe; return the error."""
        probe_id = new_id()
        made_at = time_of_id(probe_id)
        try:
            require_current(self._engine)
            with translate_database_errors(), self._writer.begin() as connection:
                with connection.begin_nested() as savepoint:
                    insert_rows(
                        connection,
                        decisions,
                        [{"decision_id": probe_id, "made_at": made_at, **PROBE}],
                    )
                    savepoint.rollback()
                connection.execute(self._overwrite, {"probe_id": 1, "made_at": made_at})
        except StorageError as error:
            return error
        return None
