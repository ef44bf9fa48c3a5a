"""A made-up set of tables shaped like Home Credit Default Risk, with a known probability of default."""

from credit_scoring.sample.generate import make_sample

__all__ = ["make_sample"]
