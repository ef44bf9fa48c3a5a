"""The commands of `model.py`, one a file: thin, each calls the rooms. Heavy imports stand inside the functions."""
