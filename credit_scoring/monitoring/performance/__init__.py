"""Performance of a model in production: with known outcomes, and expected before they come."""
