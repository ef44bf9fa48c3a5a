"""From an applicant's inputs to a decision and its reasons: one path for requests and batches."""
