"""Midjourney's buttons, letter for letter, and which a finished message offers (reference section 2.4).

Which of them stand under which result is only known in outline; the exact sets are ours. What a click makes of a
picture is in ``clicks``.
"""

ENLARGE = ("U1", "U2", "U3", "U4")
VARY = ("V1", "V2", "V3", "V4")
REROLL = "🔄"
CANCEL = "Cancel Job"
REGION, SUBTLE, STRONG = "Vary (Region)", "Vary (Subtle)", "Vary (Strong)"
ZOOMS = ("Zoom Out 2x", "Zoom Out 1.5x")
LEFT, RIGHT, UP, DOWN = "⬅️", "➡️", "⬆️", "⬇️"
SQUARE = "Make Square"
NEW_UPSCALES = ("Upscale (Subtle)", "Upscale (Creative)")
OLD_UPSCALES = ("Upscale (2x)", "Upscale (4x)")
REDO_UPSCALES = ("Redo Upscale (2x)", "Redo Upscale (4x)")

GRID = (*ENLARGE, REROLL, *VARY)
WIDE_GRID = (*GRID, *ZOOMS, STRONG, SUBTLE)
"""What a variation, a zoom or a pan of a single picture offers; the reference says "sometimes"."""

_CHANGES = (SUBTLE, STRONG, REGION, *ZOOMS, LEFT, RIGHT, UP, DOWN)


def single(*, upscales: tuple[str, ...], square: bool) -> tuple[str, ...]:
    """Return what a single picture offers; one that is square already is not made so."""
    return (*upscales, *_CHANGES, *(() if square else (SQUARE,)))
