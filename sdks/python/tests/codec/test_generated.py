"""Generated modules as a program meets them: imports, names, printing, rules, topics, errors."""

import builtins
import importlib
import pickle
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import golden.orders.orders.v1 as orders
import pytest
from golden.enums.fixtures.enums.v1 import Status
from golden.orders.orders.v1 import (
    Card,
    Customer,
    Order,
    OrderCreated,
    OrderCreatedTopic,
    OrderNotFound,
    OrderNotFoundError,
    OrderService,
    OrderStatus,
    OrderStatusChanged,
    OrderStatusChangedTopic,
)
from golden.pii.fixtures.pii.v1 import Person
from golden.rules.fixtures.rules.v1 import Child, Ruled

import nexus_bridge as nexus
from nexus_bridge import gen1
from nexus_bridge.gen1 import Violation, validate

GOLDEN = Path(__file__).parents[4] / "generators/python/golden"
MODULES = sorted(
    ".".join(path.relative_to(GOLDEN.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in GOLDEN.rglob("*.py")
)


@pytest.mark.parametrize("name", MODULES)
def test_every_golden_module_imports_and_runs_nothing_of_its_schema(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def canary(*_: object) -> None:
        raise AssertionError("text of a schema was executed")

    for word in ("canary", "alert", "evil"):
        monkeypatch.setattr(builtins, word, canary, raising=False)
    module = importlib.import_module(name)
    for exported in getattr(module, "__all__", []):
        assert getattr(module, exported) is not None


def test_a_package_knows_its_names_and_refuses_others() -> None:
    assert {"Order", "OrderServiceClient", "OrderCreatedTopic"} <= set(dir(orders))
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        orders.Nothing  # type: ignore  # pyright: ignore  # noqa: B018


def test_a_oneof_can_be_taken_apart() -> None:
    order = Order(payment=Order.PaymentCard(Card(last_four_digits="4242")))
    match order.payment:
        case Order.PaymentCard(Card(last_four_digits=digits)):
            assert digits == "4242"
        case _:
            pytest.fail("the case is lost")


def test_an_unknown_number_is_a_member_of_its_own() -> None:
    status = OrderStatus(99)
    assert (status, status.name, type(status)) == (99, "99", OrderStatus)
    assert status == OrderStatus(99)
    assert 99 not in [member.value for member in OrderStatus]
    assert Status.OPENED is Status.OPEN
    with pytest.raises(ValueError, match="not a valid"):
        OrderStatus(2**31)


def test_pii_is_never_printed() -> None:
    person = Person(id=1, name="Ada", emails=["a@b"], contact=Person.ContactPhone("555"))
    text = repr(person)
    assert not [secret for secret in ("Ada", "a@b", "555") if secret in text]
    assert text == "Person(id=1, name=<pii>, emails=<pii>, contact=Person.ContactPhone(<pii>))"
    assert "Ada" not in repr(Order(customer=Customer(name="Ada")))


def test_messages_can_be_pickled() -> None:
    order = Order(id="a", lines=[Order.Line(sku="b")], payment=Order.PaymentVoucher("c"))
    assert pickle.loads(pickle.dumps(order)) == order


def test_rules_name_the_field_by_its_path() -> None:
    message = Ruled(
        name="x",
        count=11,
        ratio=0.25,
        nickname="",
        children=[Child(id="a"), Child()],
        choice=Ruled.ChoiceNumber(0),
    )
    found = [(violation.field, violation.rule) for violation in validate(message)]
    assert found == [
        ("name", "min_length"),
        ("count", "max"),
        ("ratio", "min"),
        ("tags", "min_length"),
        ("nickname", "min_length"),
        ("child", "required"),
        ("children[1].id", "required"),
        ("number", "min"),
    ]
    good = Ruled(name="äöü", ratio=1, tags=["a"], child=Child(id="c"))
    assert validate(good) == []
    assert validate(OrderCreated()) == [Violation("region", "required", "must be set")]


@pytest.mark.parametrize(
    ("region", "expected"),
    [("eu", "orders.eu.created"), ("a.b %ü", "orders.a%2Eb%20%25%C3%BC.created")],
)
def test_a_topic_takes_its_text_from_the_message(region: str, expected: str) -> None:
    assert OrderCreatedTopic.topic_for(OrderCreated(region=region)) == expected
    assert OrderCreatedTopic.matching(region=region).pattern == expected


def test_a_topic_knows_enums_by_their_name_in_the_schema() -> None:
    changed = OrderStatusChanged(region="eu", status=OrderStatus.PAID)
    topic = OrderStatusChangedTopic
    assert topic.topic_for(changed) == "orders.eu.status.ORDER_STATUS_PAID"
    assert topic.matching(status=OrderStatus(42)).pattern == "orders.*.status.42"
    assert topic.pattern == topic.matching().pattern == "orders.*.status.*"
    assert topic.ttl_ms == 60_000


def test_an_empty_field_makes_no_topic() -> None:
    with pytest.raises(ValueError, match="field region is empty"):
        OrderCreatedTopic.topic_for(OrderCreated())


def test_a_schema_error_is_an_exception_with_its_message() -> None:
    with pytest.raises(nexus.NexusError) as caught:
        raise OrderNotFoundError(OrderNotFound(id="o-1"))
    error = caught.value
    assert isinstance(error, OrderNotFoundError)
    assert (error.code, error.detail.id, error.retryable) == (nexus.Code.NOT_FOUND, "o-1", False)


def test_a_service_says_what_its_schema_says() -> None:
    method: gen1.Method[Any, Any] = OrderService.methods["get_order"]
    assert (method.path, method.timeout, method.idempotent, method.errors) == (
        "orders.v1.OrderService/GetOrder",
        2,
        True,
        (OrderNotFoundError,),
    )
    assert [method.shape for method in OrderService.methods.values()] == [
        "unary",
        "server_stream",
        "client_stream",
        "bidi",
    ]


def test_times_are_exact_and_say_when_they_round() -> None:
    before_1970 = datetime(1969, 12, 31, 23, 59, 59, 1, UTC)
    stamp = nexus.Timestamp.from_datetime(before_1970)
    assert (stamp.seconds, stamp.nanos) == (-1, 1_000)
    assert stamp.to_datetime() == before_1970
    east = datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert nexus.Timestamp.from_datetime(east).to_datetime() == datetime(2026, 1, 1, tzinfo=UTC)
    assert nexus.Timestamp(nanos=1_999).to_datetime().microsecond == 1
    with pytest.raises(ValueError, match="time zone"):
        nexus.Timestamp.from_datetime(datetime(2026, 1, 1))
    with pytest.raises(OverflowError):
        nexus.Timestamp(seconds=2**62).to_datetime()


def test_durations_have_one_sign() -> None:
    span = nexus.Duration.from_timedelta(timedelta(seconds=-1, microseconds=-500_000))
    assert (span.seconds, span.nanos) == (-1, -500_000_000)
    assert span.to_timedelta() == timedelta(seconds=-1.5)
    assert nexus.Duration(seconds=-1, nanos=-1).to_timedelta() == timedelta(seconds=-1)
    with pytest.raises(OverflowError):
        nexus.Duration(seconds=315_576_000_000_000).to_timedelta()


def test_any_holds_one_message() -> None:
    packed = nexus.Any.pack(OrderNotFound(id="a"))
    assert packed.type_url == "type.googleapis.com/orders.v1.OrderNotFound"
    assert packed.unpack(OrderNotFound) == OrderNotFound(id="a")
    assert packed.unpack(Order) is None
