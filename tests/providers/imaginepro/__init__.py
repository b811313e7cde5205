"""ImaginePro's adapter in front of the sandbox, and without it."""
