"""The command `select`: from all features to those that the model is served with."""
