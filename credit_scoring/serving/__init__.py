"""HTTP and nothing else: from a request's bytes to validated inputs, and from a decision to an answer."""
