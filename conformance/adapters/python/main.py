"""The adapter program of the Python SDK: one JSON order a line on stdin, one JSON answer a line on stdout."""

from __future__ import annotations

import asyncio
import gc
import json
import platform
import sys
from typing import Any

import nexus_bridge as nexus
from answers import BadOrder, failure_told
from calls import CallOperations
from codecs_and_frames import CODEC_AND_FRAME_OPERATIONS
from links import LinkOperations, Program
from topics import TopicOperations

CONTRACT = 1
LINE_BYTES_MAX = 64 << 20
FEATURES = [
    "codec.binary",
    "codec.json",
    "frame.decode",
    "call.unary",
    "call.streams",
    "call.metadata",
    "call.deadline",
    "call.retry",
    "topics.qos0",
    "topics.groups",
    "topics.qos1",
]


def hello(order: dict[str, Any]) -> dict[str, Any]:
    return {
        "contract": CONTRACT,
        "language": "python",
        "versions": {"sdk": nexus.__version__, "runtime": f"python {platform.python_version()}"},
        "features": FEATURES,
        "transports": ["tcp", "unix", "tls"],
    }


def say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


async def main() -> None:
    program = Program()
    operations: dict[str, Any] = {
        "hello": hello,
        "state": program.state,
        **CODEC_AND_FRAME_OPERATIONS,
        **LinkOperations(program).table(),
        **CallOperations(program).table(),
        **TopicOperations(program).table(),
    }

    async def answer(order: dict[str, Any]) -> None:
        number = order.get("id")
        operation = operations.get(order.get("op", ""))
        if operation is None:
            say({"id": number, "broken": f"no operation {order.get('op')}"})
            return
        try:
            told = operation(order)
            if asyncio.iscoroutine(told):
                told = await told
            say({"id": number, "ok": told})
        except BadOrder as error:
            say({"id": number, "broken": str(error)})
        except asyncio.CancelledError:
            say({"id": number, "failed": {"code": "CANCELLED", "message": "cancelled"}})
        except Exception as error:
            say({"id": number, **failure_told(error)})

    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LINE_BYTES_MAX)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    gc.freeze()
    while line := await reader.readline():
        order = json.loads(line)
        if order["op"] == "close":
            break
        task = loop.create_task(answer(order))
        program.orders.add(task)
        task.add_done_callback(program.orders.discard)


asyncio.run(main())
