"""How source tables are read: where they are, how they are written, what is wrong with them, what is kept of them."""
