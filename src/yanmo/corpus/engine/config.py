"""Where the corpus stage runs. Nothing here changes which documents come out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from yanmo.core.config import Config


class EngineConfig(Config):
    """The workers of the corpus stage."""

    kind: Literal["local", "ray"] = "local"
    """`local` uses processes on this machine; `ray` uses a Ray cluster whose machines share the
    run's folder (install `yanmo[cluster]`)."""

    workers: Annotated[int, Field(gt=0)] | None = None
    """How many tasks run at a time. None takes one for each core, of this machine or the cluster.
    """

    address: str | None = None
    """The address of the Ray cluster, such as "auto" or "ray://head:10001". None starts one on this
    machine."""

    task_bytes: Annotated[int, Field(gt=0)] = 16_000_000
    """Small files are put together into tasks of about this many bytes on disk; a byte of a packed
    file counts four times. Decides into how many Parquet files the corpus is cut."""

    max_record_s: Annotated[float, Field(gt=0)] = 120.0
    """A web page, PDF or the like that takes longer is left out and counted, as is one that ends
    the process; both after a second try."""
