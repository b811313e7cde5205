"""Feishu and Lark: groups and direct chats, cards with buttons, media in place."""
