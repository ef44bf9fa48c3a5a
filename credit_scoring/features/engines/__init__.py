"""The engines that compute features: locally, on Spark, for a single applicant."""
