"""Whole conversations: real store, real adapter, real HTTP to the sandbox, virtual time."""
