"""Metadata of calls and messages: an ordered multimap of text and bytes, checked before it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, overload

from ._errors import Code, NexusError
from ._gen_constants import LIMITS

MetadataValue: TypeAlias = str | bytes

KEY = re.compile(r"[a-z0-9._-]{1,255}")
RESERVED_PREFIXES = ("nexus-", "grpc-")
RESERVED = frozenset({"traceparent", "tracestate"})
USER_PAIRS_MAX = LIMITS["user_pairs"]


class Metadata(Sequence[tuple[str, MetadataValue]]):
    """Pairs in the order in which they were given; a key may stand more than once."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Iterable[tuple[str, MetadataValue]] = ()) -> None:
        self._pairs: tuple[tuple[str, MetadataValue], ...] = tuple(pairs)

    def get(self, key: str) -> MetadataValue | None:
        """The first value of `key`."""
        return next((value for name, value in self._pairs if name == key), None)

    def get_all(self, key: str) -> tuple[MetadataValue, ...]:
        """Every value of `key`, in order."""
        return tuple(value for name, value in self._pairs if name == key)

    @overload
    def __getitem__(self, index: int) -> tuple[str, MetadataValue]: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[tuple[str, MetadataValue], ...]: ...
    def __getitem__(
        self, index: int | slice
    ) -> tuple[str, MetadataValue] | tuple[tuple[str, MetadataValue], ...]:
        return self._pairs[index]

    def __len__(self) -> int:
        return len(self._pairs)

    def __iter__(self) -> Iterator[tuple[str, MetadataValue]]:
        return iter(self._pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Metadata) and self._pairs == other._pairs

    def __hash__(self) -> int:
        return hash(self._pairs)

    def __repr__(self) -> str:
        return f"Metadata({list(self._pairs)!r})"


EMPTY = Metadata()


def checked(
    metadata: Metadata | Mapping[str, MetadataValue] | Iterable[tuple[str, MetadataValue]],
) -> Metadata:
    """Refuses with INVALID_ARGUMENT what the wire does not carry."""
    if isinstance(metadata, Metadata):
        result = metadata
    elif isinstance(metadata, Mapping):
        by_key: Mapping[str, MetadataValue] = metadata  # pyright: ignore[reportUnknownVariableType, reportAssignmentType]
        result = Metadata(by_key.items())
    else:
        result = Metadata(metadata)
    if len(result) > USER_PAIRS_MAX:
        raise _invalid(f"metadata has {len(result)} pairs; at most {USER_PAIRS_MAX} are allowed")
    for key, value in result:
        if KEY.fullmatch(key) is None:
            raise _invalid(f"metadata key {key!r}: use one to 255 of a-z 0-9 . _ -")
        if key.startswith(RESERVED_PREFIXES) or key in RESERVED:
            raise _invalid(f"metadata key {key!r} is reserved; choose another")
        if isinstance(value, bytes) != key.endswith("-bin"):
            raise _invalid(f"metadata key {key!r}: bytes go with keys that end in -bin, only")
    return result


def _invalid(message: str) -> NexusError:
    return NexusError(Code.INVALID_ARGUMENT, message)
