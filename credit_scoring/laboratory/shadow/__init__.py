"""Study of a challenger's scores next to the champion's decisions."""
