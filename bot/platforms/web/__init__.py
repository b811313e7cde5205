"""The web chat: one page, many channels, several people in each. What Limner answers is decided in the engine."""
