"""The articles' "governed" code, in its framework's loop: what of it holds, and what had to be put right."""

import asyncio
import importlib.util
import uuid
from collections.abc import Callable
from functools import partial

import autogen_agentchat.agents
import dspy
import httpx
import pytest
import stripe
from llama_index.core import agent as llama_index_agent
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent
from llama_index.core.tools import FunctionTool

from support.dspy_model import scripted_lm
from support.llama_index_model import function_calling_llm
from support.script import Script, ToolCall, one_after_another, retry_until_done
from support.stack import Access, Stack
from support.table import Table


class TestDSPy:
    """`make_charge_tool` with a key of run and counter, bound anew for each `forward`."""

    @staticmethod
    def make_charge_tool(access: Access) -> Callable[[str, int, str], str]:
        call_count = [0]
        run_key = str(uuid.uuid4())

        def stripe_charge_tool(customer_id: str, amount_cents: int, description: str) -> str:
            """Create a Stripe charge for a customer. Returns the charge ID."""
            call_count[0] += 1
            body = {
                "customer": customer_id,
                "amount": str(amount_cents),
                "currency": "usd",
                "description": description,
            }
            # The article puts the key into the body, where Stripe refuses it.
            headers = {**access.headers, "Idempotency-Key": f"{run_key}-charge-{call_count[0]}"}
            response = httpx.post(f"{access.api_base}/v1/charges", headers=headers, data=body, timeout=10.0)
            if response.status_code == 429:
                return "ERROR: spend cap reached — halt billing"
            response.raise_for_status()
            return response.json()["id"]

        return stripe_charge_tool

    def run(self, access: Access, customer: str, rebind: Callable[[dspy.ReAct, Callable], None]) -> str:
        tool = self.make_charge_tool(access)
        react = dspy.ReAct("customer_id, amount_cents, description -> charge_id", tools=[tool])
        rebind(react, self.make_charge_tool(access))
        arguments = {"customer_id": customer, "amount_cents": 2999, "description": "Pro plan"}
        call = ToolCall("stripe_charge_tool", arguments)
        with dspy.context(lm=scripted_lm(lambda _: retry_until_done(call))):
            return str(react(**arguments).trajectory)

    def test_tools_bound_anew_as_a_list_never_run(self, stack: Stack) -> None:
        """`self.react.tools = [tool]`: ReAct looks tools up by name, so that every call is an error."""

        def as_written(react: dspy.ReAct, tool: Callable) -> None:
            react.tools = [tool]

        customer = stack.new_customer()
        trajectory = self.run(stack.billing(), customer, as_written)
        assert "list indices must be integers" in trajectory
        assert stack.charges(customer) == []

    def test_the_counter_moves_when_the_model_calls_again(self, stack: Stack, table: Table) -> None:
        def by_name(react: dspy.ReAct, tool: Callable) -> None:
            react.tools["stripe_charge_tool"] = dspy.Tool(tool)

        def charges(access: Access) -> int:
            customer = stack.new_customer()
            stack.lose_answers(1)
            self.run(access, customer, by_name)
            return len(stack.charges(customer))

        raw, keybrake = charges(stack.raw), charges(stack.billing(dedupe="act"))
        table.add("DSPy", "an Idempotency-Key with a counter", raw=raw, keybrake=keybrake)
        assert (raw, keybrake) == (2, 1)
        # Without dedupe="act" the key that is sent is believed.
        assert charges(stack.billing(dedupe="key")) == 2


