"""What takes traces and metrics over OTLP/HTTP, as a collector would, and keeps them for a test to look at."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Collector:
    """What was received. ``raw`` are the unpacked messages, in which a secret would be found."""

    address: str = ""
    raw: list[bytes] = field(default_factory=list)
    spans: list[Any] = field(default_factory=list)
    metrics: list[Any] = field(default_factory=list)
    resources: list[dict[str, Any]] = field(default_factory=list)

    def named(self, name: str) -> list[Any]:
        """Give the spans of a name."""
        return [span for span in self.spans if span.name == name]

    def points(self, name: str) -> dict[tuple[tuple[str, Any], ...], Any]:
        """Give the last data point of a metric for each set of attributes."""
        found = {}
        for metric in self.metrics:
            if metric.name == name:
                for point in getattr(metric, metric.WhichOneof("data")).data_points:
                    found[tuple(sorted(attributes(point).items()))] = point
        return found


def attributes(record: Any) -> dict[str, Any]:
    """Give the attributes of a span, data point or resource."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in record.attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    """Collect on a free port, in a thread of its own."""
    kept = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            data = gzip.decompress(data) if self.headers.get("Content-Encoding") == "gzip" else data
            kept.raw.append(data)
            if self.path == "/v1/traces":
                for part in ExportTraceServiceRequest.FromString(data).resource_spans:
                    kept.resources.append(attributes(part.resource))
                    kept.spans += [span for scope in part.scope_spans for span in scope.spans]
            elif self.path == "/v1/metrics":
                for part in ExportMetricsServiceRequest.FromString(data).resource_metrics:
                    kept.metrics += [metric for scope in part.scope_metrics for metric in scope.metrics]
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
