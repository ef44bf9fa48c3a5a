"""From the feature table to a bundle: selection, out-of-fold training, metrics, bundle files."""
