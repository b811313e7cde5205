"""What is peculiar to the Katana adapter, fact by fact."""
