"""Runs docs/python.md and the Python pages of docs/frameworks: every block, in order, as a reader would."""

import ast
import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.autogen_model import ScriptedClient
from support.dspy_model import scripted_lm
from support.llama_index_model import function_calling_llm
from support.mcp_tools import mcp_charge
from support.openai_agents_model import ScriptedModel
from support.script import Script, one_after_another, overheard
from support.semantic_kernel_model import ScriptedChatCompletion
from support.stack import Stack

DOCS = Path(__file__).parents[3] / "docs"
START = DOCS / "python.md"
FRAMEWORKS = DOCS / "frameworks"
# The parts of the start that every page of a framework goes on from.
COMMON = {"A key", "MCP"}
CUSTOMER = "cus_demo_alice"


@dataclass(frozen=True)
class Page:
    model: Callable[[Script], Any]
    """What `model` stands for on the page."""
    prefix: str = ""
    """What the framework puts before the names of tools."""


PAGES = {
    "autogen.md": Page(ScriptedClient),
    "dspy.md": Page(lambda script: scripted_lm(lambda _: script)),
    "llamaindex-python.md": Page(function_calling_llm),
    "openai-agents-python.md": Page(ScriptedModel),
    "semantic-kernel.md": Page(ScriptedChatCompletion, prefix="stripe-"),
}


def blocks(page: Path) -> list[tuple[str, str]]:
    """Every Python block with the heading that it stands under."""
    heading, found = "", []
    for part in re.finditer(r"^#+ ([^\n]+)$|^```python\n(.*?)^```$", page.read_text(), re.M | re.S):
        if part[1]:
            heading = part[1]
        else:
            found.append((heading, part[2]))
    return found


def run_block(page: Path, source: str, names: dict[str, Any]) -> None:
    code = compile(source, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    outcome = eval(code, names)
    if outcome is not None:
        asyncio.run(outcome)


def common_names() -> dict[str, Any]:
    names: dict[str, Any] = {}
    seen = set()
    for heading, source in blocks(START):
        if heading in COMMON:
            seen.add(heading)
            run_block(START, source, names)
    assert seen == COMMON
    return names


def test_every_block_of_the_start_works(stack: Stack) -> None:
    before = len(stack.charges(CUSTOMER))
    names: dict[str, Any] = {}
    for _, source in blocks(START):
        run_block(START, source, names)
    made = stack.charges(CUSTOMER)
    amounts = sorted(charge["amount"] for charge in made[: len(made) - before])
    assert amounts == [1200, 1500, 2900]
    assert "ch_" in names["create_charge"](CUSTOMER, 700, "a tool of one's own")


@pytest.mark.parametrize("name", PAGES)
def test_first_block_charges_once_and_is_told_of_the_cap(stack: Stack, name: str) -> None:
    page = PAGES[name]
    customer = stack.new_customer()
    june = mcp_charge(customer, amount_cents=2000, prefix=page.prefix)
    too_much = mcp_charge(customer, amount_cents=60_000, prefix=page.prefix)
    told: list[str] = []
    script = overheard(one_after_another(june, june, too_much), told)
    names = {**common_names(), "model": page.model(script)}
    (_, source), *_ = blocks(FRAMEWORKS / name)
    run_block(FRAMEWORKS / name, source, names)
    (made,) = stack.charges(customer)
    assert made["amount"] == 2000
    assert [made["id"] in text for text in told] == [True, True, False]
    assert "Spend cap reached" in told[2]
    assert "Stop: do not retry" in told[2]


@pytest.mark.parametrize("name", PAGES)
def test_every_block_of_a_page_works(stack: Stack, name: str) -> None:
    page = PAGES[name]
    customer = stack.new_customer()
    names = common_names()
    runs = 0
    for _, source in blocks(FRAMEWORKS / name):
        call = mcp_charge(customer, amount_cents=15_000, prefix=page.prefix)
        names["model"] = page.model(one_after_another(call))
        runs += "model" in source
        run_block(FRAMEWORKS / name, source, names)
    assert [charge["amount"] for charge in stack.charges(customer)] == [15_000] * runs
    if name == "openai-agents-python.md":
        assert len(names["waiting"]) == 1
        assert "ch_" in str(names["done"].final_output)
    if name == "dspy.md":
        assert_simulates(stack, names["simulated_key"], customer)


def assert_simulates(stack: Stack, vault_key: str, customer: str) -> None:
    before = len(stack.writes())
    answer = httpx.post(
        f"{stack.proxy_url}/stripe/v1/charges",
        headers={"Authorization": f"Bearer {vault_key}", "Idempotency-Key": "trial"},
        json={"customer": customer, "amount": 2900, "currency": "usd"},
    )
    assert answer.json()["id"].startswith("ch_mock_")
    assert len(stack.writes()) == before


def test_every_python_page_is_run_here() -> None:
    with_python = {page.name for page in FRAMEWORKS.glob("*.md") if blocks(page)}
    assert with_python == set(PAGES)
