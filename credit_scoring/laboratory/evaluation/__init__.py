"""The command `evaluate`: a bundle's metrics on a data set."""
