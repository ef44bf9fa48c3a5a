"""The commands of `model.py`, one per module. Heavy imports stand inside the functions."""
