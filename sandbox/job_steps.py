"""Steps of work that goes on after the answer: starting it, waiting, downloading, telling."""

from __future__ import annotations

import uuid
import zlib
from typing import Any, ClassVar

import msgspec

from sandbox.durations import Duration
from sandbox.exchange import Answer
from sandbox.faults import JobFault
from sandbox.formulas import Formula, Template
from sandbox.jobs import start
from sandbox.outgoing import fetch
from sandbox.refusals import Refusal
from sandbox.state import Job
from sandbox.steps import Context, Finished, step

MAX_DOCUMENT = 64 * 1024 * 1024


@step("start_job")
class StartJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"given": "with"}):
    """Begins a job on the store: ``record`` is what is kept of it, ``with`` are names of its steps."""

    job: str
    record: dict[str, Template] = {}
    given: dict[str, Template] = {}

    async def run(self, context: Context) -> Answer | None:
        record = {name: template.make(context.names) for name, template in self.record.items()}
        given = {name: template.make(context.names) for name, template in self.given.items()}
        job = Job(str(uuid.uuid4()), self.job, context.names["store"], record)
        facts = {**context.platform.facts(context), "job": self.job}
        fault = context.platform.faults.take("job", context.platform.name, facts)
        context.names["job"] = job.data()
        context.platform.state.add_job(job)
        context.started.append(job)
        start(context.platform, job, given, fault.how if isinstance(fault, JobFault) else "")
        return None

    def needs(self) -> list[tuple[str, str]]:
        return [("jobs", self.job)]


@step("find_job")
class FindJob(Refusal, frozen=True, kw_only=True, rename={"kind": "job"}):
    """Finds a job of a kind as ``job``; refuses where there is none, or it is another store's than ``store``."""

    id: Formula
    kind: str
    store: Formula | None = None

    async def run(self, context: Context) -> Answer | None:
        job = context.platform.state.jobs.get(self.id.value(context.names) or "")
        store = self.store.value(context.names) if self.store else None
        if job is None or job.kind != self.kind or (self.store and job.store["id"] != store):
            return context.refuse(self)
        context.names["job"] = job.data()
        return None

    def needs(self) -> list[tuple[str, str]]:
        return [("jobs", self.kind)]


@step("record")
class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keeps values in the job's record."""

    shorthand: ClassVar[str] = "values"

    values: dict[str, Template]

    async def run(self, context: Context) -> Answer | None:
        assert context.job is not None
        context.job.record.update({name: one.make(context.names) for name, one in self.values.items()})
        context.names["job"] = context.job.data()
        return None


@step("finish")
class Finish(Record, frozen=True):
    """Keeps values in the job's record and ends the job."""

    shorthand: ClassVar[str] = "values"

    async def run(self, context: Context) -> Answer | None:
        await Record.run(self, context)
        raise Finished


@step("wait")
class Wait(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Waits as long as the time scale makes of it."""

    shorthand: ClassVar[str] = "time"

    time: Duration

    async def run(self, context: Context) -> Answer | None:
        if context.job is None or not context.job.hurried:
            await context.platform.clock.wait(self.time)
        return None


@step("download")
class Download(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Downloads a JSON document as ``document``, plain or gzip, several ``tries`` within a time.

    What was wrong the last time is held as ``download_problem``, what is wrong with the JSON as
    ``document_problem``; both null where all is well.
    """

    url: Formula
    tries: int
    within: Duration

    async def run(self, context: Context) -> Answer | None:
        names = context.names
        names.update(document=None, download_problem=None, document_problem=None)
        for number in range(self.tries):
            if number and not (context.job and context.job.hurried):
                await context.platform.clock.wait(self.within / max(1, self.tries - 1))
            status, content, problem = await fetch("GET", self.url.value(names), limit=MAX_DOCUMENT)
            if problem is None and status == 200:
                names["download_problem"] = None
                names["document"], names["document_problem"] = read_json(content)
                return None
            names["download_problem"] = problem or f"the address answered with status {status}"
            if context.job is not None:
                context.job.record["downloads"] = number + 1
        return None


@step("send")
class Send(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"given": "with"}):
    """Sends a webhook; ``with`` are names that its body knows beside those of the steps."""

    webhook: str
    given: dict[str, Template] = {}

    async def run(self, context: Context) -> Answer | None:
        given = {name: template.make(context.names) for name, template in self.given.items()}
        context.platform.webhooks.post(self.webhook, {**context.names, **given}, context.job)
        return None

    def needs(self) -> list[tuple[str, str]]:
        return [("webhooks", self.webhook)]


def read_json(content: bytes, limit: int = MAX_DOCUMENT) -> tuple[Any, str | None]:
    """Read JSON, packed by gzip or not; gives the value and what is wrong with it.

    >>> read_json(b'{"a": 1}')
    ({'a': 1}, None)
    >>> read_json(b"<html>")
    (None, 'the body is no JSON: JSON is malformed: invalid character (byte 0)')
    """
    if content.startswith(b"\x1f\x8b"):
        try:
            content = unpacked(content, limit)
        except ValueError as error:
            return None, str(error)
    try:
        return msgspec.json.decode(content), None
    except msgspec.DecodeError as error:
        return None, f"the body is no JSON: {error}"
    except RecursionError:
        return None, "the body is nested too deep"
    except UnicodeDecodeError:
        return None, "the body is not UTF-8"


def unpacked(content: bytes, limit: int) -> bytes:
    """Unpack gzip; raises ValueError where it is none, is cut off, or is larger than the limit.

    >>> unpacked(zlib.compress(b"menu", wbits=31), 100)
    b'menu'
    """
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(content, limit + 1)
    except zlib.error:
        raise ValueError("the body is no gzip") from None
    if len(plain) > limit:
        raise ValueError("the body is too large unpacked")
    if not unpacker.eof:
        raise ValueError("the gzip body is cut off")
    return plain
