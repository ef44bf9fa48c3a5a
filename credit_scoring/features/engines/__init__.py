"""The engines that compute features: one machine, Spark, a single applicant."""
