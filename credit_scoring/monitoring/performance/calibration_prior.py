"""What is known of a model's calibration at its release: a line with its uncertainty.

The line is fitted to the out-of-fold outcomes of the reference. Its uncertainty has two parts: the
sampling error of these outcomes, and a tolerance for what they do not show, that the final model is
not the models of the folds, that the relation is not exactly a line, and that it depends on the mix
of applicants. Tilting five features of the generated sample by half a standard deviation each moves
the log-odds at a given score by 0.03 (all applicants) to 0.04 (accepted), as a standard deviation
over 300 random choices of features.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit_scoring.bundle.reference import ScoreReference, bin_log_odds
from credit_scoring.monitoring.performance.calibration_from_counts import (
    CalibrationLine,
    fit_calibration_line,
)

HEIGHT_TOLERANCE = 0.04  # log-odds, a standard deviation
SLOPE_TOLERANCE = 0.03
# Of a model without a reference, or with one of very few defaults: the line is the identity.
UNKNOWN = CalibrationLine(
    centre=-2.5, height=-2.5, slope=1.0, height_variance=0.2**2, slope_variance=0.2**2
)


@dataclass(frozen=True)
class CalibrationPrior:
    """A normal distribution of (height, slope) of the calibration line, see `CalibrationLine`."""

    centre: float
    mean: tuple[float, float]
    variance: tuple[float, float]

    def widened(
        self, variance: tuple[float, float], shift: tuple[float, float] = (0.0, 0.0)
    ) -> "CalibrationPrior":
        """The distribution of the line after a change of this mean and variance."""
        mean = (self.mean[0] + shift[0], self.mean[1] + shift[1])
        return CalibrationPrior(
            self.centre, mean, (self.variance[0] + variance[0], self.variance[1] + variance[1])
        )


def calibration_prior(
    reference: ScoreReference | None, bins: NDArray[np.bool_] | slice = slice(None)
) -> CalibrationPrior:
    """Return what the reference says of the calibration in the score bins selected by `bins`."""
    line = None
    if reference is not None:
        default, repaid = (
            np.array(counts, float) for counts in (reference.default, reference.repaid)
        )
        score = bin_log_odds()
        line = fit_calibration_line(default[bins], repaid[bins], score[bins])
    line = line or UNKNOWN
    variance = (
        line.height_variance + HEIGHT_TOLERANCE**2,
        line.slope_variance + SLOPE_TOLERANCE**2,
    )
    return CalibrationPrior(line.centre, (line.height, line.slope), variance)
