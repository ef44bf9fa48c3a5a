"""The evaluation study: the metrics of one bundle, or of two on the same applicants."""
