"""Feature definitions as data: one module per source table, and the row ratios."""
