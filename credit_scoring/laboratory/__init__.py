"""Studies of models: one package per command, and what the studies share."""
