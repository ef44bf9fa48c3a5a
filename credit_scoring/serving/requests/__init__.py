"""Request validation: JSON body, feature schema, batches, raw records, small bodies and queries."""
