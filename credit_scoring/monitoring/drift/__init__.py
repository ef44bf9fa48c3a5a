"""Drift: tests whether the population of applicants has changed since training."""
