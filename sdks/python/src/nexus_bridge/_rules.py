"""The checks behind a generated `validate`: each appends what it finds, none raises."""

from collections.abc import Sized
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule of the schema that a message breaks."""

    field: str
    """The path, for example `lines[0].sku`."""
    rule: str
    """`required`, `min`, `max`, `min_length` or `max_length`."""
    text: str


def check_required(found: list[Violation], field: str, is_present: bool) -> None:
    if not is_present:
        found.append(Violation(field, "required", "must be set"))


def check_min(found: list[Violation], field: str, value: float, bound: float) -> None:
    if not value >= bound:
        found.append(Violation(field, "min", f"must be at least {bound}"))


def check_max(found: list[Violation], field: str, value: float, bound: float) -> None:
    if not value <= bound:
        found.append(Violation(field, "max", f"must be at most {bound}"))


def check_min_length(found: list[Violation], field: str, value: Sized, bound: int) -> None:
    if len(value) < bound:
        found.append(Violation(field, "min_length", f"must have a length of at least {bound}"))


def check_max_length(found: list[Violation], field: str, value: Sized, bound: int) -> None:
    if len(value) > bound:
        found.append(Violation(field, "max_length", f"must have a length of at most {bound}"))
