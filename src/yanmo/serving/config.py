"""How a server listens, whom it lets in, and what it refuses for being too much."""

from __future__ import annotations

from pydantic import Field, SecretStr

from yanmo.core.config import Config

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Addresses that nobody but this machine reaches."""


class ServingConfig(Config):
    """Settings of a server; those of the engine are `EngineConfig`'s."""

    host: str = "127.0.0.1"
    """Address that it listens on."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port; 0 takes any that is free."""
    api_key: SecretStr | None = None
    """What clients have to send as `Authorization: Bearer KEY`; nothing unless told."""
    allow_origins: list[str] = Field(default_factory=list)
    """Web pages of these origins may ask; `*` is every page."""
    allow_hosts: list[str] = Field(default_factory=list)
    """Names under which the server may be addressed beside its own, such as that of a proxy."""
    max_body_bytes: int = Field(default=8 << 20, ge=1024)
    """Longest body of a request."""
    body_s: float = Field(default=60.0, gt=0.0)
    """Time that a client has to send a body."""
    max_waiting: int = Field(default=256, ge=0)
    """Choices of one model that may wait for a slot; beyond that a request is answered 429."""
    max_choices: int = Field(default=128, ge=1)
    """Choices that one request may ask for, all its prompts together."""
    max_inputs: int = Field(default=2048, ge=1)
    """Texts in one request for embeddings, labels and the like."""
    drain_s: float = Field(default=30.0, ge=0.0)
    """Time that running requests have to finish when the server is told to stop."""
    ping_s: float = Field(default=10.0, gt=0.0)
    """Silence after which a stream says that it is alive."""
    log_requests: bool = True
    """Write a line for each answer."""
    log_prompts: bool = False
    """Write what was asked into the log."""

    @property
    def is_exposed(self) -> bool:
        """Whether others than this machine can reach the server."""
        return self.host not in LOOPBACK
