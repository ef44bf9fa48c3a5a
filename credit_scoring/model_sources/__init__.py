"""Sources of a bundle: a folder, the MLflow registry, the Hugging Face Hub, an HTTPS address."""
