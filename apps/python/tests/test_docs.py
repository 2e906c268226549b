"""Runs docs/python.md: every Python block, in order, in one namespace, as a reader would."""

import ast
import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.autogen_model import ScriptedClient
from support.dspy_model import scripted_lm
from support.llama_index_model import function_calling_llm
from support.mcp_tools import mcp_charge
from support.openai_agents_model import ScriptedModel
from support.script import retry_until_done
from support.semantic_kernel_model import ScriptedChatCompletion
from support.stack import Stack

PAGE = Path(__file__).parents[3] / "docs" / "python.md"
CUSTOMER = "cus_demo_alice"

CALL = mcp_charge(CUSTOMER, amount_cents=2000)
PLUGIN_CALL = mcp_charge(CUSTOMER, amount_cents=2000, prefix="stripe-")

# What `model` stands for below each heading.
MODELS: dict[str, Callable[[], Any]] = {
    "AutoGen": lambda: ScriptedClient(retry_until_done(CALL)),
    "DSPy": lambda: scripted_lm(lambda _: retry_until_done(CALL)),
    "LlamaIndex": lambda: function_calling_llm(retry_until_done(CALL)),
    "OpenAI Agents (and Swarm)": lambda: ScriptedModel(retry_until_done(CALL)),
    "Semantic Kernel": lambda: ScriptedChatCompletion(retry_until_done(PLUGIN_CALL)),
}


def blocks() -> list[tuple[str, str]]:
    """Every Python block with the heading that it stands under."""
    heading, found = "", []
    for part in re.finditer(r"^#+ ([^\n]+)$|^```python\n(.*?)^```$", PAGE.read_text(), re.M | re.S):
        if part[1]:
            heading = part[1]
        else:
            found.append((heading, part[2]))
    return found


def run_block(source: str, names: dict[str, Any]) -> None:
    code = compile(source, str(PAGE), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    outcome = eval(code, names)
    if outcome is not None:
        asyncio.run(outcome)


def test_every_block_of_the_page_works(stack: Stack) -> None:
    before = len(stack.charges(CUSTOMER))
    names: dict[str, Any] = {}
    seen = set()
    for heading, source in blocks():
        seen.add(heading)
        if heading in MODELS:
            names["model"] = MODELS[heading]()
        run_block(source, names)
    assert set(MODELS) <= seen
    made = stack.charges(CUSTOMER)
    amounts = sorted(charge["amount"] for charge in made[: len(made) - before])
    # $20 once: the five frameworks make the same charge in the same run.
    assert amounts == [1200, 1500, 2000, 2900]
    assert "ch_" in names["create_charge"](CUSTOMER, 700, "a tool of one's own")
