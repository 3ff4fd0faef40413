"""What generated code says of services and topics: frozen values that the SDK interprets. Nothing here does I/O."""

from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from ._errors import SchemaError
from ._message import Message
from ._topic_text import TopicField, field_text

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)
T = TypeVar("T", bound=Message)

Requests: TypeAlias = AsyncIterable[Q] | Iterable[Q]
"""What a client stream takes."""

MethodShape = Literal["unary", "client_stream", "server_stream", "bidi"]
Balancing = Literal["round_robin", "random", "least_in_flight", "hash"]
Qos = Literal[0, 1, 2]


@dataclass(frozen=True, kw_only=True)
class Method(Generic[Q, R]):
    """One method of a service."""

    service: str
    """The service's full name, for example `orders.v1.OrderService`."""
    name: str
    """As in the schema, for example `GetOrder`."""
    shape: MethodShape
    request: type[Q]
    response: type[R]
    idempotent: bool = False
    timeout: float | None = None
    """Seconds; None where the schema says nothing."""
    priority: int | None = None
    errors: tuple[type[SchemaError[Any]], ...] = ()
    """The schema errors that the method declares."""
    path: str = field(init=False)
    """`orders.v1.OrderService/GetOrder`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", f"{self.service}/{self.name}")


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service of the schema."""

    name: str
    """The full name, for example `orders.v1.OrderService`."""
    methods: Mapping[str, Method[Any, Any]]
    """By the method's name in Python, for example `get_order`."""
    version: str | None = None
    balancing: Balancing | None = None


@dataclass(frozen=True, kw_only=True)
class TopicPattern(Generic[T]):
    """Topics to subscribe to: a topic's template with some of its fields given."""

    message: type[T]
    pattern: str
    """For example `orders.eu.created` or `orders.*.created`."""
    qos: Qos


@dataclass(frozen=True, kw_only=True)
class Topic(TopicPattern[T]):
    """A topic of the schema; itself the pattern in which no field is given."""

    pattern: str = field(init=False)
    qos: Qos = 0
    tokens: tuple[str | TopicField, ...]
    retained: bool = False
    ordering_key: str | None = None
    """The field whose value orders the messages, by its name in Python."""
    ttl_ms: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", self._pattern({}))

    def topic_for(self, message: T) -> str:
        """The topic that `message` is published to.

        Raises `ValueError` where a field that is part of the topic is empty.
        """
        texts: list[str] = []
        for token in self.tokens:
            if isinstance(token, str):
                texts.append(token)
            else:
                texts.append(field_text(token, getattr(message, token.name)))
        return ".".join(texts)

    def matching(self) -> TopicPattern[T]:
        """The pattern in which no field is given; a topic with fields takes them by name."""
        return self.with_fields()

    def with_fields(self, /, **fields: object) -> TopicPattern[T]:
        """What a generated `matching` rests on: fields by name, None for those not given."""
        return TopicPattern(message=self.message, pattern=self._pattern(fields), qos=self.qos)

    def _pattern(self, fields: Mapping[str, object]) -> str:
        texts: list[str] = []
        for token in self.tokens:
            if isinstance(token, str):
                texts.append(token)
                continue
            value = fields.get(token.name)
            texts.append("*" if value is None else field_text(token, value))
        return ".".join(texts)
