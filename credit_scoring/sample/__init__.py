"""Generates sample tables shaped like Home Credit Default Risk, with a known default risk."""

from credit_scoring.sample.generate import generate_sample

__all__ = ["generate_sample"]
