"""The rules of asking, pricing and telling. Nothing here does I/O or asks for the time."""
