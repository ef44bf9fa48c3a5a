"""Rounds variances, so that the same data gives the same features on every run and engine."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
OFF_GRID = 0.7390851332151607  # any number without a short binary form


def round_to_16_bits(values: Numbers) -> Numbers:
    """`values` rounded to 16 bits (Veltkamp's splitting), within 2⁻¹⁶ of them.

    The last bits of a variance depend on the order in which threads read the rows; without them
    the same data gives the same features, and so the same model. The scale keeps whole numbers
    away from the ties of the rounding. Sums of 32-bit values are exact without it.
    """
    scaled = values * OFF_GRID
    split = scaled * float(2**37 + 1)
    return (split - (split - scaled)) / OFF_GRID
