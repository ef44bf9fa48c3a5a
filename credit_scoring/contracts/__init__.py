"""The contracts of the source tables, and the checks of a value or a column against them."""
