"""Feature definitions as data: a module per source table, and the row ratios."""
