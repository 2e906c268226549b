"""Semantic Kernel's article: its `StripeVaultPlugin` and the suite that comes with it, without mocks."""

import asyncio
import uuid

import httpx
import pytest
from semantic_kernel.connectors.ai.function_calling_utils import (
    kernel_function_metadata_to_function_call_format,
)
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.prompt_execution_settings import PromptExecutionSettings
from semantic_kernel.contents import ChatHistory, ChatMessageContent, FunctionResultContent
from semantic_kernel.functions import KernelArguments, kernel_function
from semantic_kernel.kernel import Kernel

from support.script import ToolCall, all_at_once
from support.semantic_kernel_model import ScriptedChatCompletion
from support.stack import Access, Stack


class StripeVaultPlugin:
    """As in the article."""

    def __init__(self, access: Access) -> None:
        self._client = httpx.AsyncClient(base_url=access.api_base, headers=access.headers, timeout=30.0)

    @kernel_function(name="create_charge", description="Create a Stripe charge for a customer")
    async def create_charge(self, customer_id: str, amount_cents: int, description: str) -> str:
        body = {
            "amount": str(amount_cents),
            "currency": "usd",
            "customer": customer_id,
            "description": description,
        }
        resp = await self._client.post("/v1/charges", data=body)
        if resp.status_code == 429:
            return "Spend cap reached — charge blocked by policy. Stop processing."
        resp.raise_for_status()
        return f"Charged {amount_cents / 100:.2f} USD. ID: {resp.json()['id']}"

    @kernel_function(name="refund_charge", description="Refund a Stripe charge")
    async def refund_charge(self, charge_id: str) -> str:
        resp = await self._client.post("/v1/refunds", data={"charge": charge_id})
        resp.raise_for_status()
        return resp.json()["id"]


def test_create_charge_routes_through_proxy(stack: Stack) -> None:
    customer = stack.new_customer()
    key = stack.issue(role="billing", daily_usd_cap=500, dedupe="act")
    result = asyncio.run(StripeVaultPlugin(key.access).create_charge(customer, 1999, "Test charge"))
    assert "Charged 19.99 USD" in result
    assert [row["usd_cents"] for row in stack.audit(vault_key_id=key.id)] == [1999]
    assert [made["amount"] for made in stack.charges(customer)] == [1999]


def test_spend_cap_triggers_stop(stack: Stack) -> None:
    plugin = StripeVaultPlugin(stack.billing(daily_usd_cap=50))
    result = asyncio.run(plugin.create_charge(stack.new_customer(), 9999, "Over-cap charge"))
    assert "spend cap reached" in result.lower() and "Stop processing" in result


def test_disallowed_operation_blocked(stack: Stack) -> None:
    charge = stack.new_charge(stack.new_customer())
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        asyncio.run(StripeVaultPlugin(stack.billing()).refund_charge(charge))
    assert stack.refunds(charge) == []


async def run_billing_agent(stack: Stack, customers: list[str], **policy: str) -> str:
    """The article's function: a key for this invocation, the plugin with it, and the loop of calls."""
    key = stack.issue(
        name=f"sk-billing-{uuid.uuid4().hex[:8]}",
        daily_usd_cap=500.0,
        allowed_operations=["charges.create", "customers.list"],
        expires_in_seconds=3600,
        **policy,
    )
    calls = [
        ToolCall(
            "stripe-create_charge", {"customer_id": each, "amount_cents": 10_000, "description": "overdue"}
        )
        for each in customers
    ]
    kernel, service = Kernel(), ScriptedChatCompletion(all_at_once(*calls))
    kernel.add_service(service)
    kernel.add_plugin(StripeVaultPlugin(key.access), plugin_name="stripe")
    chat = ChatHistory()
    chat.add_user_message("Process all overdue accounts.")
    settings = PromptExecutionSettings(function_choice_behavior=FunctionChoiceBehavior.Auto())
    answer = await service.get_chat_message_content(chat, settings, kernel=kernel)
    assert answer is not None
    return " ".join(str(item.result) for message in chat.messages for item in results_of(message))


