"""Katana's sibling in the sandbox, over real HTTP."""
