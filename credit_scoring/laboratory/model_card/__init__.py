"""The model card: MODEL_CARD.md."""
