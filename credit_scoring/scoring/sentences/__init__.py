"""Sentences: the fact about an applicant that a value of a feature states, in each language."""
