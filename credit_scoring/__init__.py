"""Credit scoring: from raw lending tables to a served decision."""
