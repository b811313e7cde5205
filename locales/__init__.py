"""The catalogues: one folder per language, tagged by script, with a ``limner.po`` in it."""
