"""The frame layer against the golden vectors, at every split, and against damaged headers."""

from __future__ import annotations

import json
from pathlib import Path
from struct import pack
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_bridge import Code
from nexus_bridge import _frame as f
from nexus_bridge import _meta as m
from nexus_bridge._errors import LinkCode
from nexus_bridge._frame import FrameDecoder, LinkFault, frame
from nexus_bridge._meta import (
    Meta,
    MetaFault,
    name_meta,
    producer_tag,
    read_meta,
    seal,
    tag,
    user_tags,
)
from nexus_bridge._metadata import Metadata

VECTORS = json.loads(
    (Path(__file__).resolve().parents[3] / "schema" / "vectors" / "frames.json").read_text()
)
FRAMES: dict[str, bytes] = {each["name"]: bytes.fromhex(each["hex"]) for each in VECTORS["frames"]}


def decode_all(chunks: list[bytes]) -> list[tuple[Any, ...]]:
    got: list[tuple[Any, ...]] = []
    decoder = FrameDecoder(lambda *each: got.append(each))
    for chunk in chunks:
        decoder.feed(chunk)
    assert not decoder.waiting
    return got


def test_crc32_is_the_one_of_the_vectors() -> None:
    assert f"{crc32(VECTORS['crc32']['of'].encode()):08x}" == VECTORS["crc32"]["is"]


@pytest.mark.parametrize("name", FRAMES)
def test_every_vector_at_every_split(name: str) -> None:
    data = FRAMES[name]
    whole = decode_all([data])
    assert len(whole) == 1
    for at in range(1, len(data)):
        assert decode_all([data[:at], data[at:]]) == whole
    assert decode_all([data[at : at + 1] for at in range(len(data))]) == whole


@given(st.lists(st.sampled_from(sorted(FRAMES)), max_size=12), st.randoms(use_true_random=False))
def test_many_frames_in_any_chunks(names: list[str], random: Any) -> None:
    data = b"".join(FRAMES[name] for name in names)
    expected = [each for name in names for each in decode_all([FRAMES[name]])]
    cuts = sorted(random.randrange(len(data) + 1) for _ in range(6))
    chunks = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    assert decode_all(chunks) == expected


USERS = Metadata([("team", "blue"), ("key-bin", b"\0\xff")])


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("ping", frame(f.PING, 0, 0, payload=(42).to_bytes(8, "big"))),
        (
            "open-unary",
            frame(f.OPEN, f.END, 1, route=7, arg=250, payload=b"hello"),
        ),
        (
            "open-named",
            frame(f.OPEN, f.END, 1, meta=name_meta("demo.Echo/Say"), payload=b"hello"),
        ),
        (
            "open-users",
            frame(f.OPEN, f.END, 5, route=7, meta=seal(user_tags(USERS)), payload=b"hello"),
        ),
        ("open-bidi-empty", frame(f.OPEN, 0, 7, route=7)),
        ("open-empty-message", frame(f.OPEN, f.END, 9, route=7, crc=0)),
        ("half-close", frame(f.DATA, f.END, 7)),
        ("data-end", frame(f.DATA, f.END, 1, payload=b"world")),
        ("data-end", f.message_frame(f.DATA, f.END, 1, 0, 0, b"world")),
        ("status-noexec", frame(f.STATUS, f.END | f.NOEXEC, 1, arg=14)),
        ("cancel", frame(f.CANCEL, 0, 1, arg=1, class_=0)),
        ("credit", frame(f.CREDIT, 0, 3, payload=f.U64_PAIR.pack(64, 262144), class_=0)),
        ("alias-bind", frame(f.ALIAS, 0, 0, route=7, meta=name_meta("demo.Echo/Say"))),
        ("alias-free", frame(f.ALIAS, 0, 0, route=7, arg=1)),
        ("publish-qos0", frame(f.PUBLISH, f.RETAIN, 0, route=12, payload=b"21.5")),
        (
            "publish-lane-first",
            frame(
                f.PUBLISH, 0, 13, route=12, arg=1, payload=b" 1.5"[:0] + b"21.5",
                meta=seal(producer_tag(bytes(range(16)), 3, 1)), class_=0x88,
            ),
        ),
    ],
)  # fmt: skip
def test_what_the_sdk_writes_is_the_vector(name: str, made: bytes) -> None:
    assert made.hex() == FRAMES[name].hex()


def test_meta_of_the_vectors_is_read() -> None:
    metas: dict[str, Meta] = {name: read_meta(decode_all([FRAMES[name]])[0][7]) for name in FRAMES}
    assert metas["open-named"].text(1) == "demo.Echo/Say"
    assert metas["open-users"].metadata == USERS
    assert metas["open-trace"].tags[2] == bytes([*range(1, 17), *range(1, 9), 1])
    assert metas["event"].position() == (5, 1001)


