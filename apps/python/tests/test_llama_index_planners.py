"""LlamaIndex's planners and workflows: sub-questions and steps that reach the charge tool together."""

import asyncio
import json
import re
from collections.abc import Callable

import httpx
import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.query_engine import SubQuestionQueryEngine
from llama_index.core.question_gen import LLMQuestionGenerator
from llama_index.core.response_synthesizers import get_response_synthesizer
from llama_index.core.schema import QueryBundle
from llama_index.core.tools import FunctionTool, QueryEngineTool
from llama_index.core.workflow import Context, Event, StartEvent, StopEvent, Workflow, step
from llama_index.tools.mcp import BasicMCPClient, McpToolSpec

from support.llama_index_model import TextLLM, function_calling_llm
from support.mcp_tools import mcp_charge
from support.script import ToolCall, one_after_another
from support.stack import Access, McpAccess, Stack
from support.table import Table
from support.tools import client_lookup, httpx_charge, module_charge, module_refund

FRAMEWORK = "LlamaIndex"


class BillEvent(Event):
    reason: str


class BilledEvent(Event):
    text: str


def charge(customer: str) -> ToolCall:
    arguments = {"customer_id": customer, "amount_cents": 2999, "description": "Pro plan"}
    return ToolCall("create_charge", arguments)


def tools_of(access: Access) -> list[FunctionTool]:
    return [FunctionTool.from_defaults(fn=make(access)) for make in (module_charge, module_refund)]


class AgentQueryEngine(BaseQueryEngine):
    """The article's "billing engine": an agent behind a query engine, so that sub-questions reach it."""

    def __init__(self, agent: FunctionAgent) -> None:
        super().__init__(CallbackManager([]))
        self._agent = agent

    def _query(self, query_bundle: QueryBundle) -> Response:
        return asyncio.run(self._aquery(query_bundle))

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return Response(str(await self._agent.run(query_bundle.query_str)))

    def _get_prompt_modules(self) -> dict:
        return {}


def sub_question_engine(
    tools: dict[str, FunctionAgent], questions: list[tuple[str, str]], *, use_async: bool = True
) -> SubQuestionQueryEngine:
    """`questions` are (tool, sub-question): what the model makes of the query."""
    plan = json.dumps({"items": [{"sub_question": text, "tool_name": tool} for tool, text in questions]})
    llm = TextLLM(answer=lambda prompt: plan if "sub_question" in prompt else "Done.")
    return SubQuestionQueryEngine.from_defaults(
        query_engine_tools=[
            QueryEngineTool.from_defaults(AgentQueryEngine(agent), name=name, description=name)
            for name, agent in tools.items()
        ],
        llm=llm,
        question_gen=LLMQuestionGenerator.from_defaults(llm=llm),
        response_synthesizer=get_response_synthesizer(llm=llm, use_async=use_async),
        use_async=use_async,
        verbose=False,
    )


