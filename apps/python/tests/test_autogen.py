"""AutoGen's failure modes (its article, in AgentChat's terms), with a raw key and with Keybrake."""

import asyncio
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier

import httpx
import pytest
import stripe
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import SourceMatchTermination
from autogen_agentchat.teams import SelectorGroupChat
from autogen_ext.code_executors.local import LocalCommandLineCodeExecutor
from autogen_ext.tools.code_execution import PythonCodeExecutionTool
from autogen_ext.tools.mcp import McpWorkbench, StreamableHttpServerParams

from support.autogen_model import ScriptedClient
from support.mcp_tools import MCP_TRIES, mcp_charge
from support.raw_mcp import RawMcp
from support.script import (
    Script,
    ToolCall,
    all_of_it_again_after_an_error,
    one_after_another,
    overheard,
    retry_until_done,
)
from support.stack import Access, McpAccess, Stack
from support.table import Table
from support.tools import MODULE_TRIES, ChargeTool, httpx_charge, module_charge, module_charge_async

FRAMEWORK = "AutoGen"


def assistant(name: str, script: Script, tool: Callable) -> AssistantAgent:
    return AssistantAgent(name, model_client=ScriptedClient(script), tools=[tool], max_tool_iterations=30)


def charge(customer: str, amount_cents: int = 2900, description: str = "overdue balance") -> ToolCall:
    arguments = {"customer_id": customer, "amount_cents": amount_cents, "description": description}
    return ToolCall("create_charge", arguments)


