"""Features: each defined once, computed for training, a batch or a web request by the same definition."""
