"""What the studio is told when it starts: where the runs are, who may look, what it serves."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

STATIC = Path(__file__).resolve().parent / "static"
"""The built front end; made by `make studio`, and part of the wheel."""
LOCAL_HOST = "127.0.0.1"
DEFAULT_PORT = 7860


@dataclass(frozen=True)
class StudioSettings:
    """How one studio works.

    Attributes:
        runs: the folder whose runs are shown; nothing outside it is read or written.
        token: who knows it may look.
        host: the address that is listened on.
        port: of that address.
        static: the built front end.
    """

    runs: Path
    token: str = field(repr=False)
    host: str = LOCAL_HOST
    port: int = DEFAULT_PORT
    static: Path = STATIC

    @property
    def is_built(self) -> bool:
        """Whether there is a front end to serve."""
        return (self.static / "index.html").is_file()
