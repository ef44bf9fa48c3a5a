"""The page of a model in production: what its template shows, from the monitoring summary."""
