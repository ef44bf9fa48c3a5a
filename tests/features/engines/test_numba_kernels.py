"""The compiled statistics equal NumPy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.features.engines import numba_kernels, segments

SEGMENT_LENGTHS = st.lists(st.integers(1, 20), min_size=1, max_size=6)
STATISTICS = st.lists(
    st.sampled_from(["min", "max", "mean", "sum", "var"]), min_size=1, unique=True
)
INTEGERS = st.integers(-(2**15), 2**15 - 1).map(float)
FLOATS = st.one_of(st.just(np.nan), st.floats(-1e6, 1e6, width=32))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
@given(data=st.data())
def test_compiled_statistics_equal_numpy_s(dtype, data):
    lengths = np.array(data.draw(SEGMENT_LENGTHS))
    size = int(lengths.sum())
    numbers = INTEGERS if dtype is np.int16 else FLOATS
    values = np.array(data.draw(st.lists(numbers, min_size=size, max_size=size))).astype(dtype)
    values.flags.writeable = False  # as Polars returns them
    names = data.draw(STATISTICS)
    of_rows = segments.Segments(lengths, 1 + 2 * np.arange(len(lengths)))
    by_numpy = np.full((len(names), 2 * len(lengths) + 1), -1, dtype=np.float32)
    by_numba = by_numpy.copy()
    segments.write_statistics(values, of_rows, names, by_numpy)
    numba_kernels.write_statistics(values, of_rows, names, by_numba)
    assert (by_numpy[:, ::2] == -1).all()  # other applicants' features are not written
    for name, expected, compiled in zip(names, by_numpy, by_numba, strict=True):
        rtol = 2**-15 if name == "var" else 2**-23  # one bit of the 32
        np.testing.assert_allclose(expected, compiled, rtol=rtol, atol=1e-6, err_msg=name)
