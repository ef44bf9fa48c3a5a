"""The logarithm of the gamma function for arrays, without SciPy."""

import numpy as np

from credit_scoring.estimator.type_aliases import Floats

SHIFT = 7  # Stirling's series has an error below 1e-9 from here on
HALF_LOG_TWO_PI = 0.9189385332046727


def log_gamma(values: Floats) -> Floats:
    """Return log Γ(x) for x > 0, with an error of about 1e-9 or 1e-13 of it.

    Γ(x) = Γ(x + 7) / (x (x + 1) … (x + 6)), and Stirling's series for x + 7 (Abramowitz and
    Stegun 1964, 6.1.41).
    """
    outer = values * (values + 6)  # (x + 1)(x + 5) is 5 more, (x + 2)(x + 4) is 8 more
    product = outer * (outer + 5) * (outer + 8) * (values + 3)
    shifted = values + SHIFT
    inverse = 1 / shifted
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square / 1260))
    return (shifted - 0.5) * np.log(shifted) - shifted - np.log(product) + series + HALF_LOG_TWO_PI
