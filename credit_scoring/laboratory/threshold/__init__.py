"""Where to refuse: the cost curve and its optimum, other cost ratios, and costs that differ from loan to loan."""
