"""Code around every request: authentication, rate limit, headers, logging, metrics, errors."""
