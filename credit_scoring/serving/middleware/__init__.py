"""Code that runs around every request: authentication, rate limit, headers, logging, metrics, errors."""
