"""AutoGen's failure modes (its article, in AgentChat's terms), with a raw key and with Keybrake."""

import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_ext.tools.mcp import McpWorkbench, StreamableHttpServerParams

from support.autogen_model import ScriptedClient
from support.mcp_tools import mcp_charge
from support.script import Script, ToolCall, obedient, one_after_another, retry_until_done
from support.stack import Access, McpAccess, Stack
from support.table import Table
from support.tools import MODULE_TRIES, module_charge

FRAMEWORK = "AutoGen"


def assistant(name: str, script: Script, access: Access) -> AssistantAgent:
    return AssistantAgent(
        name,
        model_client=ScriptedClient(script),
        tools=[module_charge(access)],
        max_tool_iterations=10,
    )


def charge(customer: str, amount_cents: int = 2900, description: str = "overdue balance") -> ToolCall:
    arguments = {"customer_id": customer, "amount_cents": amount_cents, "description": description}
    return ToolCall("create_charge", arguments)


def test_a_lost_answer_makes_the_conversation_retry(stack: Stack, table: Table) -> None:
    def converse(access: Access) -> int:
        customer = stack.new_customer()
        stack.lose_answers(MODULE_TRIES)
        agent = assistant("billing", retry_until_done(charge(customer)), access)
        asyncio.run(agent.run(task="Charge the overdue balance of $29."))
        return len(stack.charges(customer))

    raw, keybrake = converse(stack.raw), converse(stack.billing())
    table.add(FRAMEWORK, "conversation retries after a lost answer", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (2, 1)


def test_retry_storm_over_many_customers_is_stopped_by_the_cap(stack: Stack, table: Table) -> None:
    def converse(access: Access) -> int:
        customers = [stack.new_customer() for _ in range(8)]
        # The model takes the first pass for a partial failure and goes over the list once more.
        passes = [charge(each, 10000, text) for text in ("overdue", "overdue, retry") for each in customers]
        agent = AssistantAgent(
            "billing",
            model_client=ScriptedClient(obedient(*passes)),
            tools=[module_charge(access)],
            max_tool_iterations=30,
        )
        asyncio.run(agent.run(task="Charge all customers with a balance of $100."))
        return sum(len(stack.charges(each)) for each in customers)

    raw, keybrake = converse(stack.raw), converse(stack.billing(daily_usd_cap=500))
    table.add(FRAMEWORK, "retry storm: 8 customers, list done twice, $500 cap", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (16, 5)


def test_group_chat_with_one_key_per_role(stack: Stack, table: Table) -> None:
    """The reconciliation agent derives a wrong corrective amount and calls the function that all share."""

    def converse(billing: Access, reconciliation: Access, analytics: Access) -> list[int]:
        customer = stack.new_customer()
        team = RoundRobinGroupChat(
            [
                assistant("billing", one_after_another(charge(customer, 2900, "June")), billing),
                assistant(
                    "reconciliation", one_after_another(charge(customer, 1250, "correction")), reconciliation
                ),
                assistant("analytics", lambda results: "Revenue is up.", analytics),
            ],
            termination_condition=MaxMessageTermination(4),
        )
        asyncio.run(team.run(task="Bill June, reconcile, report."))
        return sorted(made["amount"] for made in stack.charges(customer))

    raw = converse(stack.raw, stack.raw, stack.raw)
    keybrake = converse(stack.billing(), stack.auditing(), stack.auditing())
    table.add(
        FRAMEWORK, "group chat: another role uses the shared function", raw=len(raw), keybrake=len(keybrake)
    )
    assert (raw, keybrake) == ([1250, 2900], [2900])


def test_mcp_workbench(stack: Stack, table: Table) -> None:
    """The same lost answer; Keybrake's tools come from a workbench, and the agent has no Stripe code."""

    def with_a_function(access: Access) -> int:
        customer = stack.new_customer()
        stack.lose_answers(MODULE_TRIES)
        agent = assistant("billing", retry_until_done(charge(customer)), access)
        asyncio.run(agent.run(task="Charge $29."))
        return len(stack.charges(customer))

    async def with_a_workbench(access: McpAccess) -> int:
        customer = stack.new_customer()
        stack.lose_answers(MODULE_TRIES)
        server = StreamableHttpServerParams(url=access.url, headers=access.headers)
        async with McpWorkbench(server) as workbench:
            model = ScriptedClient(retry_until_done(mcp_charge(customer)))
            agent = AssistantAgent("billing", model_client=model, workbench=workbench, max_tool_iterations=10)
            result = await agent.run(task="Charge $29 for June.")
        assert "ch_" in result.messages[-1].to_text()
        return len(stack.charges(customer))

    raw = with_a_function(stack.raw)
    keybrake = asyncio.run(with_a_workbench(stack.over_mcp("billing")))
    table.add(FRAMEWORK, "lost answer, MCP workbench", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (2, 1)


def test_which_conversation_made_a_charge(stack: Stack) -> None:
    """A key per conversation: the audit log names it, which Stripe's log cannot."""
    customer = stack.new_customer()
    access = stack.billing(name="conversation-81f2")
    agent = assistant("billing", one_after_another(charge(customer)), access)
    asyncio.run(agent.run(task="Charge $29."))
    (made,) = stack.charges(customer)
    (row,) = [row for row in stack.audit(operation="charges.create") if row["object_id"] == made["id"]]
    assert row["vault_key_name"] == "conversation-81f2"
    # Stripe's own dashboard says it too.
    assert made["metadata"]["keybrake_key"] == row["vault_key_id"]
