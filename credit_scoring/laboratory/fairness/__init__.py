"""The command `fairness`: decisions by sex, age and marital status."""
