"""What stands in models/latest: the pickled model, its manifest, and reading both without trusting them."""
