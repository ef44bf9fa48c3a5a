"""A table of applicants, a table of numbers and a fitted model, shared by the estimator's tests."""

import numpy as np
import pytest

from tests.estimator.small_model import ROWS, applicants, as_polars, small_model


@pytest.fixture(scope="session")
def data():
    return applicants()


@pytest.fixture(scope="session")
def X(data):
    return as_polars(data[0])


@pytest.fixture(scope="session")
def y(data):
    return data[1]


@pytest.fixture(scope="session")
def model(X, y):
    return small_model().fit(X, y)


@pytest.fixture(scope="session")
def numbers():
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(ROWS, 4))
    return matrix, (rng.random(ROWS) < 1 / (1 + np.exp(2 - matrix[:, 0]))).astype(int)
