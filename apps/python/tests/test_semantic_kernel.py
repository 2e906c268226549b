"""Semantic Kernel's failure modes (its article), with a raw key and with Keybrake."""

import asyncio
from collections.abc import Callable

import stripe
from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.prompt_execution_settings import PromptExecutionSettings
from semantic_kernel.connectors.mcp import MCPStreamableHttpPlugin
from semantic_kernel.contents import ChatHistory
from semantic_kernel.functions import kernel_function

from support.mcp_tools import mcp_charge
from support.raw_mcp import RawMcp
from support.script import Script, ToolCall, all_at_once, obedient, one_after_another, retry_until_done
from support.semantic_kernel_model import ScriptedChatCompletion
from support.stack import Access, McpAccess, Stack
from support.table import Table
from support.tools import MODULE_TRIES, module_charge, module_refund

FRAMEWORK = "Semantic Kernel"


class StripePlugin:
    """The article's first plugin: every function is there from the moment the plugin is added."""

    def __init__(self, access: Access) -> None:
        self._charge, self._refund = module_charge(access), module_refund(access)

    @kernel_function(name="create_charge", description="Create a Stripe charge for a customer")
    async def create_charge(self, customer_id: str, amount_cents: int, description: str) -> str:
        return self._charge(customer_id, amount_cents, description)

    @kernel_function(name="refund_charge", description="Refund a Stripe charge")
    async def refund_charge(self, charge_id: str) -> str:
        return self._refund(charge_id)


class CarefulPlugin(StripePlugin):
    """Returns Stripe's errors as texts instead of raising them, as the article's second plugin does."""

    @kernel_function(name="create_charge", description="Create a Stripe charge for a customer")
    async def create_charge(self, customer_id: str, amount_cents: int, description: str) -> str:
        try:
            return self._charge(customer_id, amount_cents, description)
        except stripe.StripeError as error:
            return str(error)


ONE_BY_ONE = 40
"""Rounds of calls; the framework's default is five, which is no bound on the calls of one round."""


async def converse(
    script: Script, plugin: object, chat: ChatHistory, *, rounds: int = ONE_BY_ONE
) -> ChatHistory:
    """One turn of the user, and the framework's own loop of function calls until the model answers."""
    kernel, service, settings = ready(script, plugin, rounds)
    chat.add_user_message("Process all overdue accounts.")
    answer = await service.get_chat_message_content(chat, settings, kernel=kernel)
    assert answer is not None
    chat.add_message(answer)
    return chat


def ready(
    script: Script, plugin: object, rounds: int
) -> tuple[Kernel, ScriptedChatCompletion, PromptExecutionSettings]:
    kernel, service = Kernel(), ScriptedChatCompletion(script)
    kernel.add_service(service)
    kernel.add_plugin(plugin, plugin_name="stripe")
    behavior = FunctionChoiceBehavior.Auto(maximum_auto_invoke_attempts=rounds)
    return kernel, service, PromptExecutionSettings(service_id="default", function_choice_behavior=behavior)


def invoke(script: Script, plugin: StripePlugin, chat: ChatHistory | None = None) -> ChatHistory:
    return asyncio.run(converse(script, plugin, chat or ChatHistory()))


def charge(customer: str, amount_cents: int = 1999) -> ToolCall:
    arguments = {"customer_id": customer, "amount_cents": amount_cents, "description": "overdue"}
    return ToolCall("stripe-create_charge", arguments)


def refund(charge_id: str) -> ToolCall:
    return ToolCall("stripe-refund_charge", {"charge_id": charge_id})


