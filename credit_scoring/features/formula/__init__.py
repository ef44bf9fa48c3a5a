"""Row formulas as trees, computed on one row, on arrays or on data frames."""
