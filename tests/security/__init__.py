"""Hostile inputs through the real doors, and what people may ask to be forgotten."""
