"""The summary of a model in production as a self-contained HTML page."""
