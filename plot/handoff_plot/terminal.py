"""What the command says: printed apart from its work, which goes on where nobody listens."""

import contextlib
import os
import sys
from pathlib import Path

from .read.escape import escaped

#: what it was called by: where it is installed, a link of another name
PROGRAM = "handoff-plot" if Path(sys.argv[0]).name == "handoff-plot" else "plot.py"


class Terminal:
    """Standard output. After a line that could not be written it takes none, and knows why."""

    def __init__(self) -> None:
        self.error: OSError | None = None

    def say(self, line: str) -> None:
        if not self.error:
            try:
                print(escaped(line), flush=True)
            except OSError as error:
                self.error = error
                unsaid(error)

    @property
    def failure(self) -> str:
        """Why something could not be said; empty where all was, and where the reader had enough."""
        return unsaid(self.error) if self.error else ""


def complain(message: str) -> None:
    """One line on standard error, if that can be written to."""
    if sys.stderr:
        with contextlib.suppress(OSError):
            print(f"{PROGRAM}: {escaped(message)}", file=sys.stderr, flush=True)


def last_words() -> str:
    """Says what others left in the buffer, as a page of help. The answer is why it could not be said."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError as error:
        return unsaid(error)
    return ""


def unsaid(error: OSError) -> str:
    """Gives the rest of standard output up; why, or nothing where the reader had enough.

    The interpreter writes what is left in the buffer when it ends, and would complain again.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return "" if isinstance(error, BrokenPipeError) else f"standard output: {error.strerror or error}"
