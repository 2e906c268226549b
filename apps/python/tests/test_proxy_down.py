"""The articles' FAQ: the proxy goes down while an agent is at work, and comes back."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.tools import FunctionTool

from support.llama_index_model import function_calling_llm
from support.own_proxy import OwnProxy
from support.script import Script, ToolCall, Turn, overheard, retry_until_done
from support.stack import Access, Stack
from support.table import Table
from support.tools import httpx_charge


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[OwnProxy]:
    own = OwnProxy(tmp_path)
    yield own
    own.kill()


def run_agent(script: Script, access: Access) -> None:
    async def run() -> None:
        tool = FunctionTool.from_defaults(fn=httpx_charge(access))
        await FunctionAgent(tools=[tool], llm=function_calling_llm(script)).run("Charge $29.99.")

    asyncio.run(run())


def test_killed_while_the_outcome_is_unknown(stack: Stack, table: Table, proxy: OwnProxy) -> None:
    def charge(customer: str) -> ToolCall:
        arguments = {"customer_id": customer, "amount_cents": 2999, "description": "Pro plan"}
        return ToolCall("create_charge", arguments)

    customer = stack.new_customer()
    stack.lose_answers(1)
    run_agent(retry_until_done(charge(customer)), stack.raw)
    raw = len(stack.charges(customer))

    def meanwhile(script: Script) -> Script:
        """Down when the model has heard of the lost answer, up when it has heard that nobody is there."""

        def acting(results: Sequence[str]) -> Turn:
            if len(results) == 1:
                proxy.kill()
            if len(results) == 2:
                proxy.start()
            return script(results)

        return acting

    access = proxy.start().billing()
    customer = stack.new_customer()
    stack.lose_answers(1)
    told: list[str] = []
    run_agent(meanwhile(overheard(retry_until_done(charge(customer)), told)), access)
    made = stack.charges(customer)
    assert "504" in told[0] and "onnection" in told[1] and told[2] == made[0]["id"]
    table.add("LlamaIndex", "lost answer, and the proxy is killed after it", raw=raw, keybrake=len(made))
    assert (raw, len(made)) == (2, 1)
