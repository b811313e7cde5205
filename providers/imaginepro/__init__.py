"""ImaginePro: Midjourney with its buttons, Flux, Nano Banana, Lumi Girl, films and tools for credits."""
