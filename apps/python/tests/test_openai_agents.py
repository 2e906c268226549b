"""Swarm's failure modes (its article) in its successor, the OpenAI Agents SDK: raw key, then Keybrake."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import stripe
from agents import Agent, RunContextWrapper, RunItemStreamEvent, Runner, Tool, function_tool
from agents.mcp import MCPServerStreamableHttp

from support.mcp_tools import mcp_charge
from support.openai_agents_model import ScriptedModel
from support.raw_mcp import RawMcp
from support.script import Script, ToolCall, Turn, all_at_once, one_after_another, overheard, retry_until_done
from support.stack import Access, McpAccess, Stack
from support.table import Table
from support.tools import client_charge, client_check, client_lookup

FRAMEWORK = "OpenAI Agents (Swarm)"


def charge(customer: str, period: str = "2026-06", amount_cents: int = 2900) -> ToolCall:
    arguments = {"customer_id": customer, "amount_cents": amount_cents, "billing_period": period}
    return ToolCall("charge_stripe", arguments)


def billing_agent(script: Script, access: Access) -> Agent:
    tool = function_tool(client_charge(access))
    return Agent(name="billing", model=ScriptedModel(script), tools=[tool])


@dataclass
class SwarmContext:
    """Swarm's context_variables: handed to every tool of every agent in the chain."""

    stripe: Access | None


@function_tool(name_override="charge_stripe")
def charge_with_context_key(
    context: RunContextWrapper[SwarmContext], customer_id: str, amount_cents: int, billing_period: str
) -> str:
    """Charge a customer with the key from the shared context, as the article begins."""
    access = context.context.stripe
    if access is None:
        return "No key in the context."
    client = stripe.StripeClient(access.api_key, base_addresses={"api": access.api_base})
    params = {"amount": amount_cents, "currency": "usd", "customer": customer_id}
    return f"Charged: {client.v1.charges.create(params).id}"


