"""The command `tune`: hyperparameter search with a resumable Optuna study."""
