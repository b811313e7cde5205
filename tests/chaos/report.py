"""What a run prints at its end: the sums that have to be equal, the figures that have to be zero, and what was done."""

from rich.console import Group
from rich.table import Table

from tests.chaos.books import Books
from tests.chaos.processes import Kills


def table(books: Books, kills: Kills | None, seed: int, seconds: float) -> Group:
    """Return the figures of a run."""
    ends = " + ".join(f"{count} {name}" for name, count in sorted(books.ends.items(), key=lambda end: -end[1]))
    rows = [
        ("seed, seconds", f"{seed}, {seconds:.0f}"),
        ("jobs accepted = their ends", f"{books.accepted} = {ends}"),
        ("told of their end", f"{books.told}"),
        ("confirmed, to be sent once", f"{books.sent}"),
        ("paid requests that arrived", f"{books.requests} (the rest was killed before a byte left)"),
        (
            "charges",
            f"{books.charges}, of which paid back {books.paid_back}, behind a told doubt {books.charges_in_doubt}",
        ),
        ("charged twice", f"{books.charged_twice}"),
        ("paid and lost", f"{books.lost}"),
        ("duplicate result messages", f"{books.twins}"),
        ("secrets found", f"{books.secrets}"),
        ("a vendor's words shown", f"{books.vendor_words}"),
        ("lives of the service", f"{books.lives} in {books.hours:.0f} hours of virtual time"),
        *((f"real SIGKILLs: {name}", figure) for name, figure in (kills.figures if kills else ())),
    ]
    figures, done = Table(show_header=False), Table("what was done", "times", show_edge=False)
    for name, figure in rows:
        figures.add_row(name, figure)
    for name, times in sorted(books.done.items()):
        done.add_row(name, str(times))
    return Group(done, figures)
