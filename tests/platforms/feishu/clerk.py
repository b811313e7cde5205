"""The command line, one command after the other in one process: the library behind the setup takes seconds to import.

Each line of its input is JSON with a folder and arguments; behind a mark it tells the exit code. No test is here.
"""

import json
import os
import sys

from bot.cli import app

MARK = "@@ "


def main() -> None:
    """Obey until the end of the input."""
    for line in sys.stdin:
        order = json.loads(line)
        os.chdir(order["home"])
        try:
            app(order["arguments"], standalone_mode=False)
        except SystemExit as end:
            sys.stdout.write(f"{MARK}{end.code}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