@pytest.mark.parametrize("use_async", [True, False])
def test_two_sub_questions_charge(stack: Stack, table: Table, use_async: bool) -> None:
    """Both come to the billing tool. One after the other, which the article advises first, is no remedy."""

    def run(access: Access) -> int:
        customer = stack.new_customer()
        llm = function_calling_llm(one_after_another(charge(customer)))
        billing = FunctionAgent(tools=tools_of(access), llm=llm)
        questions = [("billing", "Charge $29.99 for Pro"), ("billing", "Upgrade and bill the customer")]
        engine = sub_question_engine({"billing": billing}, questions, use_async=use_async)
        query = "Upgrade the customer to Pro, charge them, and log it."
        if use_async:
            asyncio.run(engine.aquery(query))
        else:
            engine.query(query)
        return len(stack.charges(customer))

    raw, keybrake = run(stack.raw), run(stack.billing())
    failure_mode = f"SubQuestionQueryEngine(use_async={use_async}): both charge"
    table.add(FRAMEWORK, failure_mode, raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (2, 1)


def test_sub_questions_with_read_only_tools(stack: Stack, table: Table) -> None:
    """The article's safe pattern, enforced: the planner's tools have a key that only reads."""

    def run(access: Access) -> int:
        customer = stack.new_customer()
        earlier = stack.new_charge(customer)
        # The planner's agent looks something up, and then does more than it was asked.
        script = one_after_another(ToolCall("lookup_charge", {"charge_id": earlier}), charge(customer))
        tools = [FunctionTool.from_defaults(fn=client_lookup(access)), *tools_of(access)]
        lookup = FunctionAgent(tools=tools, llm=function_calling_llm(script))
        engine = sub_question_engine({"lookup": lookup}, [("lookup", "What was charged?")])
        asyncio.run(engine.aquery("What was the customer charged?"))
        return len(stack.charges(customer)) - 1

    raw, keybrake = run(stack.raw), run(stack.auditing())
    table.add(FRAMEWORK, "SubQuestionQueryEngine: a lookup charges", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (1, 0)


def test_the_root_agent_charges_and_the_planner_reads(stack: Stack) -> None:
    """The whole of the safe pattern, over MCP: there is no tool in the planner's reach that could charge."""

    async def run(billing: McpAccess, audit: McpAccess, customer: str) -> str:
        async def tools_for(access: McpAccess) -> list[FunctionTool]:
            return await McpToolSpec(BasicMCPClient(access.url, headers=access.headers)).to_tool_list_async()

        find = ToolCall("check_existing_charge", {"customer_id": customer, "billing_period": "2026-06"})
        reader = FunctionAgent(
            tools=await tools_for(audit),
            llm=function_calling_llm(one_after_another(mcp_charge(customer), find)),
        )
        engine = sub_question_engine({"crm": reader}, [("crm", "Was June charged?"), ("crm", "Is it?")])
        lookup = QueryEngineTool.from_defaults(engine, name="lookup", description="Never charges.")
        ask = ToolCall("lookup", {"input": "Was June charged?"})
        root = FunctionAgent(
            tools=[*await tools_for(billing), lookup],
            llm=function_calling_llm(one_after_another(ask, mcp_charge(customer), ask)),
        )
        return str(await root.run("Charge $29 for June."))

    customer = stack.new_customer()
    billing, audit = stack.over_mcp("billing"), stack.over_mcp("audit")
    asyncio.run(run(billing, audit, customer))
    assert len(stack.charges(customer)) == 1
    by_audit = [row["operation"] for row in stack.audit(vault_key_id=audit.key.id)]
    assert by_audit and "charges.create" not in by_audit


def charge_or_its_equal(tool: Callable[[str, int, str], str], customer: str, reason: str) -> str:
    """The id of the charge, or of the equal one that the proxy says was made before."""
    try:
        return tool(customer, 2999, reason)
    except httpx.HTTPStatusError as refused:
        error = refused.response.json()["error"]
        assert error["code"] == "possible_repeat"
        return re.search(r"ch_\w+", error["message"]).group()


class BillingWorkflow(Workflow):
    """Two steps that both bill, at the same time: the article's gap, `num_workers` above one."""

    def __init__(self, tool: Callable[[str, int, str], str], customer: str) -> None:
        super().__init__(timeout=60)
        self._tool, self._customer = tool, customer

    @step
    async def begin(self, context: Context, _: StartEvent) -> BillEvent | None:
        for reason in ("the plan", "the upgrade"):
            context.send_event(BillEvent(reason=reason))
        return None

    @step(num_workers=2)
    async def bill(self, event: BillEvent) -> BilledEvent:
        billed = await asyncio.to_thread(charge_or_its_equal, self._tool, self._customer, event.reason)
        return BilledEvent(text=billed)

    @step
    async def end(self, context: Context, event: BilledEvent) -> StopEvent | None:
        both = context.collect_events(event, [BilledEvent, BilledEvent])
        return None if both is None else StopEvent(result=[each.text for each in both])


def test_concurrent_steps_of_a_workflow(stack: Stack, table: Table) -> None:
    def run(access: Access) -> int:
        customer = stack.new_customer()

        async def bill() -> list[str]:
            return await BillingWorkflow(httpx_charge(access), customer).run()

        told = asyncio.run(bill())
        made = [charge["id"] for charge in stack.charges(customer)]
        assert sorted(set(told)) == sorted(made)
        return len(made)

    raw, keybrake = run(stack.raw), run(stack.billing())
    table.add(FRAMEWORK, "two concurrent steps of a workflow both bill", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (2, 1)
