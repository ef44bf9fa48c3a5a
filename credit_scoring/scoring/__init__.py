"""From one applicant's inputs to a decision: the same path in a web request, a batch and a check."""
