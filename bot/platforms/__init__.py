"""The chats. Each has an inbound side, a drawing side and a platform; they do not know each other."""