def header(**changes: int) -> bytes:
    fields = dict(
        length=0, version=0x10, type=f.DATA, flags=1, meta=0, class_=0x80, hops=16, stream=1,
        route=0, arg=0, crc=0,
    )  # fmt: skip
    head = pack(">IBBHHBBIIII", *(fields | changes).values())
    return head + pack(">I", crc32(head))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (header()[:-1] + b"\0", LinkCode.HEADER_CRC),
        (bytes(32), LinkCode.HEADER_CRC),
        (header(version=0x20), LinkCode.UNSUPPORTED_VERSION),
        (header(length=(1 << 20) + 1), LinkCode.FRAME_TOO_LARGE),
        (header(length=0xFFFFFFFF), LinkCode.FRAME_TOO_LARGE),
        (header(length=3, meta=3), LinkCode.PROTOCOL_ERROR),
        (header(length=10, meta=11), LinkCode.PROTOCOL_ERROR),
        (header(length=20_000, meta=16_385), LinkCode.PROTOCOL_ERROR),
    ],
)
def test_a_broken_header_ends_the_link_with_its_code(data: bytes, code: LinkCode) -> None:
    with pytest.raises(LinkFault) as caught:
        decode_all([data])
    assert caught.value.code is code


def test_the_low_nibble_of_the_version_and_meta_beside_a_full_payload_are_fine() -> None:
    assert len(decode_all([header(version=0x1F)])) == 1
    meta = seal(tag(0x70, b"x" * 100))
    payload = bytes(1 << 20)
    assert len(decode_all([frame(f.EVENT, 0, 1, arg=1, meta=meta, payload=payload)])) == 1


@given(st.integers(0, 31), st.integers(1, 255))
def test_no_flipped_header_byte_goes_unseen(at: int, flip: int) -> None:
    data = bytearray(FRAMES["cancel"])
    data[at] ^= flip
    with pytest.raises(LinkFault):
        decode_all([bytes(data)])


def damaged(tags: bytes) -> bytes:
    return tags + pack(">I", crc32(tags))


@pytest.mark.parametrize(
    ("block", "code"),
    [
        (b"\1\1a" + bytes(4), "DATA_LOSS"),
        (damaged(b"\1"), "INVALID_ARGUMENT"),
        (damaged(b"\1\5ab"), "INVALID_ARGUMENT"),
        (damaged(b"\1\1a\1\1b"), "INVALID_ARGUMENT"),
        (damaged(b"\1\xff\0\1a"), "INVALID_ARGUMENT"),
        (damaged(b"\5\2\5a"), "INVALID_ARGUMENT"),
        (damaged(b"\5\3\1a\xff"), "INVALID_ARGUMENT"),
        (damaged(b"\xf0\1a"), "UNIMPLEMENTED"),
    ],
)
def test_a_broken_meta_block_has_its_verdict(block: bytes, code: str) -> None:
    with pytest.raises(MetaFault) as caught:
        read_meta(block)
    assert caught.value.code.name == code


def test_unknown_tags_that_are_not_critical_are_kept_out_of_the_way() -> None:
    meta = read_meta(damaged(b"\x70\1a" + tag(3, b"v" * 300)))
    assert meta.tags[3] == b"v" * 300


KEYS = st.from_regex(r"[a-z0-9._]{1,20}", fullmatch=True)


@given(
    st.lists(
        st.one_of(
            st.tuples(KEYS, st.text(max_size=80)),
            st.tuples(KEYS.map(lambda key: key + "-bin"), st.binary(max_size=300)),
        ),
        max_size=20,
    )
)
def test_metadata_comes_back_as_it_was(pairs: list[tuple[str, str | bytes]]) -> None:
    metadata = Metadata(pairs)
    assert read_meta(seal(user_tags(metadata))).metadata == metadata


@pytest.mark.parametrize(
    "value",
    [
        m.tag(m.TTL, b"123"),
        m.tag(m.TRACE_ID, bytes(24)),
        m.tag(m.TRACE_STATE, b"\xff"),
        m.tag(m.ATTEMPT, b"12"),
        m.tag(m.INITIAL_CREDIT, bytes(7)),
        m.tag(m.FINGERPRINT, bytes(4)),
        m.tag(m.IDEMPOTENCY_KEY, bytes(65)),
        m.tag(m.USER, b"\x01Kv"),
        m.tag(m.USER, b"\x01k\xff"),
        m.tag(m.USER, b"\x01kv") * 65,
        m.tag(m.NAME, b"n" * 256),
    ],
)
def test_a_value_that_its_tag_cannot_have_is_malformed(value: bytes) -> None:
    with pytest.raises(m.MetaFault) as caught:
        m.read_meta(m.seal(value))
    assert caught.value.code is Code.INVALID_ARGUMENT
