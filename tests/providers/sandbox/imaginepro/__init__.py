"""The sandbox's ImaginePro over real HTTP."""
