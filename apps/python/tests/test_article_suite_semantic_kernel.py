"""Semantic Kernel's article: its `StripeVaultPlugin` and the suite that comes with it, without mocks."""

import asyncio

import httpx
import pytest
from semantic_kernel.functions import KernelArguments, kernel_function
from semantic_kernel.kernel import Kernel

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


def test_vault_key_injected_through_kernel_arguments(stack: Stack) -> None:
    """The key travels in the invocation's arguments, and not in what the model sees or says."""

    class ArgumentsPlugin:
        @kernel_function(name="create_charge")
        async def create_charge(self, customer_id: str, amount_cents: int, vault_key: str = "") -> str:
            plugin = StripeVaultPlugin(Access(f"{stack.proxy_url}/stripe", vault_key))
            return await plugin.create_charge(customer_id, amount_cents, "")

    async def invoke() -> str:
        kernel = Kernel()
        kernel.add_plugin(ArgumentsPlugin(), plugin_name="stripe")
        arguments = KernelArguments(
            vault_key=stack.billing().api_key, customer_id=stack.new_customer(), amount_cents=1999
        )
        return str(
            await kernel.invoke(plugin_name="stripe", function_name="create_charge", arguments=arguments)
        )

    assert "Charged 19.99 USD" in asyncio.run(invoke())
