"""Features: each defined once, and computed alike in training, in a batch and in a web request."""
