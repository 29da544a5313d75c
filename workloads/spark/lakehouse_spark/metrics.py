"""Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class Exposition:
    """Collects samples by metric and writes them with their help and type."""

    def __init__(self) -> None:
        self._metrics: dict[str, tuple[str, str, list[str]]] = {}

    def add(self, name: str, kind: str, help_text: str, value: float, /, **labels: str) -> None:
        """Adds one sample."""
        text = ",".join(f'{key}="{_escape(v)}"' for key, v in labels.items())
        sample = f"{name}{{{text}}} {value}" if text else f"{name} {value}"
        self._metrics.setdefault(name, (kind, help_text, []))[2].append(sample)

    def text(self) -> str:
        """The page."""
        lines: list[str] = []
        for name, (kind, help_text, samples) in self._metrics.items():
            lines += [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}", *samples]
        return "\n".join(lines) + "\n"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def render(healthy: bool, streams: Iterable[Mapping[str, Any]], job_totals: Mapping[tuple[str, str], int]) -> str:
    """The driver's metrics."""
    page = Exposition()
    page.add("lakehouse_spark_healthy", "gauge", "1 if SQL answers, Thrift listens and all streams run", int(healthy))
    for stream in streams:
        name = stream["name"]
        page.add(
            "lakehouse_stream_running", "gauge", "1 if the query runs", int(stream["state"] == "running"), stream=name
        )
        page.add(
            "lakehouse_stream_restarts_total", "counter", "Starts after a failure", stream["restarts"], stream=name
        )
        page.add("lakehouse_stream_retries_total", "counter", "Batches tried again", stream["retries"], stream=name)
        page.add("lakehouse_stream_batches_total", "counter", "Batches done", stream["batches"], stream=name)
        page.add(
            "lakehouse_stream_rows_per_second",
            "gauge",
            "Rate of the last batch",
            stream["rows_per_second"],
            stream=name,
        )
        seconds = stream["durations_ms"].get("triggerExecution", 0) / 1000
        page.add("lakehouse_stream_batch_seconds", "gauge", "Duration of the last batch", seconds, stream=name)
        details = stream["details"]
        for table, progress in details.get("tables", {}).items():
            labels = {"stream": name, "table": table}
            page.add("lakehouse_cdc_changes_total", "counter", "Changes taken", progress["rows"], **labels)
            page.add("lakehouse_cdc_dead_letters_total", "counter", "Changes not decoded", progress["dead"], **labels)
            page.add(
                "lakehouse_cdc_append_seconds", "gauge", "Last append to bronze", progress["append_seconds"], **labels
            )
            page.add(
                "lakehouse_cdc_merge_seconds", "gauge", "Last merge into silver", progress["merge_seconds"], **labels
            )
            for which, value in progress["latency"].items():
                page.add(
                    "lakehouse_cdc_latency_seconds",
                    "gauge",
                    "From the source's commit to visible in silver, in the last batch",
                    value,
                    **labels,
                    of=which,
                )
        for key, help_text in (
            ("objects", "Landed objects taken"),
            ("views", "Valid page views"),
            ("dead", "Page view lines that are not valid"),
        ):
            if key in details:
                page.add(f"lakehouse_pageviews_{key}_total", "counter", help_text, details[key], stream=name)
    for (job, state), count in sorted(job_totals.items()):
        page.add("lakehouse_jobs_total", "counter", "Finished jobs", count, job=job, state=state)
    return page.text()
