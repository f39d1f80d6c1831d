"""Documents beside requests: hosted ones that platforms download, and written ones."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.hosting import MIN_KEY_CHARACTERS, Signer
from pipeline import json_text
from pipeline.findings import Finding
from pipeline.mapping.conversation.steps import CompiledStep
from pipeline.mapping.expressions.scope import HostedView
from pipeline.store.records import Hosted
from pipeline.sync.prepared import Prepared
from pipeline.sync.run import Run


async def host(
    run: Run, step: CompiledStep, names: Mapping[str, Any], facts: Any, prepared: Prepared
) -> tuple[dict[str, Any], Hosted | None]:
    """Put a step's document where the platform can download it; gives the names with its address.

    The payload is kept with its operation already: where it lies is given, too, for the next write of the progress.
    """
    if step.host is None or step.form.host is None:
        return dict(names), None
    settings, now = run.tools.settings, run.now
    signer = Signer(settings.signing_key.get_secret_value())
    token, url, until = signer.url(settings.public_base_url, step.form.host.valid, now)
    value = step.host.value(names, facts)
    names = {**names, "hosted": HostedView(url)}
    is_payload = prepared.payload is not None and value is prepared.payload
    data = prepared.data() if is_payload else json_text.encode(value)
    if is_payload and data == prepared.kept:
        return names, _hosted(token, run.operation.payload_id, until)
    hosted = _hosted(token, f"hosted-{hashlib.sha256(data).hexdigest()[:40]}", until)
    await asyncio.to_thread(run.tools.store.put_hosted, hosted, data)
    return names, None


def _hosted(token: str, blob_id: str, until: datetime) -> Hosted:
    return Hosted(token=token, blob_id=blob_id, media_type="application/json", expires_at=until)


def offers_document(step: CompiledStep) -> bool:
    """Tell whether a step, or one inside it, lets its platform download a document."""
    return step.host is not None or any(offers_document(inner) for inner in step.steps)


def signing_problem(key: str, public_base_url: str) -> Finding | None:
    """Tell what hosting documents lacks."""
    if len(key) < MIN_KEY_CHARACTERS:
        message = "SIGNING_KEY is missing or too short, so that the menu cannot be offered for download."
        hint = f"Set SIGNING_KEY to at least {MIN_KEY_CHARACTERS} random characters."
        return Finding("setting-missing", "error", message, hint, field="SIGNING_KEY")
    if not public_base_url:
        message = "PUBLIC_BASE_URL is missing, so that the platform cannot download the menu."
        hint = "Set it to the address at which platforms reach this service."
        return Finding("setting-missing", "error", message, hint, field="PUBLIC_BASE_URL")
    return None


def write_document(target: str, data: bytes, region: str) -> str:
    """Write a document to a file or an object; gives what went wrong."""
    if target.startswith("s3://"):
        import boto3  # type: ignore[import-untyped]  # only where it is used: it takes a third of a second

        bucket, _, key = target[5:].partition("/")
        try:
            boto3.client("s3", region_name=region).put_object(Bucket=bucket, Key=key, Body=data)
        except Exception as error:  # noqa: BLE001 - whatever the library says, people are told
            return f"{target} cannot be written ({type(error).__name__})."
        return ""
    path = Path(target)
    try:
        temporary = path.with_name(f".{path.name}.part")
        temporary.write_bytes(data)
        temporary.replace(path)
    except (OSError, ValueError) as error:
        return f"{target} cannot be written: {getattr(error, 'strerror', None) or error}."
    return ""
