"""Row formulas as trees, evaluated on floats, arrays or data frames."""
