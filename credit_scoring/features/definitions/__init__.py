"""Feature definitions as data: a file per source table, and the row ratios."""
