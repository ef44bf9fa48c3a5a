"""Batch scoring: features, scores and decisions of the applicants in files, block by block."""
