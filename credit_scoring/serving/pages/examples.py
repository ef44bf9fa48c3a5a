"""Examples of the page that decides: golden rows accepted, refused or close to the threshold."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from credit_scoring.bundle.manifest import CLOSE_ROW, GoldenRow, Manifest
from credit_scoring.scoring.decision import decide

ExampleKind = Literal["accepted", "close", "refused"]


@dataclass(frozen=True)
class Example:
    """An invented applicant; `kind` is a key of the texts' [examples]."""

    kind: ExampleKind
    probability: float
    features: dict[str, Any]


def examples(manifest: Manifest) -> list[Example]:
    """An accepted applicant, one close to the threshold and a refused one, if the bundle has them.

    The accepted and the refused one are the first golden rows with that decision.
    """
    rows: dict[ExampleKind, GoldenRow] = {}
    for kind, row in _by_kind(manifest):
        rows.setdefault(kind, row)
    order: tuple[ExampleKind, ...] = ("accepted", "close", "refused")
    return [
        Example(kind, rows[kind]["probability"], dict(rows[kind]["features"]))
        for kind in order
        if kind in rows
    ]


def _by_kind(manifest: Manifest) -> Iterator[tuple[ExampleKind, GoldenRow]]:
    for row in manifest.golden_rows:
        if row["name"] == CLOSE_ROW:
            yield "close", row
            continue
        decision = decide(row["probability"], manifest.threshold["value"], manifest.version)
        yield ("refused" if decision.score else "accepted"), row
