"""What the reader refuses, with its words and places, and what it keeps though it does not know it."""

import pytest
from golden.editions.fixtures.editions.v1 import Modern
from golden.oneof.fixtures.oneof.v1 import Choice, Nested
from golden.proto2_basics.fixtures.proto2_basics.v1 import Basics
from golden.recursive.fixtures.recursive.v1 import Tree
from golden.repeated.fixtures.repeated.v1 import Repeated
from golden.scalars.fixtures.scalars.v1 import Scalars

import nexus_bridge as nexus
from nexus_bridge.gen1 import DecodeError, EncodeError


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("08", "fixtures.oneof.v1.Nested: the bytes end before a varint at offset 1"),
        ("0880", "the bytes end inside a varint at offset 1"),
        ("08" + "80" * 10 + "01", "a varint is longer than ten bytes at offset 1"),
        ("00", "0 is no field number at offset 0"),
        ("1205", "5 bytes are declared, 0 are left at offset 1"),
        ("12ffffffff0f", "4294967295 bytes are declared, 0 are left at offset 1"),
        ("0d0102", "fewer than 4 bytes are left at offset 1"),
        ("14", "a group ends that never began at offset 1"),
        ("13", "the bytes end inside a group at offset 1"),
        ("130c", "field 1 ends a group that it did not begin at offset 1"),
        ("0e", "6 is no wire type at offset 1"),
        ("ffffffffff01", "no field number at offset 0"),
    ],
)
def test_broken_bytes_are_refused_with_type_and_offset(data: str, words: str) -> None:
    with pytest.raises(DecodeError) as caught:
        nexus.decode(Nested, bytes.fromhex(data))
    assert words in str(caught.value)
    assert caught.value.code is nexus.Code.DATA_LOSS


@pytest.mark.parametrize("data", ["720161", "7203e282ac"])
def test_strings_are_checked_in_full(data: str) -> None:
    assert nexus.decode(Scalars, bytes.fromhex(data)).string_value in ("a", "€")


@pytest.mark.parametrize("data", ["7201ff", "7202c080", "7203eda080", "7202e282"])
def test_a_string_that_is_not_utf8_is_refused(data: str) -> None:
    with pytest.raises(DecodeError, match="not UTF-8"):
        nexus.decode(Scalars, bytes.fromhex(data))


def test_an_unchecked_string_keeps_bytes_that_are_not_utf8() -> None:
    data = bytes.fromhex("4202ff41")
    assert nexus.encode(nexus.decode(Modern, data)) == data


def test_a_fixed_number_at_the_end_of_the_bytes_is_refused_when_cut() -> None:
    with pytest.raises(DecodeError):
        nexus.decode(Scalars, bytes.fromhex("0901020304"))


def test_every_prefix_of_a_message_is_a_message_or_refused() -> None:
    tree = Tree(value=1, left=Tree(value=300, others=[Tree(), Tree(value=-1)]))
    data = nexus.encode(tree)
    for end in range(len(data)):
        try:
            nexus.decode(Tree, data[:end])
        except DecodeError:
            continue


