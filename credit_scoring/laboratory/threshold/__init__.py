"""The threshold study: the cost curve and its optimum, other cost ratios, costs per loan."""
