"""What is remembered of a run, and the models that were registered: MLflow, kept from ever stopping the work."""