class TestLlamaIndex:
    """`make_billing_agent`: the run's id as key, bound by `partial`."""

    @staticmethod
    def tool(access: Access, run_id: str, header: str) -> FunctionTool:
        def _charge(customer_id: str, amount_cents: int, description: str, idempotency_key: str) -> str:
            response = httpx.post(
                f"{access.api_base}/v1/charges",
                headers={**access.headers, header: idempotency_key},
                json={
                    "customer": customer_id,
                    "amount": amount_cents,
                    "currency": "usd",
                    "description": description,
                },
                timeout=10,
            )
            if response.status_code == 429:
                raise RuntimeError(f"Daily spend cap reached: {response.json().get('error', '')}")
            response.raise_for_status()
            return response.json()["id"]

        fn = partial(_charge, idempotency_key=run_id)
        fn.__name__ = "create_charge"  # type: ignore[attr-defined]
        fn.__doc__ = "Charge a customer via Stripe. Returns the charge ID."
        return FunctionTool.from_defaults(fn=fn)

    def amounts(
        self,
        stack: Stack,
        access: Access,
        customer: str,
        script: Script,
        header: str = "Idempotency-Key",
    ) -> list[int]:
        tool = self.tool(access, f"run-{customer}", header)

        async def run() -> None:
            agent = FunctionAgent(tools=[tool], llm=function_calling_llm(script))
            await agent.run("Bill the customer.")

        asyncio.run(run())
        return sorted(made["amount"] for made in stack.charges(customer))

    @staticmethod
    def charge(customer: str, amount_cents: int = 2999, **more: str) -> ToolCall:
        arguments = {"customer_id": customer, "amount_cents": amount_cents, "description": "Pro", **more}
        return ToolCall("create_charge", arguments)

    def test_a_retry_within_the_run_is_one_charge(self, stack: Stack) -> None:
        customer = stack.new_customer()
        stack.lose_answers(1)
        script = retry_until_done(self.charge(customer))
        assert self.amounts(stack, stack.billing(dedupe="key"), customer, script) == [2999]

    def test_a_second_line_item_of_the_run_is_not_billed(self, stack: Stack) -> None:
        customer = stack.new_customer()
        script = one_after_another(self.charge(customer, 2900), self.charge(customer, 1000))
        assert self.amounts(stack, stack.billing(dedupe="key"), customer, script) == [2900]
        # The same id as X-Agent-Run-Id names the run, and each act of it has a key of its own.
        customer = stack.new_customer()
        items = one_after_another(*(self.charge(customer, amount) for amount in (2900, 1000, 2900)))
        access = stack.billing()
        assert self.amounts(stack, access, customer, items, "X-Agent-Run-Id") == [1000, 2900]

    def test_the_model_can_change_a_key_that_is_bound_by_partial(self, stack: Stack) -> None:
        """`partial` makes a default of it, and the schema that the model is given has it."""
        schema = self.tool(stack.billing(), "run-1", "Idempotency-Key").metadata.get_parameters_dict()
        assert "idempotency_key" in schema["properties"]

        def repeated(access: Access) -> int:
            customer = stack.new_customer()
            again = self.charge(customer, idempotency_key=f"retry-{customer}")
            return len(self.amounts(stack, access, customer, one_after_another(self.charge(customer), again)))

        assert repeated(stack.billing(dedupe="key")) == 2
        assert repeated(stack.billing(dedupe="act")) == 1

    def test_a_cap_that_is_raised_does_not_end_the_run(self, stack: Stack) -> None:
        """The article expects RuntimeError from the agent; the agent is told, and goes on."""
        customer, key = stack.new_customer(), stack.issue(role="billing", daily_usd_cap=5)
        script = one_after_another(self.charge(customer), self.charge(customer, 3999))
        assert self.amounts(stack, key.access, customer, script) == []
        codes = [row["code"] for row in stack.audit(vault_key_id=key.id)]
        assert codes == ["spend_cap_exceeded"] * 2


def test_what_the_articles_use_and_the_pinned_packages_do_not_have() -> None:
    """Each of these has a row with its successor in docs/python.md. Older packages, and forks, may have them still."""
    assert not hasattr(stripe, "AsyncStripe")
    # The article's `stripe.error.…` works; only an `import stripe.error`, which it does not make, would fail.
    assert stripe.error.RateLimitError is stripe.RateLimitError  # type: ignore[attr-defined]
    assert importlib.util.find_spec("stripe.error") is None
    with pytest.raises(TypeError, match="base_url"):
        stripe.StripeClient("vk_test_x", base_url="http://127.0.0.1:9/stripe/")  # type: ignore[call-arg]
    assert not hasattr(dspy, "Assert") and not hasattr(dspy, "Suggest") and not hasattr(dspy, "MIPRO")
    assert not hasattr(ReActAgent, "from_tools") and not hasattr(ReActAgent, "chat")
    assert not hasattr(llama_index_agent, "AgentRunner")
    assert not hasattr(llama_index_agent, "ReActAgentWorker")
    assert not hasattr(autogen_agentchat.agents.AssistantAgent, "register_for_llm")
