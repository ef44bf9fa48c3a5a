"""What the page about the threshold shows: outcomes at each threshold, the choice, the pictures."""
