"""The command `card`: MODEL_CARD.md."""
