"""A drawn chart and how it becomes files."""

from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from .style import RC


@dataclass(frozen=True)
class Picture:
    """One chart. `shown` names the points that a reader finds in it, with or without a number."""

    name: str
    figure: Figure
    shown: frozenset[str]
    dpi: float = RC["savefig.dpi"]

    def save(self, folder: Path) -> list[Path]:
        """Writes NAME.png and NAME.svg, without a date, so that equal input gives equal bytes."""
        paths = [folder / f"{self.name}.png", folder / f"{self.name}.svg"]
        with matplotlib.rc_context(RC):
            self.figure.savefig(paths[0], dpi=self.dpi, metadata={"Software": None})
            self.figure.savefig(paths[1], metadata={"Date": None, "Title": self.name, "Creator": "Handoff"})
        return paths
