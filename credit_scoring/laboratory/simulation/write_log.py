"""Writes simulated traffic to a decision log. A repeated run only writes what is missing."""

from collections import Counter
from collections.abc import Collection, Iterable

from sqlalchemy import Engine, Table, select

from credit_scoring.database.read_transaction import read_transaction
from credit_scoring.database.table_definitions import decisions, outcomes
from credit_scoring.decisions.decision_log import DecisionLog
from credit_scoring.laboratory.simulation.traffic import DayTraffic
from credit_scoring.progress import ReportProgress

MAX_TOGETHER = 500  # decisions of one transaction: a service may be writing to the same log


def write_traffic(
    engine: Engine, days: Iterable[DayTraffic], total: int, report: ReportProgress
) -> Counter[str]:
    """Write the days' decisions and outcomes, `total` decisions; StorageError as of the log.

    Returns the numbers of "decisions", "refused", "outcomes", "defaults" and "due" outcomes of the
    simulation, and how many decisions were "present" before. The same plan has the same ids.
    """
    log = DecisionLog(engine)
    counts: Counter[str] = Counter()
    for day in days:
        counts.update(_facts(day), present=_write_day(engine, log, day))
        report(counts["decisions"], total)
    return counts


def _write_day(engine: Engine, log: DecisionLog, day: DayTraffic) -> int:
    """Add what is missing of a day; return how many of its decisions were present."""
    present = _stored_ids(engine, decisions, {entry.decision_id for entry in day.entries})
    new = [entry for entry in day.entries if entry.decision_id not in present]
    for start in range(0, len(new), MAX_TOGETHER):
        log.append(new[start : start + MAX_TOGETHER])
    known = _stored_ids(engine, outcomes, {item.outcome_id for item in day.outcomes.values()})
    log.append_outcomes(
        {key: item for key, item in day.outcomes.items() if item.outcome_id not in known}
    )
    return len(present)


def _stored_ids(engine: Engine, table: Table, ids: Collection[str]) -> set[str]:
    """Which of the `ids`, which are close in time, are in the table."""
    if not ids:
        return set()
    (column,) = table.primary_key.columns
    with read_transaction(engine) as connection:
        rows = connection.execute(select(column).where(column.between(min(ids), max(ids))))
        return set(ids).intersection(rows.scalars())


def _facts(day: DayTraffic) -> dict[str, int]:
    return {
        "decisions": len(day.entries),
        "refused": sum(entry.decision.score for entry in day.entries),
        "outcomes": len(day.outcomes),
        "defaults": sum(item.outcome for item in day.outcomes.values()),
        "due": day.due,
    }
