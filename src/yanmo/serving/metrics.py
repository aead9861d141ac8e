"""What a server counts and times, in Prometheus' format under the names that vLLM gives them.

In: what became of requests; the engines' own counts are read when somebody asks. Out: the text of
`GET /metrics`. Labels are the served models, the routes, and a few fixed words: no text of a user
ever becomes one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from yanmo.inference.engine.request import EngineCounts, FinishReason

PREFIX = "yanmo:"
_FIRST_S = (
    0.001,
    0.005,
    0.01,
    0.02,
    0.04,
    0.06,
    0.08,
    0.1,
    0.25,
    0.5,
    0.75,
    1,
    2.5,
    5,
    7.5,
    10,
    20,
)
_TOKEN_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5)
_WHOLE_S = (0.01, 0.05, 0.1, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 60, 120, 240, 480)
_REASONS: Mapping[FinishReason, str] = {
    "stop": "stop",
    "length": "length",
    "cancelled": "abort",
    "error": "error",
}
"""Why a choice ended, in vLLM's words."""


class ServerMetrics:
    """Counters and histograms of one server, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        label = ["model_name"]

        def histogram(name: str, about: str, buckets: Iterable[float]) -> Histogram:
            return Histogram(
                PREFIX + name, about, label, registry=self.registry, buckets=tuple(buckets)
            )

        def counter(name: str, about: str, labels: list[str]) -> Counter:
            return Counter(PREFIX + name, about, labels, registry=self.registry)

        self.first_token_s = histogram(
            "time_to_first_token_seconds", "From the request to its first token.", _FIRST_S
        )
        self.token_s = histogram(
            "time_per_output_token_seconds", "Between tokens, after the first.", _TOKEN_S
        )
        self.whole_s = histogram(
            "e2e_request_latency_seconds", "From the request to its end.", _WHOLE_S
        )
        self.queue_s = histogram(
            "request_queue_time_seconds", "From the request to its first slot.", _WHOLE_S
        )
        self.prompt_tokens = counter("prompt_tokens", "Tokens of prompts.", label)
        self.generated_tokens = counter("generation_tokens", "Tokens written.", label)
        self.successes = counter(
            "request_success", "Choices that ended, by reason.", ["model_name", "finished_reason"]
        )
        self.http = counter("http_requests", "Answers, by route and status.", ["path", "status"])
        ProcessCollector(registry=self.registry)

    def watch_engines(self, counts_of: Callable[[], Mapping[str, EngineCounts]]) -> None:
        """Tell what engines are doing whenever somebody asks."""
        self.registry.register(_EngineCollector(counts_of))

    def page(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)


class _EngineCollector(Collector):
    def __init__(self, counts_of: Callable[[], Mapping[str, EngineCounts]]) -> None:
        self._counts_of = counts_of

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        gauges: dict[str, tuple[str, Callable[[EngineCounts], float]]] = {
            "num_requests_running": ("Choices that hold a slot.", lambda c: c.num_running),
            "num_requests_waiting": ("Choices that wait for one.", lambda c: c.num_waiting),
            "num_slots": ("Slots there are.", lambda c: c.num_slots),
            "kv_cache_usage_perc": (
                "Part of the cache that running choices fill, 0 to 1.",
                lambda c: c.cache_tokens_used / c.cache_tokens if c.cache_tokens else 0.0,
            ),
        }
        counters: dict[str, tuple[str, Callable[[EngineCounts], float]]] = {
            "prefix_cache_hits": ("Prompt tokens found in a slot.", lambda c: c.reused_tokens),
            "spec_decode_num_draft_tokens": ("Tokens proposed.", lambda c: c.drafted_tokens),
            "spec_decode_num_accepted_tokens": ("Of these, kept.", lambda c: c.accepted_tokens),
            "num_preemptions": ("Choices that lost their slot.", lambda c: c.num_preempted),
        }
        counts = self._counts_of()
        for name, (about, value_of) in gauges.items():
            gauge = GaugeMetricFamily(PREFIX + name, about, labels=["model_name"])
            for model, own in counts.items():
                gauge.add_metric([model], value_of(own))
            yield gauge
        for name, (about, value_of) in counters.items():
            family = CounterMetricFamily(PREFIX + name, about, labels=["model_name"])
            for model, own in counts.items():
                family.add_metric([model], value_of(own))
            yield family


@dataclass
class RequestClock:
    """Times one request.

    Args:
        metrics: where it is counted.
        model: the served model.
    """

    metrics: ServerMetrics
    model: str
    _began_at: float = field(default_factory=time.monotonic, init=False)
    _last_at: dict[int, float] = field(default_factory=dict, init=False)

    def read_prompt(self, num_tokens: int, queued_s: float) -> None:
        """A prompt was read to its end."""
        self.metrics.prompt_tokens.labels(self.model).inc(num_tokens)
        self.metrics.queue_s.labels(self.model).observe(queued_s)

    def wrote(self, choice: int, num_tokens: int) -> None:
        """Tokens of a choice have come."""
        if not num_tokens:
            return
        now = time.monotonic()
        self.metrics.generated_tokens.labels(self.model).inc(num_tokens)
        if choice not in self._last_at:
            self.metrics.first_token_s.labels(self.model).observe(now - self._began_at)
        else:
            since_s = (now - self._last_at[choice]) / num_tokens
            for _ in range(num_tokens):
                self.metrics.token_s.labels(self.model).observe(since_s)
        self._last_at[choice] = now

    def ended(self, reason: FinishReason) -> None:
        """A choice has ended."""
        self.metrics.successes.labels(self.model, _REASONS[reason]).inc()

    def finish(self) -> None:
        """The request has ended."""
        self.metrics.whole_s.labels(self.model).observe(time.monotonic() - self._began_at)
