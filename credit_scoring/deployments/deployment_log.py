"""The log of deployments in the database. Its newest row names the model that every worker uses.

A deployment is a compare-and-swap: it follows a row that its maker has read, and it fails if
another deployment followed that row first.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, RowMapping, insert, select
from sqlalchemy.exc import IntegrityError

from credit_scoring.bundle.model_store import StoredName
from credit_scoring.database.errors import translate_database_errors
from credit_scoring.database.read_transaction import checked, read_transaction
from credit_scoring.database.table_definitions import deployments
from credit_scoring.errors import DeploymentConflictError

KINDS = ("start", "source", "version")
NEWEST_FIRST = select(deployments).order_by(deployments.c.number.desc())
PAGE = 100  # deployments


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployed bundle.

    `kind`: "start" for what the configured source gave when the service started, "source" for a
    bundle that was fetched, "version" for one that was in the store, such as a rollback.
    `digest` covers all files of the bundle. `source` and `revision` say where another machine can
    fetch it. `who` is the id of an API key, "command line" or "start".
    """

    kind: str
    version: str
    digest: str
    source: str
    revision: str
    who: str
    why: str
    number: int = 1
    replaced_version: str = ""
    made_at: datetime

    @property
    def stored_name(self) -> StoredName:
        """The name of the bundle in the model store."""
        return StoredName.of(self.version, self.digest)

    def as_dict(self) -> dict[str, Any]:
        """Return values for JSON, with the time in ISO 8601."""
        return {**asdict(self), "made_at": self.made_at.isoformat()}


class DeploymentLog:
    """The deployments in the database of `engine`, for several threads and forked processes.

    Every method raises StorageError if the database is not available.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def newest(self) -> Deployment | None:
        """Return the deployment in force; None before the first one."""
        return next(iter(self.history(limit=1)), None)

    def history(self, limit: int = PAGE) -> list[Deployment]:
        """Return the last `limit` deployments, newest first."""
        with read_transaction(self._engine) as connection:
            rows = connection.execute(NEWEST_FIRST.limit(limit)).mappings()
            return [_deployment(row) for row in rows]

    def find(self, condition: Callable[[Deployment], bool]) -> Deployment | None:
        """Return the newest deployment that satisfies `condition`; None if there is none."""
        with read_transaction(self._engine) as connection:
            rows = connection.execute(NEWEST_FIRST).mappings()
            matching = (d for d in map(_deployment, rows) if condition(d))
            return next(matching, None)

    def append(self, replaced: Deployment | None, **values: Any) -> Deployment:
        """Append the deployment of `values` that replaces `replaced`, the newest one.

        DeploymentConflictError if it is not the newest one any more.
        """
        follows = {} if replaced is None else _following(replaced)
        deployment = Deployment(made_at=datetime.now(UTC), **follows, **values)
        try:
            with translate_database_errors(), self._engine.begin() as connection:
                connection.execute(insert(deployments), asdict(deployment))
        except IntegrityError:
            raise DeploymentConflictError(
                f"another deployment was made meanwhile: version {deployment.version} was not "
                "deployed; look at the model in use and repeat the deployment if it is still wanted"
            ) from None
        return deployment


def _following(replaced: Deployment) -> dict[str, Any]:
    return {"number": replaced.number + 1, "replaced_version": replaced.version}


def _deployment(row: RowMapping) -> Deployment:
    checked(row, deployments)
    return Deployment(**{field.name: row[field.name] for field in fields(Deployment)})
