"""Who may ask for what: API keys, their scopes, where they are kept."""
