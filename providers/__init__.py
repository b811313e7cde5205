"""The paid providers and the one door through which they are reached. Nothing here knows about chats."""