def test_context_carries_the_key_across_a_hand_off(stack: Stack, table: Table) -> None:
    """After the hand-off to support an ambiguous "sort out that charge" makes the support agent charge."""
    transfer = ToolCall("transfer_to_support", {})

    def run(billing_tool: Tool, support_tools: list[Tool], context: SwarmContext, customer: str) -> int:
        support = Agent(
            name="support",
            # Its model has seen two results: the charge and the hand-off.
            model=ScriptedModel(
                lambda results: [charge(customer, "2026-06-again", 2901)] if len(results) == 2 else "Sorted."
            ),
            tools=support_tools,
        )
        billing = Agent(
            name="billing",
            model=ScriptedModel(one_after_another(charge(customer), transfer)),
            tools=[billing_tool],
            handoffs=[support],
        )
        result = asyncio.run(Runner.run(billing, "Charge $29 for June, then support.", context=context))
        assert result.last_agent is support
        return len(stack.charges(customer))

    raw = run(
        charge_with_context_key, [charge_with_context_key], SwarmContext(stack.raw), stack.new_customer()
    )
    # With Keybrake nothing is in the context; each agent's tools hold a key of its role.
    auditing = stack.auditing()
    keybrake = run(
        function_tool(client_charge(stack.billing())),
        [function_tool(client_charge(auditing)), function_tool(client_lookup(auditing))],
        SwarmContext(None),
        stack.new_customer(),
    )
    table.add(FRAMEWORK, "support charges with the key from the context", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (2, 1)


def test_a_lost_answer_makes_the_model_call_again(stack: Stack, table: Table) -> None:
    def run(access: Access) -> int:
        customer = stack.new_customer()
        stack.lose_answers(1)
        agent = billing_agent(retry_until_done(charge(customer)), access)
        result = asyncio.run(Runner.run(agent, "Charge $29 for June", max_turns=5))
        assert "Charged: ch_" in result.final_output
        return len(stack.charges(customer))

    raw, keybrake = run(stack.raw), run(stack.billing())
    table.add(FRAMEWORK, "tool error after a lost answer is retried", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (2, 1)


def test_mcp_servers_per_agent_across_a_hand_off(stack: Stack, raw_mcp: RawMcp, table: Table) -> None:
    """Each agent has an MCP server; with a key of its role's, support has nothing that could charge."""
    transfer = ToolCall("transfer_to_support", {})

    def server(access: RawMcp | McpAccess) -> MCPServerStreamableHttp:
        return MCPServerStreamableHttp({"url": access.url, "headers": access.headers})

    async def run(billing_access: RawMcp | McpAccess, support_access: RawMcp | McpAccess) -> int:
        customer = stack.new_customer()
        async with server(billing_access) as billing_server, server(support_access) as support_server:
            offered = {tool.name for tool in await support_server.list_tools()}
            find = ToolCall("check_existing_charge", {"customer_id": customer, "billing_period": "2026-06"})
            # Support does what it can to see June billed.
            does = mcp_charge(customer) if "create_charge" in offered else find
            support = Agent(
                name="support",
                model=ScriptedModel(lambda results: [does] if len(results) == 2 else results[-1]),
                mcp_servers=[support_server],
            )
            billing = Agent(
                name="billing",
                model=ScriptedModel(one_after_another(mcp_charge(customer), transfer)),
                mcp_servers=[billing_server],
                handoffs=[support],
            )
            result = await Runner.run(billing, "Charge $29 for June, then support.")
        made = stack.charges(customer)
        assert made[0]["id"] in result.final_output
        return len(made)

    raw = asyncio.run(run(raw_mcp, raw_mcp))
    keybrake = asyncio.run(run(stack.over_mcp("billing"), stack.over_mcp("audit")))
    table.add(FRAMEWORK, "hand-off to support, an MCP server per agent", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (2, 1)


def test_many_turns_bill_many_times(stack: Stack, table: Table) -> None:
    """ "If the charge is pending or unclear, create a new one", with ten turns to do it in."""

    def run(access: Access) -> int:
        customer = stack.new_customer()
        agent = billing_agent(one_after_another(*[charge(customer)] * 4), access)
        asyncio.run(Runner.run(agent, "Make sure the customer is billed $29 for June.", max_turns=10))
        return len(stack.charges(customer))

    raw, keybrake = run(stack.raw), run(stack.billing())
    table.add(FRAMEWORK, "max_turns: billed again while unclear", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (4, 1)


def test_a_look_first_that_finds_nothing(stack: Stack, table: Table) -> None:
    """The article's look-up reads five charges. June is the sixth when the job runs again."""

    def run(billing: Access, audit: Access) -> int:
        customer = stack.new_customer()
        find = ToolCall("check_existing_charge", {"customer_id": customer, "billing_period": "2026-06"})

        def look_first(results: Sequence[str]) -> Turn:
            if not results:
                return [find]
            return [charge(customer)] if results == ["No existing charge for this period."] else results[-1]

        tools = [function_tool(client_check(audit)), function_tool(client_charge(billing))]

        def job() -> str:
            agent = Agent(name="billing", model=ScriptedModel(look_first), tools=tools)
            result = Runner.run(agent, "Make sure the customer is billed $29 for June.", max_turns=10)
            return asyncio.run(result).final_output

        first = job()
        assert first.startswith("Charged: ch_") and "Existing charge: ch_" in job()
        for amount_minor in range(100, 105):
            stack.new_charge(customer, amount_minor)
        assert job().startswith("Charged: ch_")
        return sum(made["amount"] == 2900 for made in stack.charges(customer))

    raw, keybrake = run(stack.raw, stack.raw), run(stack.billing(), stack.auditing())
    table.add(FRAMEWORK, "looks first, among the last five charges only", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (2, 1)


@pytest.mark.parametrize(
    ("periods", "cap", "failure_mode"),
    [
        (["2026-06", "2026-06"], 500, "the same charge twice in one turn"),
        (["2026-06", "2026-07", "2026-08"], 30, "three periods in one turn, $30 cap"),
    ],
)
def test_parallel_calls_of_one_turn(
    stack: Stack, table: Table, periods: list[str], cap: int, failure_mode: str
) -> None:
    def run(access: Access) -> int:
        customer = stack.new_customer()
        agent = billing_agent(all_at_once(*(charge(customer, period) for period in periods)), access)
        asyncio.run(Runner.run(agent, "Charge what is due."))
        return len(stack.charges(customer))

    raw, keybrake = run(stack.raw), run(stack.billing(daily_usd_cap=cap))
    table.add(FRAMEWORK, failure_mode, raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (len(periods), 1)


def test_a_stream_that_is_cut_after_the_charge(stack: Stack, table: Table) -> None:
    """The tool call is in no history, and the resumed run does not know of it."""

    async def ask(access: Access, customer: str, *, hang_up: bool) -> None:
        agent = billing_agent(one_after_another(charge(customer)), access)
        result = Runner.run_streamed(agent, "Charge $29 for June.")
        async for event in result.stream_events():
            if hang_up and isinstance(event, RunItemStreamEvent) and event.name == "tool_output":
                result.cancel()
                break

    def run(access: Access) -> int:
        customer = stack.new_customer()
        asyncio.run(ask(access, customer, hang_up=True))
        assert len(stack.charges(customer)) == 1
        asyncio.run(ask(access, customer, hang_up=False))
        return len(stack.charges(customer))

    raw, keybrake = run(stack.raw), run(stack.billing())
    table.add(FRAMEWORK, "stream cut after the charge, then resumed", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (2, 1)


def test_our_tools_have_one_spelling_of_a_period(stack: Stack, raw_mcp: RawMcp, table: Table) -> None:
    """Over MCP another spelling is refused with a text, before anything is sent; no cap is needed for it."""
    spellings = ("June 2026", "2026-06", "06/2026", "2026-06")

    async def run(access: RawMcp | McpAccess) -> tuple[list[str], list[str]]:
        customer = stack.new_customer()
        told: list[str] = []
        calls = [mcp_charge(customer, period=period) for period in spellings]
        async with MCPServerStreamableHttp({"url": access.url, "headers": access.headers}) as server:
            model = ScriptedModel(overheard(one_after_another(*calls), told))
            await Runner.run(Agent(name="billing", model=model, mcp_servers=[server]), "Bill $29 for June.")
        return [made["id"] for made in stack.charges(customer)], told

    raw, _ = asyncio.run(run(raw_mcp))
    keybrake, told = asyncio.run(run(stack.over_mcp("billing")))
    table.add(FRAMEWORK, "the period spelt differently, MCP tools", raw=len(raw), keybrake=len(keybrake))
    assert (len(raw), len(keybrake)) == (4, 1)
    assert [keybrake[0] in text for text in told] == [False, True, False, True]
    assert "billing_period" in told[0] and "Nothing was sent" in told[0]


def test_another_spelling_of_the_period_is_stopped_by_the_cap(stack: Stack, table: Table) -> None:
    """The article's FAQ. Another spelling is another act here; a cap of one month's price holds."""

    def run(access: Access) -> int:
        customer = stack.new_customer()
        spellings = [charge(customer, period) for period in ("June 2026", "2026-06", "06/2026")]
        agent = billing_agent(one_after_another(*spellings), access)
        asyncio.run(Runner.run(agent, "Bill $29 for June.", max_turns=10))
        return len(stack.charges(customer))

    raw, keybrake = run(stack.raw), run(stack.billing(daily_usd_cap=30))
    table.add(FRAMEWORK, "the period spelt differently each time, $30 cap", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (3, 1)
