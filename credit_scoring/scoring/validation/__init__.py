"""The validation of an applicant's features: rules, messages and limits, of requests and files."""
