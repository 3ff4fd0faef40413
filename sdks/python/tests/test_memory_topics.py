"""Topics over a memory link: fields, groups, credit, retained values, and what is refused."""

from __future__ import annotations

import pytest
from say import (
    KeptTopic,
    RoomTopic,
    SureTopic,
    Text,
)
from serving import served, text_of

import nexus_bridge as nexus
from nexus_bridge import Code


async def test_a_rule_of_the_schema_is_checked_before_the_handler() -> None:
    async with served() as (link, client, handler):
        with pytest.raises(nexus.NexusError) as caught:
            await client.echo(Text(room="much too long"))
        assert caught.value.code is Code.INVALID_ARGUMENT
        assert caught.value.details[0].type_url.endswith("nexus.v1.ValidationFailed")
        assert not handler.contexts
        with pytest.raises(nexus.NexusError, match="INVALID_ARGUMENT"):
            await link.publish(RoomTopic, Text(room="much too long"))


async def test_topics_match_by_field_and_carry_metadata() -> None:
    async with (
        served() as (link, _, _),
        link.subscribe(RoomTopic.with_fields(room="a b")) as items,
    ):
        await link.publish(RoomTopic, Text(room="other", text="not for us"))
        await link.publish(
            RoomTopic, Text(room="a b", text="1"), metadata={"k": "v"}, correlation_id="c-1"
        )
        item = await anext(items)
        assert isinstance(item, nexus.Event)
        assert item.value == Text(room="a b", text="1")
        assert item.topic == "rooms.a%20b.said"
        assert item.metadata.get("k") == "v"
        assert item.correlation_id == "c-1"


async def test_a_group_shares_and_a_slow_subscriber_gets_a_gap() -> None:
    async with (
        served() as (link, _, _),
        link.subscribe(RoomTopic, group="g") as first,
        link.subscribe(RoomTopic, group="g") as second,
    ):
        for n in range(4):
            await link.publish(RoomTopic, Text(room="r", text=str(n)))
        texts = [await text_of(each) for each in (first, second, first, second)]
        assert sorted(texts) == ["0", "1", "2", "3"]


async def test_a_retained_value_comes_first() -> None:
    async with served() as (link, _, _):
        await link.publish(KeptTopic, Text(room="r", text="old"))
        await link.publish(KeptTopic, Text(room="r", text="kept"))
        async with link.subscribe(KeptTopic) as items:
            item = await anext(items)
            assert isinstance(item, nexus.Event)
            assert (item.value.text, item.retained) == ("kept", True)


async def test_credit_holds_events_back_and_gives_them_later() -> None:
    async with served() as (link, _, _), link.subscribe(RoomTopic, credit=4) as items:
        for n in range(100):
            await link.publish(RoomTopic, Text(room="r", text=str(n)))
        texts = [await text_of(items) for _ in range(100)]
        assert texts == [str(n) for n in range(100)]


async def test_a_sure_topic_is_refused_loudly() -> None:
    async with served() as (link, _, _):
        with pytest.raises(nexus.NexusError) as caught:
            await link.publish(SureTopic, Text())
        assert caught.value.code is Code.UNIMPLEMENTED


async def test_bad_topics_and_too_large_events_are_refused_before_sending() -> None:
    async with served() as (link, _, _):
        with pytest.raises(nexus.NexusError, match="INVALID_ARGUMENT"):
            await link.publish(RoomTopic, Text(room=""))
        with pytest.raises(nexus.NexusError) as caught:
            await link.publish(RoomTopic, Text(room="r", text="x" * 1_100_000))
        assert caught.value.reason is nexus.Reason.TOO_LARGE
