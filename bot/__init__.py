"""The chat-bot service: people ask, Limner says the price, makes it once and brings it into the chat."""