def results_of(message: ChatMessageContent) -> list[FunctionResultContent]:
    return [item for item in message.items if isinstance(item, FunctionResultContent)]


def test_the_articles_agent_stops_at_the_cap(stack: Stack) -> None:
    """All eight calls are in flight together, and five fit."""
    customers = [stack.new_customer() for _ in range(8)]
    told = asyncio.run(run_billing_agent(stack, customers, dedupe="act"))
    assert told.count("Spend cap reached") == 3
    assert sum(len(stack.charges(each)) for each in customers) == 5


def test_the_articles_agent_names_no_act(stack: Stack) -> None:
    """As it is written, with a key as it provisions it: it sends no Idempotency-Key, and charges once."""
    customers = [stack.new_customer()]
    told = asyncio.run(run_billing_agent(stack, customers * 2))
    assert "Charged 100.00 USD" in told
    assert len(stack.charges(customers[0])) == 1


class ArgumentsPlugin:
    """The article's second way: the key is a parameter of the function."""

    def __init__(self, api_base: str) -> None:
        self._api_base = api_base

    @kernel_function(name="create_charge")
    async def create_charge(self, customer_id: str, amount_cents: int, vault_key: str = "") -> str:
        plugin = StripeVaultPlugin(Access(self._api_base, vault_key))
        return await plugin.create_charge(customer_id, amount_cents, "")


def test_vault_key_injected_through_kernel_arguments(stack: Stack) -> None:
    async def invoke() -> str:
        kernel = Kernel()
        kernel.add_plugin(ArgumentsPlugin(f"{stack.proxy_url}/stripe"), plugin_name="stripe")
        arguments = KernelArguments(
            vault_key=stack.billing().api_key, customer_id=stack.new_customer(), amount_cents=1999
        )
        return str(
            await kernel.invoke(plugin_name="stripe", function_name="create_charge", arguments=arguments)
        )

    assert "Charged 19.99 USD" in asyncio.run(invoke())


def test_a_key_among_the_parameters_is_shown_to_the_model(stack: Stack) -> None:
    """Its name stands in what the model is offered; the constructor of a plugin shows nothing of it."""

    def offered(plugin: object) -> set[str]:
        kernel = Kernel()
        kernel.add_plugin(plugin, plugin_name="stripe")
        function = kernel.get_function("stripe", "create_charge")
        schema = kernel_function_metadata_to_function_call_format(function.metadata)
        return set(schema["function"]["parameters"]["properties"])

    access = stack.billing()
    assert "vault_key" in offered(ArgumentsPlugin(access.api_base))
    assert "vault_key" not in offered(StripeVaultPlugin(access))


def test_a_key_among_the_parameters_can_be_filled_by_the_model(stack: Stack) -> None:
    """What the model writes there, from a note that it has read, is the key that is used."""
    planted, customer = stack.issue(role="billing", daily_usd_cap=500, dedupe="act"), stack.new_customer()
    written = {"customer_id": customer, "amount_cents": 9900, "vault_key": planted.vault_key}

    async def converse() -> None:
        kernel = Kernel()
        service = ScriptedChatCompletion(all_at_once(ToolCall("stripe-create_charge", written)))
        kernel.add_service(service)
        kernel.add_plugin(ArgumentsPlugin(f"{stack.proxy_url}/stripe"), plugin_name="stripe")
        chat = ChatHistory()
        chat.add_user_message("Bill the customer.")
        settings = PromptExecutionSettings(function_choice_behavior=FunctionChoiceBehavior.Auto())
        given = KernelArguments(vault_key=stack.auditing().api_key)
        await service.get_chat_message_content(chat, settings, kernel=kernel, arguments=given)

    asyncio.run(converse())
    assert [row["usd_cents"] for row in stack.audit(vault_key_id=planted.id)] == [9900]