@pytest.mark.parametrize("make_tool", [module_charge, module_charge_async])
def test_a_lost_answer_makes_the_conversation_retry(stack: Stack, table: Table, make_tool: Callable) -> None:
    def converse(access: Access) -> int:
        customer = stack.new_customer()
        stack.lose_answers(MODULE_TRIES)
        agent = assistant("billing", retry_until_done(charge(customer)), make_tool(access))
        result = asyncio.run(agent.run(task="Charge the overdue balance of $29."))
        assert "Charge created: ch_" in result.messages[-1].to_text()
        return len(stack.charges(customer))

    kind = "async tool" if make_tool is module_charge_async else "tool"
    raw, keybrake = converse(stack.raw), converse(stack.billing())
    table.add(FRAMEWORK, f"conversation retries after a lost answer, {kind}", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (2, 1)


@pytest.mark.parametrize(("cap", "expected"), [(5000, 8), (500, 5)])
def test_one_error_and_the_whole_list_is_charged_again(
    stack: Stack, table: Table, cap: int, expected: int
) -> None:
    """The article's 400 charges instead of 200: an error is taken for a partial failure."""

    def converse(access: Access) -> int:
        customers = [stack.new_customer() for _ in range(8)]
        stack.lose_answers(MODULE_TRIES)
        script = all_of_it_again_after_an_error(*(charge(each, 10_000) for each in customers))
        agent = assistant("billing", script, module_charge(access))
        asyncio.run(agent.run(task="Charge all customers with a balance of $100."))
        return sum(len(stack.charges(each)) for each in customers)

    raw, keybrake = converse(stack.raw), converse(stack.billing(daily_usd_cap=cap))
    table.add(FRAMEWORK, f"retry storm over 8 customers of $100, ${cap} cap", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (16, expected)


@pytest.mark.parametrize("reads_by", ["role", "zero cap"])
def test_group_chat_with_one_key_per_role(stack: Stack, table: Table, reads_by: str) -> None:
    """The reconciliation agent derives a wrong corrective amount and calls the function that all share."""

    def converse(billing: Access, reconciliation: Access, analytics: Access) -> list[int]:
        customer = stack.new_customer()
        june, correction = charge(customer, 2900, "June"), charge(customer, 1250, "correction")
        speakers = iter(["billing", "reconciliation", "analytics"])
        team = SelectorGroupChat(
            [
                assistant("billing", one_after_another(june), module_charge(billing)),
                assistant("reconciliation", one_after_another(correction), module_charge(reconciliation)),
                assistant("analytics", lambda _: "Revenue is up.", module_charge(analytics)),
            ],
            model_client=ScriptedClient(lambda _: next(speakers)),
            termination_condition=SourceMatchTermination(["analytics"]),
        )
        asyncio.run(team.run(task="Bill June, reconcile, report."))
        return sorted(made["amount"] for made in stack.charges(customer))

    # The article's key may charge, and has no budget; the role "audit" may not even try.
    no_budget = {"allowed_operations": ["charges.*"], "daily_usd_cap": 0, "dedupe": "act"}
    reads = stack.auditing() if reads_by == "role" else stack.issue(**no_budget).access
    raw = converse(stack.raw, stack.raw, stack.raw)
    keybrake = converse(stack.billing(), reads, stack.auditing())
    failure_mode = f"group chat: another role uses the shared function, stopped by {reads_by}"
    table.add(FRAMEWORK, failure_mode, raw=len(raw), keybrake=len(keybrake))
    assert (raw, keybrake) == ([1250, 2900], [2900])


def test_group_chat_whose_lead_makes_the_keys(stack: Stack, table: Table) -> None:
    """Each agent has a key that the lead's made for it: one charges, the others read, and all end with the chat."""

    def converse(billing: Access, reconciliation: Access, analytics: Access) -> list[int]:
        customer = stack.new_customer()
        june, again = charge(customer, 2900, "June"), charge(customer, 2900, "July, to be sure")
        correction = charge(customer, 1250, "correction")
        speakers = iter(["billing", "reconciliation", "analytics"])
        team = SelectorGroupChat(
            [
                assistant("billing", one_after_another(june, again), module_charge(billing)),
                assistant("reconciliation", one_after_another(correction), module_charge(reconciliation)),
                assistant("analytics", lambda _: "Revenue is up.", module_charge(analytics)),
            ],
            model_client=ScriptedClient(lambda _: next(speakers)),
            termination_condition=SourceMatchTermination(["analytics"]),
        )
        asyncio.run(team.run(task="Bill June, reconcile, report."))
        return sorted(made["amount"] for made in stack.charges(customer))

    # The lead may charge $40 in all: the second charge would come to $58, and is one of the same act besides.
    lead = stack.issue(
        allowed_operations=["charges.create", "reads"],
        daily_usd_cap=40,
        dedupe="act",
        may_delegate={"keys": 5},
    )
    raw = converse(stack.raw, stack.raw, stack.raw)
    with ExitStack() as chat:
        charges = chat.enter_context(stack.delegated(lead, name="billing", max_usd_per_call=30))
        reads = [
            chat.enter_context(stack.delegated(lead, name=name, allowed_operations=["reads"]))
            for name in ("reconciliation", "analytics")
        ]
        keybrake = converse(charges.access, *(key.access for key in reads))
        assert stack.admin.get(f"/vault-keys/{lead.id}").json()["spent"] == 29
        wider = {"name": "more", "allowed_operations": ["refunds.create"]}
        refused = httpx.post(f"{stack.proxy_url}/vault-keys", json=wider, headers=charges.access.headers)
        assert refused.json()["error"]["code"] == "delegation_not_allowed"
    for key in (charges, *reads):
        ended = httpx.get(f"{key.access.api_base}/v1/charges", headers=key.access.headers)
        assert ended.json()["error"]["code"] == "vault_key_revoked"
    table.add(FRAMEWORK, "group chat: keys that the lead's key makes", raw=len(raw), keybrake=len(keybrake))
    assert (raw, keybrake) == ([1250, 2900, 2900], [2900])


def test_another_customer_and_an_outsized_amount(stack: Stack, table: Table) -> None:
    """Two of the article's gaps: a customer that was made up, and $10,000 under a cap that allows it."""

    def converse(keyed_for: Callable[[str], Access]) -> list[int]:
        mine, other = stack.new_customer(), stack.new_customer()
        script = one_after_another(charge(mine), charge(other, 3000), charge(mine, 1_000_000))
        # A refusal is raised here, and the conversation goes on.
        asyncio.run(assistant("billing", script, module_charge(keyed_for(mine))).run(task="Charge $29."))
        return sorted(made["amount"] for each in (mine, other) for made in stack.charges(each))

    def narrow(customer: str) -> Access:
        return stack.billing(customers=[customer], max_usd_per_call=50, daily_usd_cap=50_000)

    raw, keybrake = converse(lambda _: stack.raw), converse(narrow)
    table.add(FRAMEWORK, "another customer, an outsized amount", raw=len(raw), keybrake=len(keybrake))
    assert (raw, keybrake) == ([2900, 3000, 1_000_000], [2900])


def test_many_conversations_under_one_budget(stack: Stack, table: Table) -> None:
    """The third gap: each conversation is within its own cap, and their sum is not."""

    def converse(access_of: Callable[[], Access]) -> int:
        customers = [stack.new_customer() for _ in range(5)]

        async def all_at_the_same_time() -> None:
            agents = [
                assistant("billing", one_after_another(charge(each, 5000)), httpx_charge(access_of()))
                for each in customers
            ]
            await asyncio.gather(*(agent.run(task="Charge $50.") for agent in agents))

        asyncio.run(all_at_the_same_time())
        return sum(len(stack.charges(each)) for each in customers)

    budget = {"name": f"autogen-{uuid.uuid4().hex[:8]}", "daily_usd_cap": 100}
    stack.admin.post("/budgets", json=budget).raise_for_status()
    raw = converse(lambda: stack.raw)
    keybrake = converse(lambda: stack.billing(daily_usd_cap=500, budget=budget["name"]))
    table.add(FRAMEWORK, "5 conversations of $50, $100 budget over all", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (5, 2)


def test_code_that_the_model_writes(
    stack: Stack, table: Table, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Code execution finds what is in the environment. A vault key there is bounded; Stripe's key is not."""

    def converse(access: Access) -> int:
        customers = [stack.new_customer() for _ in range(8)]
        monkeypatch.setenv("STRIPE_API_KEY", access.api_key)
        monkeypatch.setenv("STRIPE_API_BASE", access.api_base)
        code = f"""
import os, httpx
for customer in {customers}:
    httpx.post(
        os.environ["STRIPE_API_BASE"] + "/v1/charges",
        headers={{"Authorization": "Bearer " + os.environ["STRIPE_API_KEY"]}},
        data={{"customer": customer, "amount": 10000, "currency": "usd"}},
    )
print("tried all")
"""
        tool = PythonCodeExecutionTool(LocalCommandLineCodeExecutor(work_dir=tmp_path))
        script = one_after_another(ToolCall(tool.name, {"code": code}))
        result = asyncio.run(assistant("billing", script, tool).run(task="Collect what is overdue."))
        assert "tried all" in result.messages[-1].to_text()
        return sum(len(stack.charges(each)) for each in customers)

    raw, keybrake = converse(stack.raw), converse(stack.billing(daily_usd_cap=500))
    table.add(FRAMEWORK, "code execution: a loop of 8 x $100, $500 cap", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (8, 5)


def test_two_conversations_at_once_need_a_client_each(stack: Stack) -> None:
    """The article's tool assigns the module's globals in each call; whoever assigns last has both calls."""

    def keys_used(make_tool: Callable[[Access, Barrier], ChargeTool]) -> list[int]:
        keys = [stack.issue(role="billing", daily_usd_cap=500, dedupe="act") for _ in range(2)]
        both_assigned = Barrier(2, timeout=20)

        async def converse() -> None:
            agents = [
                assistant(
                    "billing",
                    one_after_another(charge(stack.new_customer())),
                    make_tool(each.access, both_assigned),
                )
                for each in keys
            ]
            await asyncio.gather(*(agent.run(task="Charge $29.") for agent in agents))

        asyncio.run(converse())
        return sorted(len(stack.audit(vault_key_id=key.id)) for key in keys)

    def with_globals(access: Access, both_assigned: Barrier) -> ChargeTool:
        def create_charge(customer_id: str, amount_cents: int, description: str = "") -> str:
            """Create a Stripe charge for a customer."""
            stripe.api_key, stripe.api_base = access.api_key, access.api_base
            both_assigned.wait()
            return stripe.Charge.create(amount=amount_cents, currency="usd", customer=customer_id).id

        return create_charge

    def with_a_client(access: Access, both_assigned: Barrier) -> ChargeTool:
        client = stripe.StripeClient(access.api_key, base_addresses={"api": access.api_base})

        def create_charge(customer_id: str, amount_cents: int, description: str = "") -> str:
            """Create a Stripe charge for a customer."""
            both_assigned.wait()
            params = {"amount": amount_cents, "currency": "usd", "customer": customer_id}
            return client.v1.charges.create(params).id

        return create_charge

    assert keys_used(with_globals) == [0, 2]
    assert keys_used(with_a_client) == [1, 1]


def test_mcp_workbench(stack: Stack, raw_mcp: RawMcp, table: Table) -> None:
    """The same lost answers; the tools come from a workbench, and the agent has no Stripe code."""

    async def converse(access: RawMcp | McpAccess) -> tuple[list[str], list[str]]:
        customer = stack.new_customer()
        stack.lose_answers(MCP_TRIES)
        told: list[str] = []
        server = StreamableHttpServerParams(url=access.url, headers=access.headers)
        async with McpWorkbench(server) as workbench:
            model = ScriptedClient(overheard(retry_until_done(mcp_charge(customer)), told))
            agent = AssistantAgent("billing", model_client=model, workbench=workbench, max_tool_iterations=10)
            await agent.run(task="Charge $29 for June.")
        return [made["id"] for made in stack.charges(customer)], told

    raw, _ = asyncio.run(converse(raw_mcp))
    keybrake, told = asyncio.run(converse(stack.over_mcp("billing")))
    table.add(FRAMEWORK, "lost answer, MCP workbench", raw=len(raw), keybrake=len(keybrake))
    assert (len(raw), len(keybrake)) == (2, 1)
    assert "unknown whether" in told[0] and keybrake[0] in told[1]


def test_which_conversation_made_a_charge(stack: Stack) -> None:
    """A key per conversation: the audit log names it, which Stripe's log cannot."""
    customer = stack.new_customer()

    def converse(access: Access) -> dict:
        tool = module_charge(access)
        asyncio.run(assistant("billing", one_after_another(charge(customer)), tool).run(task="Charge $29."))
        return stack.charges(customer)[0]

    assert converse(stack.raw)["metadata"] == {}
    made = converse(stack.billing(name="conversation-81f2"))
    (row,) = [row for row in stack.audit(operation="charges.create") if row["object_id"] == made["id"]]
    assert row["vault_key_name"] == "conversation-81f2"
    # Stripe's own dashboard says it too.
    assert made["metadata"]["keybrake_key"] == row["vault_key_id"]


def test_the_audit_log_finds_the_turn_that_charged(stack: Stack) -> None:
    """A workbench's headers are fixed, so that each turn of a conversation has a workbench of its own."""
    access, conversation = stack.over_mcp("billing"), f"conv-{uuid.uuid4()}"
    # What the user asks for, turn by turn: the second one is no charge.
    asked = [stack.new_customer(), None, stack.new_customer()]

    async def take(turn: int, customer: str | None) -> None:
        said = {"X-Agent-Conversation-Id": conversation, "X-Agent-Turn": str(turn)}
        server = StreamableHttpServerParams(url=access.url, headers={**access.headers, **said})
        call = ToolCall("list_customers", {}) if customer is None else mcp_charge(customer)
        async with McpWorkbench(server) as workbench:
            model = ScriptedClient(one_after_another(call))
            await AssistantAgent("billing", model_client=model, workbench=workbench).run(task="As asked.")

    async def converse() -> None:
        for turn, customer in enumerate(asked, start=1):
            await take(turn, customer)

    asyncio.run(converse())
    for turn, customer in enumerate(asked, start=1):
        (row,) = stack.audit(conversation_id=conversation, turn=str(turn))
        made = [] if customer is None else [each["id"] for each in stack.charges(customer)]
        assert [row["object_id"]] == (made or [None])
    (charged,) = stack.audit(object_id=stack.charges(asked[2])[0]["id"])
    assert (charged["conversation_id"], charged["turn"]) == (conversation, "3")
