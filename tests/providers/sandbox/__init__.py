"""The sandbox, asked over real HTTP by a plain client."""