def nested(depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        out = bytearray(b"\x12")
        size = len(data)
        while size > 127:
            out.append(size & 127 | 128)
            size >>= 7
        out.append(size)
        data = bytes(out) + data
    return data


def test_messages_nest_to_the_limit_and_no_deeper() -> None:
    nexus.decode(Tree, nested(64))
    with pytest.raises(DecodeError, match="nest deeper than 64"):
        nexus.decode(Tree, nested(65))


def test_unknown_groups_nest_to_the_limit_and_no_deeper() -> None:
    nexus.decode(Nested, b"\x13" * 64 + b"\x14" * 64)
    with pytest.raises(DecodeError, match="nest deeper than 64"):
        nexus.decode(Nested, b"\x13" * 65 + b"\x14" * 65)


def test_unknown_fields_are_kept_and_written_last() -> None:
    data = bytes.fromhex("980601" + "0807" + "a2060161" + "a306a80601a406")
    message = nexus.decode(Nested, data)
    assert message.id == 7
    assert message.unknown_fields == bytes.fromhex("980601a2060161a306a80601a406")
    assert nexus.encode(message) == bytes.fromhex("0807980601a2060161a306a80601a406")
    assert message != Nested(id=7)


def test_a_known_field_of_another_wire_type_is_kept_as_unknown() -> None:
    data = bytes.fromhex("0d01020304")
    message = nexus.decode(Nested, data)
    assert message.id == 0
    assert nexus.encode(message) == data


def test_a_message_that_comes_twice_is_merged() -> None:
    first = Tree(left=Tree(value=1, others=[Tree(value=2)]))
    second = Tree(left=Tree(left=Tree(value=3), others=[Tree(value=4)]))
    merged = nexus.decode(Tree, nexus.encode(first) + nexus.encode(second))
    assert merged == Tree(
        left=Tree(value=1, left=Tree(value=3), others=[Tree(value=2), Tree(value=4)])
    )


def test_the_last_case_of_a_oneof_wins_and_merges_with_itself_alone() -> None:
    text = nexus.encode(Choice(value=Choice.ValueText("a")))
    choice = nexus.encode(Choice(value=Choice.ValueChoice(Choice(before="b"))))
    again = nexus.encode(Choice(value=Choice.ValueChoice(Choice(between="c"))))
    assert nexus.decode(Choice, choice + text).value == Choice.ValueText("a")
    merged = nexus.decode(Choice, text + choice + again)
    assert merged.value == Choice.ValueChoice(Choice(before="b", between="c"))


def test_packed_and_unpacked_are_read_whatever_was_declared() -> None:
    assert nexus.decode(Repeated, bytes.fromhex("180118021a0103")).int32_value == [1, 2, 3]
    assert nexus.decode(Repeated, bytes.fromhex("92010201029001039001" + "04")).unpacked == [
        1,
        2,
        3,
        4,
    ]
    assert nexus.decode(Repeated, bytes.fromhex("4d010000004a0402000000")).fixed32_value == [1, 2]


def test_packed_numbers_that_end_inside_one_are_refused() -> None:
    with pytest.raises(DecodeError, match="end inside one"):
        nexus.decode(Repeated, bytes.fromhex("4a03010203"))


def test_a_closed_enum_leaves_unknown_numbers_among_the_unknown_fields() -> None:
    data = bytes.fromhex("0a0161" + "4002" + "4007" + "6801" + "6809" + "6a020109")
    message = nexus.decode(Basics, data)
    assert (message.kind, message.kinds) == (2, [1, 1])
    assert message.unknown_fields == bytes.fromhex("400768096809")


def test_a_required_field_must_be_there() -> None:
    with pytest.raises(DecodeError, match="required field name is missing"):
        nexus.decode(Basics, b"")
    with pytest.raises(EncodeError, match="required field name is not set"):
        nexus.encode(Basics())


@pytest.mark.parametrize(
    "message",
    [
        Scalars(int32_value=2**31),
        Scalars(uint32_value=-1),
        Scalars(int64_value=-(2**63) - 1),
        Scalars(uint64_value=2**64),
        Scalars(sint32_value=2**31),
        Scalars(fixed32_value=2**32),
        Scalars(sfixed64_value=2**63),
        Scalars(string_value=5),  # type: ignore  # pyright: ignore[reportArgumentType]
        Scalars(string_value="\ud800"),
        Repeated(fixed64_value=[-1]),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_refused(message: nexus.Message) -> None:
    with pytest.raises(EncodeError) as caught:
        nexus.encode(message)
    assert str(caught.value).count("fixtures.") == 1
    assert caught.value.code is nexus.Code.INVALID_ARGUMENT


def test_a_message_in_itself_is_refused() -> None:
    tree = Tree()
    tree.left = tree
    with pytest.raises(EncodeError, match="contains itself"):
        nexus.encode(tree)


def test_a_decoded_message_owns_its_bytes() -> None:
    buffer = bytearray(bytes.fromhex("7a0161"))
    message = nexus.decode(Scalars, memoryview(buffer))
    buffer[2] = 0
    assert message.bytes_value == b"a"
