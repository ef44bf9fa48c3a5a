"""Request validation: JSON body, feature schema, raw records, messages."""
