"""The terminal chat: one person, one place, rich text. What Limner answers is decided in the engine."""
