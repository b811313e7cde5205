"""What is peculiar to the ima2 adapter, fact by fact."""
