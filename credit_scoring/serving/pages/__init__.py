"""What every page shares: language, texts, notation, links, and the templates and static files."""
