"""The tables: durable rows in SQLite and how they are written. What the rows mean is in ``core`` and ``engine``."""
