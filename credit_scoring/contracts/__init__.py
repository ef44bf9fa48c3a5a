"""The contracts of the source tables and the check of values against them."""
