"""Any lender's own table: reading it, inferring its schema, validating it."""
