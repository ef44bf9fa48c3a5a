"""From all features to those that a model is served with: the command `select`."""
