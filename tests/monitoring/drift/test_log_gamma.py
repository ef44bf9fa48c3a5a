"""The vectorised log-gamma function against the standard library's."""

import math

import numpy as np

from credit_scoring.monitoring.drift.log_gamma import log_gamma


def test_log_gamma_is_the_standard_librarys():
    values = np.concatenate([np.logspace(-6, 8, 400), np.arange(1.0, 60.0)])
    expected = [math.lgamma(value) for value in values]
    np.testing.assert_allclose(log_gamma(values), expected, rtol=1e-12, atol=2e-9)
