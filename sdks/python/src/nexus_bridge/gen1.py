"""The runtime that generated code rests on. Its names are only added to; what would break generated code becomes `gen2`
beside it. People import `nexus_bridge` instead.
"""

from ._client import Client as Client
from ._codec import *  # noqa: F403
from ._context import HandlerContext as HandlerContext
from ._descriptors import Method as Method
from ._descriptors import Requests as Requests
from ._descriptors import Service as Service
from ._descriptors import Topic as Topic
from ._descriptors import TopicPattern as TopicPattern
from ._errors import Code as Code
from ._errors import NexusError as NexusError
from ._errors import SchemaError as SchemaError
from ._errors import unimplemented as unimplemented
from ._memory import fake_link as fake_link
from ._options import CallOptions as CallOptions
from ._serve import Handler as Handler
from ._streams import Duplex as Duplex
from ._streams import ServerStream as ServerStream
from ._topic_text import TopicField as TopicField
