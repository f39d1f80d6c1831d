"""A server that answers as it is told, faults included: ``python fault_server.py`` prints its port.

``PUT /_script`` takes ``{path: [behaviour, …]}``; each request to a path uses up its first behaviour, the
last one stays. ``GET /_log`` gives the requests that came. A behaviour: ``status, headers, body`` and

- ``delay``: seconds before the answer · ``drip``: seconds between single bytes of the body
- ``fault``: ``reset`` (in the body's middle), ``close`` (without an answer), ``short`` (the body ends early),
  ``huge`` (a body without end), ``bomb`` (little gzip that unpacks to much), ``token`` (a new token each time)
- ``refuses``: an ``Authorization`` that is answered with 401 instead
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
import sys
from typing import Any

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
BOMB = gzip.compress(b"0" * 50_000_000)


class Server:
    def __init__(self) -> None:
        self.script: dict[str, list[dict[str, Any]]] = {}
        self.log: list[dict[str, Any]] = []
        self.tokens = 0

    async def connection(self, reader: Reader, writer: Writer) -> None:
        try:
            while await self.request(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def request(self, reader: Reader, writer: Writer) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip() for line in head[1:] if line}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path = target.split("?")[0]
        if path == "/_script":
            self.script, self.log, self.tokens = json.loads(body), [], 0
            return await self.reply(writer, {"body": "{}"})
        if path == "/_log":
            return await self.reply(writer, {"body": json.dumps(self.log)})
        text = body.decode("latin-1")
        self.log.append({"method": method, "target": target, "headers": headers, "body": text})
        behaviours = self.script.get(path) or [{"status": 404, "body": '{"message": "not scripted"}'}]
        behaviour = behaviours.pop(0) if len(behaviours) > 1 else behaviours[0]
        if "refuses" in behaviour and headers.get("authorization") == behaviour["refuses"]:
            behaviour = {**behaviour, "status": 401}
        return await self.reply(writer, behaviour)

    async def reply(self, writer: Writer, behaviour: dict[str, Any]) -> bool:
        await asyncio.sleep(behaviour.get("delay", 0))
        fault = behaviour.get("fault")
        if fault == "close":
            return False
        body = behaviour.get("body", "").encode()
        headers = {"Content-Type": "application/json", **behaviour.get("headers", {})}
        if fault == "token":
            self.tokens += 1
            token = {"access_token": f"token-number-{self.tokens}", "refresh_token": f"refresh-{self.tokens}"}
            body = json.dumps(token | {"expires_in": 3600}).encode()
        elif fault == "bomb":
            body, headers["Content-Encoding"] = BOMB, "gzip"
        length = 10**9 if fault == "huge" else len(body) + (100 if fault in ("short", "reset") else 0)
        lines = [f"HTTP/1.1 {behaviour.get('status', 200)} Said", f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        for part in [body[i : i + 1] for i in range(len(body))] if "drip" in behaviour else [body]:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(behaviour.get("drip", 0))
        if fault == "huge":
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        if fault == "reset":
            await asyncio.sleep(0.05)
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        return fault not in ("short", "reset")


async def main(seconds: float) -> None:
    server = await asyncio.start_server(Server().connection, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.sleep(seconds)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 300))
