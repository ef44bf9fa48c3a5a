"""Drift between two tables or two folders of tables, without a model or a decision log."""
