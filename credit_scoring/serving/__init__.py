"""The HTTP service: from the bytes of a request to validated features, from a decision to JSON."""
