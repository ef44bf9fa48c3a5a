"""Shadow scoring: a challenger scores the decisions of the champion in the background."""
