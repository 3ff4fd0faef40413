"""Speaks protobuf's conformance protocol with the generated classes: a length of 4 bytes, little-endian, and a message.

It answers whatever comes, and never judges."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path
from typing import Any

import nexus_bridge as nexus

CLASSES = Path(__file__).resolve().parents[2] / ".protobuf" / "classes" / "python"
PROTOBUF = 1
JSON = 2
IGNORE_UNKNOWN = 3


def messages_of() -> dict[str, Any]:
    """Every message of the generated packages, by its full name."""
    sys.path.insert(0, str(CLASSES))
    found: dict[str, Any] = {}
    for package in pkgutil.iter_modules([str(CLASSES)]):
        root = importlib.import_module(package.name)
        for module in pkgutil.walk_packages(root.__path__, f"{package.name}."):
            collect(vars(importlib.import_module(module.name)).values(), found)
    return found


def collect(values: Any, found: dict[str, Any]) -> None:
    for value in values:
        if isinstance(value, type) and issubclass(value, nexus.Message):
            name = getattr(value, "__nexus_name__", None)
            if name is not None and name not in found:
                found[name] = value
                collect(vars(value).values(), found)


def answer(messages: dict[str, Any], registry: nexus.Registry, request: Any) -> Any:
    response = messages["conformance.ConformanceResponse"]
    kind = messages.get(request.message_type)
    payload = request.payload
    case = type(payload).__name__
    if kind is None:
        return response(result=response.ResultSkipped(f"no type {request.message_type}"))
    try:
        if case == "PayloadProtobufPayload":
            message = nexus.decode(kind, payload.value)
        elif case == "PayloadJsonPayload":
            ignores = int(request.test_category) == IGNORE_UNKNOWN
            message = nexus.from_json(
                kind, payload.value, registry=registry, ignore_unknown=ignores
            )
        else:
            return response(result=response.ResultSkipped(case))
    except nexus.CodecError as error:
        return response(result=response.ResultParseError(str(error)))
    wanted = int(request.requested_output_format)
    try:
        if wanted == PROTOBUF:
            return response(result=response.ResultProtobufPayload(nexus.encode(message)))
        if wanted == JSON:
            text = nexus.to_json(message, registry=registry)
            return response(result=response.ResultJsonPayload(text))
        return response(result=response.ResultSkipped(f"no format {wanted}"))
    except nexus.CodecError as error:
        return response(result=response.ResultSerializeError(str(error)))


def main() -> None:
    messages = messages_of()
    registry = nexus.Registry(messages.values())
    request = messages["conformance.ConformanceRequest"]
    while len(head := sys.stdin.buffer.read(4)) == 4:
        data = sys.stdin.buffer.read(int.from_bytes(head, "little"))
        told = nexus.encode(answer(messages, registry, nexus.decode(request, data)))
        sys.stdout.buffer.write(len(told).to_bytes(4, "little") + told)
        sys.stdout.buffer.flush()


main()
