"""Decisions that two models scored, summarised page by page in bounded memory."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from credit_scoring.decisions.shadow_scores import ScoredPair
from credit_scoring.training.metrics import Floats

MAX_LABELLED = 100_000  # decisions with an outcome in memory; of more, a random sample
DIFFERENCE_EDGES = np.linspace(-1, 1, 2001)  # of the histogram of differences of probabilities
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass
class ScoredDecisions:
    """What a report needs of any number of decisions.

    `decided`: by the champion's score, the challenger's (1 is a refusal) and the last outcome of
    the loan, None if unknown. `difference_counts`: a histogram of the challenger's probability
    minus the champion's. `labelled`: rows of both probabilities, both scores and the outcome.
    """

    seed: int = 0
    decided: Counter[tuple[int, int, int | None]] = field(default_factory=Counter)
    difference_counts: Floats = field(default_factory=lambda: np.zeros(len(DIFFERENCE_EDGES) - 1))
    difference_sum: float = 0.0
    labelled: list[tuple[float, float, int, int, int]] = field(default_factory=list)
    with_outcome: int = 0

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)

    @property
    def total(self) -> int:
        """The number of decisions."""
        return self.decided.total()

    def add(self, page: Sequence[ScoredPair]) -> None:
        """Add decisions."""
        differences = np.array([pair.other_probability - pair.probability for pair in page])
        self.difference_counts += np.histogram(differences, DIFFERENCE_EDGES)[0]
        self.difference_sum += float(differences.sum())
        for pair in page:
            self.decided[pair.score, pair.other_score, pair.outcome] += 1
            if pair.outcome is not None:
                self._add_labelled(pair, pair.outcome)

    def _add_labelled(self, pair: ScoredPair, outcome: int) -> None:
        """Keep the row, or let it replace a random one (reservoir sampling; Vitter 1985)."""
        row = (
            pair.probability, pair.other_probability, pair.score, pair.other_score, outcome
        )  # fmt: skip
        self.with_outcome += 1
        if len(self.labelled) < MAX_LABELLED:
            self.labelled.append(row)
            return
        position = int(self._random.integers(self.with_outcome))
        if position < MAX_LABELLED:
            self.labelled[position] = row

    def difference_summary(self) -> dict[str, float]:
        """The mean difference of the probabilities and its quantiles, to a thousandth."""
        shares = np.cumsum(self.difference_counts) / self.total
        positions = np.searchsorted(shares, QUANTILES)
        middles = (DIFFERENCE_EDGES[:-1] + DIFFERENCE_EDGES[1:]) / 2
        values = np.round(middles[positions], 4).tolist()
        quantiles = {f"p{round(100 * q)}": v for q, v in zip(QUANTILES, values, strict=True)}
        return {"mean": self.difference_sum / self.total, **quantiles}


def summarise(pages: Iterable[Sequence[ScoredPair]], seed: int = 0) -> ScoredDecisions:
    """Summarise all pages."""
    decisions = ScoredDecisions(seed)
    for page in pages:
        decisions.add(page)
    return decisions
