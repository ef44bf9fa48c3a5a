"""Studies of models: comparison, selection, tuning, threshold, evaluation, fairness, explanation."""
