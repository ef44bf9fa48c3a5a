"""Simulated traffic: a log of weeks of decisions, with and without drift."""
