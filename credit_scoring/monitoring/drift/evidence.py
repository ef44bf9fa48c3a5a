"""Sequential evidence that a feature has changed: Bayes factors, mixed over the day of the change.

For the counts N of the applicants from day j to today, the Bayes factor of "changed" against
"unchanged" is

    B(j) = DM(N | c p) / DM(N | n p)

DM is the Dirichlet-multinomial likelihood, p the reference's shares, and c < n: both hypotheses are
centred on the reference, and "changed" lies further from it. The e-value of a feature is

    E = sum over the days j up to today of w(j) B(j) + the weights of the days to come

with w(j) = 1 / (j (j + 1)), which sums to 1 over all days of a model's life: E begins at 1, and
late changes are found, too. Starts may be left out, which only lowers E.

If applicants are independent and have the shares p, then B is a non-negative supermartingale. The
next applicant multiplies it by a factor whose mean is

    (m + n) / (m + c) sum over the bins of p (N + c p) / (N + n p) <= 1

for m applicants so far: (r + c) / (r + n) is concave in r = N / p, whose mean is m (Jensen). So is
E, and P(E >= 1 / q on any day) <= q (Ville 1939). If the shares differ from p as "unchanged"
allows, B is a martingale on average over such shares.

Sources: Good (1967), JRSS B 29:399, and Gunel and Dickey (1974), Biometrika 61:545, for the Bayes
factor; Shin, Ramdas and Rinaldo (2024), NEJSDS 2:229, for mixtures over change points; Ramdas,
Grünwald, Vovk and Shafer (2023), Statistical Science 38:576, for e-values.
"""

from dataclasses import dataclass

import numpy as np

from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.monitoring.drift.bin_counts import BinLayout, Ints
from credit_scoring.monitoring.drift.log_gamma import log_gamma
from credit_scoring.monitoring.log_sum_exp import log_sum_exp

# "Unchanged" allows the distance of a sample of 700 from its population. Together with CHANGE this
# makes a lasting PSI of about 0.1 an alarm, however many applicants there are.
TOLERANCE = 700.0
CHANGE = 30.0  # "changed" is the distance of a sample of 30, a PSI of about 0.3
BLOCK = 16  # windows: half a megabyte with a thousand bins
CHANGE_SHARE = 0.25  # of the "unchanged" concentration at most, if the reference is small


@dataclass(frozen=True)
class Hypotheses:
    """Concentrations of the Dirichlet distributions of a feature's shares, (bins,) each."""

    layout: BinLayout
    unchanged: Floats
    changed: Floats

    @classmethod
    def of(cls, layout: BinLayout, reference: Ints) -> "Hypotheses":
        """Return the hypotheses about the reference's shares.

        "Unchanged" has the concentration 1 / (1 / applicants + 1 / TOLERANCE): the error of the
        reference's shares and the tolerance add up. With deciles of the reference as bins, the
        error has exactly this distribution.
        """
        shares, applicants = _smoothed_shares(layout, reference)
        unchanged = 1 / (1 / applicants + 1 / TOLERANCE)
        changed = np.minimum(CHANGE, CHANGE_SHARE * unchanged)
        return cls(layout, shares * layout.spread(unchanged), shares * layout.spread(changed))

    def log_bayes_factors(self, windows: Ints) -> Floats:
        """Return log B (windows, features) of counts (windows, bins).

        A few windows at a time, because their arrays fit in the processor's cache.
        """
        origin = self._log_likelihood_ratio(np.zeros((1, self.layout.total)))
        blocks = [windows[start : start + BLOCK] for start in range(0, len(windows), BLOCK)]
        factors: Floats = np.concatenate([*map(self._log_likelihood_ratio, blocks)]) - origin
        return factors

    def _log_likelihood_ratio(self, windows: Ints | Floats) -> Floats:
        """Return log B up to a constant, (windows, features), of counts (windows, bins)."""
        cells = log_gamma(windows + self.changed) - log_gamma(windows + self.unchanged)
        size = self.layout.sums(windows)
        totals = [self.layout.sums(prior) + size for prior in (self.changed, self.unchanged)]
        ratio: Floats = self.layout.sums(cells) - log_gamma(totals[0]) + log_gamma(totals[1])
        return ratio


def mixed_log_evidence(log_bayes_factors: Floats, start_days: Ints, today: int) -> Floats:
    """Return log E (features,) of log B (starts, features).

    `start_days` (starts,) and `today` count from 1, the day of the model's first decision.
    """
    weights = -np.log(start_days * (start_days + 1.0))
    days_to_come = np.full((1, log_bayes_factors.shape[1]), -np.log(today + 1.0))
    return log_sum_exp(np.concatenate([log_bayes_factors + weights[:, None], days_to_come]))


def _smoothed_shares(layout: BinLayout, reference: Ints) -> tuple[Floats, Floats]:
    """Return the shares (bins,) and the applicants (features,), with one added to each feature.

    The one is divided among the bins. Half an applicant per bin (Jeffreys) would give the rare
    levels of a category too much: with 58 levels and 200 applicants the simulated false alarms
    exceed their level (Perks 1947; Berger, Bernardo and Sun 2015, Bayesian Analysis 10:189).
    """
    applicants = layout.sums(reference) + 1
    smoothed = reference + layout.spread(1 / layout.sizes)
    return smoothed / layout.spread(applicants), applicants
