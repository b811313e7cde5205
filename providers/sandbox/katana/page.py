"""The page Katana publishes for machines, whose checksum a drift watch compares. Invented, short, and rewritable."""

_TEXT = """# imgnAI Katana API (sandbox)

This page stands in for the published description of the service.

- GET /v1/models lists what there is; a header for authorisation changes its shape.
- POST /v1/generation-requests takes pictures and films, POST /v1/chat/completions takes questions.
- Results are kept for 72 hours.
"""


class Page:
    """The page as it is now; a restart brings the first one back."""

    def __init__(self) -> None:
        self.text = _TEXT
