"""The fairness study: decisions by sex, age and marital status, and the cost of ignoring these."""
