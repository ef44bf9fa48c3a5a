"""API keys: their scopes, the store in the database, and the cache in each web process."""
