"""The samples as a reader would run them: against a router, with the output that they promise."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys

import pytest
from test_router import NODE, ROOT, pytestmark, routed

SAMPLES = ROOT / "sdks" / "python" / "samples"
SOURCES = ROOT / "sdks" / "python" / "src"

__all__ = ["pytestmark"]


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("call", ["o-1 a", "NOT_FOUND ''"]),
        ("stream", ["o-1", "o-2", "o-3", "4", "HELLO"]),
        ("publish", ["orders.eu.created o-2"]),
        ("work", ["later p-1", "packed p-2", "packed p-1", "free docks 3 True"]),
        (
            "as_json",
            [
                '{"warehouse":"ham","parcelId":"p-1"}',
                "True",
                "shipping.v1.ParcelDue: warehouse: is no text",
            ],
        ),
        ("walkthrough", ["o-1", "o-1", "o-2", "hello", "o-1"]),
    ],
)
async def test_a_sample_prints_what_it_promises(name: str, output: list[str]) -> None:
    async with routed() as router:
        environment = os.environ | {
            "NEXUS_URL": router.url,
            "PYTHONPATH": os.pathsep.join((str(SOURCES), str(SAMPLES / "gen"))),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(SAMPLES / f"{name}.py"), env=environment,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        printed, _ = await process.communicate()
        assert process.returncode == 0
        assert printed.decode().splitlines() == output


def test_every_example_of_the_guide_is_part_of_a_sample() -> None:
    guide = (ROOT / "docs" / "guides" / "python.md").read_text()
    programs = [
        "\n".join(line.strip() for line in path.read_text().splitlines())
        for path in SAMPLES.glob("*.py")
    ]
    blocks = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert blocks
    for block in blocks:
        lines = "\n".join(line.strip() for line in block.strip().splitlines())
        assert any(lines in program for program in programs), block


def test_the_generated_code_of_the_samples_is_fresh() -> None:
    assert NODE is not None
    done = subprocess.run(
        [NODE, str(ROOT / "cli" / "bin" / "nexus.js"), "generate", "--check"],
        cwd=SAMPLES,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
