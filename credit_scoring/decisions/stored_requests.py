"""The requests of the log with their decisions and outcomes, read page by page."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, RowMapping, Select, select

from credit_scoring.database.read_transaction import checked, read_transaction
from credit_scoring.database.table_definitions import decisions, input_names
from credit_scoring.decisions.decision_queries import Filters, last_outcome, pages

PAGE = 2000  # decisions: a few megabytes
COLUMNS = (
    "decision_id", "applicant_id", "model_digest", "model_version", "probability", "threshold",
    "score", "inputs", "names_id", "reasons",
)  # fmt: skip
QUERY = select(*(decisions.c[name] for name in COLUMNS), last_outcome().label("outcome"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRequest:
    """A decision of the log with what it was based on.

    `inputs` is None after an erasure; `names` are those of its values if it is an array. `outcome`
    is the last one of the loan: 0 repaid, 1 default.
    """

    decision_id: str
    applicant_id: str | None
    model_digest: str
    model_version: str
    probability: float
    threshold: float
    score: int
    inputs: str | None
    names: Sequence[str] | None
    reasons: str | None
    outcome: int | None


def stored_request_pages(
    engine: Engine, filters: Filters | None = None, page_size: int = PAGE
) -> Iterator[Sequence[StoredRequest]]:
    """Yield all requests, oldest first, `page_size` in memory; StorageError as of the log."""
    query = (filters or Filters()).apply(QUERY).order_by(decisions.c.decision_id).limit(page_size)
    reader = _Reader(engine, query)
    return pages(reader.fetch)


class _Reader:
    """Reads pages; every set of names is read once."""

    def __init__(self, engine: Engine, query: Select[tuple[object, ...]]) -> None:
        self._engine = engine
        self._query = query
        self._names: dict[str, Sequence[str]] = {}

    def fetch(self, last_id: str) -> list[StoredRequest]:
        """The requests after `last_id`."""
        query = self._query.where(decisions.c.decision_id > last_id)
        with read_transaction(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
            return [self._request(checked(row, decisions), connection) for row in rows]  # type: ignore[arg-type]

    def _request(self, row: RowMapping, connection: Connection) -> StoredRequest:
        values = dict(row)
        names_id = values.pop("names_id")
        names = None if names_id is None else self._names_of(names_id, connection)
        return StoredRequest(**values, names=names)

    def _names_of(self, names_id: str, connection: Connection) -> Sequence[str]:
        if names_id not in self._names:
            query = select(input_names.c.names).where(input_names.c.names_id == names_id)
            self._names[names_id] = tuple(json.loads(connection.execute(query).scalar_one()))
        return self._names[names_id]