def test_a_lost_answer_makes_the_model_call_again(stack: Stack, table: Table) -> None:
    def run(access: Access) -> int:
        customer = stack.new_customer()
        stack.lose_answers(MODULE_TRIES)
        chat = invoke(retry_until_done(charge(customer)), StripePlugin(access))
        assert "Charge created: ch_" in str(chat.messages[-1])
        return len(stack.charges(customer))

    raw, keybrake = run(stack.raw), run(stack.billing())
    table.add(FRAMEWORK, "auto function choice calls again after a lost answer", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (2, 1)


def test_a_loop_over_many_accounts_is_stopped_by_the_cap(stack: Stack, table: Table) -> None:
    def run(access: Access) -> tuple[int, str]:
        customers = [stack.new_customer() for _ in range(20)]
        chat = invoke(obedient(*(charge(each, 10000) for each in customers)), CarefulPlugin(access))
        return sum(len(stack.charges(each)) for each in customers), str(chat.messages[-1])

    raw, _ = run(stack.raw)
    keybrake, last_words = run(stack.billing(daily_usd_cap=500))
    table.add(FRAMEWORK, "no call budget: 20 accounts of $100, $500 cap", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (20, 5)
    assert "Spend cap reached" in last_words


def test_the_same_loop_while_it_streams(stack: Stack, table: Table) -> None:
    """`kernel.invoke_stream`, as the article has it: nobody reads before everything is charged."""

    async def stream(script: Script, access: Access) -> str:
        kernel, _, settings = ready(script, CarefulPlugin(access), ONE_BY_ONE)
        bill = kernel.add_function(
            plugin_name="billing",
            function_name="bill",
            prompt="Process all overdue accounts.",
            prompt_execution_settings=settings,
        )
        return "".join([str(part) async for parts in kernel.invoke_stream(bill) for part in parts])

    def run(access: Access) -> int:
        customers = [stack.new_customer() for _ in range(8)]
        asyncio.run(stream(obedient(*(charge(each, 10_000) for each in customers)), access))
        return sum(len(stack.charges(each)) for each in customers)

    raw, keybrake = run(stack.raw), run(stack.billing(daily_usd_cap=500))
    table.add(FRAMEWORK, "no call budget: 8 accounts of $100, streaming", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (8, 5)


def test_the_default_of_five_rounds_is_no_budget(stack: Stack, table: Table) -> None:
    """Since the article, `Auto()` ends after five rounds; a round has as many calls as the model likes."""

    def run(access: Access) -> int:
        customers = [stack.new_customer() for _ in range(20)]
        script = all_at_once(*(charge(each, 10_000) for each in customers))
        rounds = FunctionChoiceBehavior.Auto().maximum_auto_invoke_attempts
        asyncio.run(converse(script, CarefulPlugin(access), ChatHistory(), rounds=rounds))
        return sum(len(stack.charges(each)) for each in customers)

    raw, keybrake = run(stack.raw), run(stack.billing(daily_usd_cap=500))
    table.add(FRAMEWORK, "no call budget: 20 accounts in one round", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (20, 5)


def test_an_mcp_plugin_over_many_accounts(stack: Stack, raw_mcp: RawMcp, table: Table) -> None:
    """The same loop with an MCP plugin: Keybrake's has what the role has, and ends with the key's cap."""

    async def run(access: RawMcp | McpAccess) -> tuple[int, str]:
        customers = [stack.new_customer() for _ in range(20)]
        calls = [mcp_charge(each, amount_cents=10000, prefix="stripe-") for each in customers]
        plugin = MCPStreamableHttpPlugin(
            name="stripe", url=access.url, headers=access.headers, load_prompts=False
        )
        async with plugin:
            chat = await converse(obedient(*calls), plugin, ChatHistory())
        return sum(len(stack.charges(each)) for each in customers), str(chat.messages[-1])

    raw, _ = asyncio.run(run(raw_mcp))
    keybrake, told = asyncio.run(run(stack.over_mcp("billing")))
    assert "Spend cap reached" in told
    table.add(FRAMEWORK, "no call budget: the same with an MCP plugin", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (20, 5)


def test_the_number_of_calls_can_be_capped_too(stack: Stack) -> None:
    customers = [stack.new_customer() for _ in range(5)]
    script = one_after_another(*(charge(each, 100) for each in customers))
    invoke(script, CarefulPlugin(stack.billing(max_calls=3)))
    assert sum(len(stack.charges(each)) for each in customers) == 3


def test_every_function_of_the_plugin_has_the_same_key(stack: Stack, table: Table) -> None:
    def run(access: Access) -> int:
        earlier = stack.new_charge(stack.new_customer())
        invoke(one_after_another(refund(earlier)), StripePlugin(access))
        return len(stack.refunds(earlier))

    raw, keybrake = run(stack.raw), run(stack.billing())
    table.add(FRAMEWORK, "billing agent refunds (refunds counted)", raw=raw, keybrake=keybrake)
    assert (raw, keybrake) == (1, 0)


def test_the_chat_history_is_no_permission(stack: Stack, table: Table) -> None:
    """Turn 1 leaves a charge's id in the history; a later turn refunds it. With a key per turn it cannot."""

    def run(access: Access, between_turns: Callable[[], None]) -> int:
        customer = stack.new_customer()
        plugin = StripePlugin(access)
        chat = invoke(one_after_another(charge(customer)), plugin)
        between_turns()
        (made,) = stack.charges(customer)
        later = one_after_another(charge(customer), refund(made["id"]))
        assert made["id"] in str(chat.messages[-1])
        invoke(later, plugin, chat)
        return len(stack.refunds(made["id"]))

    key = stack.issue(
        allowed_operations=["charges.create", "refunds.create"], daily_usd_cap=500, dedupe="act"
    )
    raw = run(stack.raw, lambda: None)
    keybrake = run(key.access, lambda: stack.revoke(key))
    table.add(
        FRAMEWORK, "id left in the chat history is refunded (refunds counted)", raw=raw, keybrake=keybrake
    )
    assert (raw, keybrake) == (1, 0)
