"""The use cases: asking, driving paid work, speaking. What they stand on comes in through ``ports``."""
