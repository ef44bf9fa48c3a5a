"""The marginal likelihood of outcomes under a normal distribution of calibration lines.

log of the integral of L(height, slope) * N(height, slope) over both, for counts per score bin, by
adaptive Gauss-Hermite quadrature: the nodes are centred at the mode and scaled by the curvature,
so few of them suffice for any number of outcomes.

Source: Liu and Pierce (1994), A note on Gauss-Hermite quadrature.
"""

import numpy as np
from numpy.polynomial.hermite import hermgauss

from credit_scoring.estimator.calibration import sigmoid
from credit_scoring.estimator.type_aliases import Floats
from credit_scoring.monitoring.log_sum_exp import log_sum_exp
from credit_scoring.monitoring.performance.calibration_prior import CalibrationPrior

NODES_PER_AXIS = 5
MAX_STEPS = 60
TOLERANCE = 1e-8


def _nodes() -> tuple[Floats, Floats]:
    """Nodes (q, 2) and weights (q,) of the mean of a function of two standard normal variables."""
    roots, weights = hermgauss(NODES_PER_AXIS)
    pairs = np.stack(np.meshgrid(roots, roots, indexing="ij"), axis=-1).reshape(-1, 2)
    return np.sqrt(2) * pairs, np.multiply.outer(weights, weights).ravel() / np.pi


NODES, NORMAL_WEIGHTS = _nodes()
# of the integral of a function: the mean of its ratio to the normal density
LOG_WEIGHTS = np.log(NORMAL_WEIGHTS) + 0.5 * (NODES**2).sum(axis=1) + np.log(2 * np.pi)


def log_evidence(default: Floats, repaid: Floats, score: Floats, prior: CalibrationPrior) -> Floats:
    """Return the log marginal likelihood (w,) of counts (w, bins) at the log-odds `score` (bins,).

    Binomial coefficients are left out: they cancel in ratios.
    """
    posterior = _Posterior(default, repaid, score, prior)
    mode, curvature = posterior.mode()
    scale = np.linalg.cholesky(np.linalg.inv(curvature))
    points = mode[:, None] + np.einsum("wij,qj->wqi", scale, NODES)
    log_values = posterior.log_density(points) + LOG_WEIGHTS
    return np.asarray(log_sum_exp(log_values.T) + np.log(np.linalg.det(scale)))


class _Posterior:
    """The unnormalised posterior of lines (height, slope), for each of w sets of counts."""

    def __init__(
        self, default: Floats, repaid: Floats, score: Floats, prior: CalibrationPrior
    ) -> None:
        seen = (default + repaid).any(axis=0)
        self.default = default[:, seen]
        self.total = self.default + repaid[:, seen]
        self.basis = np.stack([np.ones(seen.sum()), score[seen] - prior.centre])
        self.products = np.einsum("ib,jb->bij", self.basis, self.basis).reshape(-1, 4)
        self.mean = np.array(prior.mean)
        self.precision = 1 / np.array(prior.variance)

    def log_density(self, lines: Floats) -> Floats:
        """Return the log density (w, q) at lines (w, q, 2)."""
        log_odds = lines @ self.basis
        log_likelihood = (
            log_odds @ self.default[..., None] - np.logaddexp(0.0, log_odds) @ self.total[..., None]
        )[..., 0]
        squares = self.precision * (lines - self.mean) ** 2
        log_prior = 0.5 * (np.log(self.precision / (2 * np.pi)) - squares).sum(axis=-1)
        return np.asarray(log_likelihood + log_prior)

    def mode(self) -> tuple[Floats, Floats]:
        """Return the mode (w, 2) by Newton's method, and minus the Hessian there (w, 2, 2)."""
        lines = np.tile(self.mean, (len(self.default), 1))
        for _ in range(MAX_STEPS):
            gradient, curvature = self._derivatives(lines)
            step = np.linalg.solve(curvature, gradient[..., None])[..., 0]
            lines = lines + np.clip(step, -1, 1)
            if np.abs(step).max() < TOLERANCE:
                break
        return lines, self._derivatives(lines)[1]

    def _derivatives(self, lines: Floats) -> tuple[Floats, Floats]:
        probability = sigmoid(lines @ self.basis)
        residual = self.default - self.total * probability
        gradient = residual @ self.basis.T - self.precision * (lines - self.mean)
        information = self.total * probability * (1 - probability)
        curvature = (information @ self.products).reshape(-1, 2, 2)
        return gradient, curvature + np.diag(self.precision)
