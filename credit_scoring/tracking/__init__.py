"""Experiment tracking and the model registry, both in MLflow."""
