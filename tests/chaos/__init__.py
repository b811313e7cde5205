"""The hostile suite: one driver, pretend chats and providers, seeded chance. Every promise is counted at the end."""
