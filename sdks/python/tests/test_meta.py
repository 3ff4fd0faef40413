"""Values of meta tags are checked when a block is read, whoever needs them."""

from __future__ import annotations

import pytest

from nexus_bridge import Code
from nexus_bridge import _meta as m


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (m.TRACE_ID, bytes(24)),
        (m.TRACE_STATE, b"\xff\xfe"),
        (m.TTL, bytes(3)),
        (m.FINGERPRINT, bytes(4)),
        (m.IDEMPOTENCY_KEY, bytes(65)),
        (m.ATTEMPT, bytes(2)),
        (m.INITIAL_CREDIT, bytes(7)),
        (m.USER, b"\x04TEAMx"),
        (m.USER, b"\x00x"),
    ],
)
def test_refuses_a_value_that_its_reader_could_not_use(number: int, value: bytes) -> None:
    with pytest.raises(m.MetaFault) as caught:
        m.read_meta(m.seal(m.tag(number, value)))
    assert caught.value.code is Code.INVALID_ARGUMENT


def test_reads_64_user_pairs_and_refuses_one_more() -> None:
    pair = m.tag(m.USER, b"\x01ab")
    assert len(m.read_meta(m.seal(pair * 64)).users) == 64
    with pytest.raises(m.MetaFault):
        m.read_meta(m.seal(pair * 65))
