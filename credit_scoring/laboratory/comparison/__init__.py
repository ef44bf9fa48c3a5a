"""Models and imbalance strategies against each other, on the same folds: the command `compare`."""
