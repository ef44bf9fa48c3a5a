"""The search for LightGBM's parameters: what is searched, how a try is judged, and a study that outlives its runs."""
