"""Nexus for Python: typed calls, streams and topics through a Nexus router, on asyncio."""

from ._client import Client
from ._connect import Connecting, connect
from ._context import HandlerContext
from ._descriptors import Method, Service, Topic, TopicPattern
from ._diagnostics import Diagnostic
from ._errors import Code, CodecError, NexusError, Reason, SchemaError
from ._extensions import get_extension, set_extension
from ._interceptors import Call, Interceptor, Next, Reply
from ._items import Event, Gap, Position
from ._json import from_json, to_json
from ._json_registry import Registry
from ._json_text import JsonError
from ._link import Link
from ._memory import memory_link
from ._message import Message, decode, encode
from ._metadata import Metadata
from ._options import CallOptions, PublishOptions, Response, StartAt, SubscribeOptions
from ._publication import Receipt
from ._serve import Handler, Served
from ._streams import Duplex, ServerStream
from ._topics import Subscription
from ._version import __version__
from ._well_known import Any, Duration, Timestamp

__all__ = [
    "Any",
    "Call",
    "CallOptions",
    "Client",
    "Code",
    "CodecError",
    "Connecting",
    "Diagnostic",
    "Duplex",
    "Duration",
    "Event",
    "Gap",
    "Handler",
    "HandlerContext",
    "Interceptor",
    "JsonError",
    "Link",
    "Message",
    "Metadata",
    "Method",
    "Next",
    "NexusError",
    "Position",
    "PublishOptions",
    "Reason",
    "Receipt",
    "Registry",
    "Reply",
    "Response",
    "SchemaError",
    "Served",
    "ServerStream",
    "Service",
    "StartAt",
    "SubscribeOptions",
    "Subscription",
    "Timestamp",
    "Topic",
    "TopicPattern",
    "__version__",
    "connect",
    "decode",
    "encode",
    "from_json",
    "get_extension",
    "memory_link",
    "set_extension",
    "to_json",
]
