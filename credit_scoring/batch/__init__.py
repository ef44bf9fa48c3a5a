"""Whole files: features, scores and decisions of a file's applicants, block by block."""
