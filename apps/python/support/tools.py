"""The articles' Stripe tools, each as its article wrote it, with `access` for the two lines that change."""

from collections.abc import Awaitable, Callable

import httpx
import stripe

from support.stack import Access

# What stripe-python tries by itself when `stripe.api_key` is used: once, and twice more.
MODULE_TRIES = 3

ChargeTool = Callable[[str, int, str], str]
AsyncChargeTool = Callable[[str, int, str], Awaitable[str]]
RefundTool = Callable[[str], str]


def module_charge(access: Access) -> ChargeTool:
    """AutoGen, LlamaIndex and Semantic Kernel: the module's globals. Raises what the package raises."""

    def create_charge(customer_id: str, amount_cents: int, description: str = "") -> str:
        """Create a Stripe charge for a customer."""
        stripe.api_key = access.api_key
        stripe.api_base = access.api_base
        charge = stripe.Charge.create(
            amount=amount_cents,
            currency="usd",
            customer=customer_id,
            description=description,
        )
        return f"Charge created: {charge.id}, amount: ${amount_cents / 100:.2f}"

    return create_charge


def module_charge_async(access: Access) -> AsyncChargeTool:
    """The same without blocking, which AutoGen's article asks for under "async function tools"."""

    async def create_charge(customer_id: str, amount_cents: int, description: str = "") -> str:
        """Create a Stripe charge for a customer."""
        stripe.api_key = access.api_key
        stripe.api_base = access.api_base
        charge = await stripe.Charge.create_async(
            amount=amount_cents, currency="usd", customer=customer_id, description=description
        )
        return f"Charge created: {charge.id}, amount: ${amount_cents / 100:.2f}"

    return create_charge


def module_refund(access: Access) -> RefundTool:
    def create_refund(charge_id: str) -> str:
        """Refund a Stripe charge."""
        stripe.api_key = access.api_key
        stripe.api_base = access.api_base
        return f"Refunded. Refund ID: {stripe.Refund.create(charge=charge_id).id}"

    return create_refund


def httpx_charge(access: Access) -> ChargeTool:
    """DSPy and LlamaIndex: plain HTTP. A reached cap is a text for the model, everything else raises."""

    def create_charge(customer_id: str, amount_cents: int, description: str) -> str:
        """Create a Stripe charge for a customer. Returns the charge ID."""
        response = httpx.post(
            f"{access.api_base}/v1/charges",
            headers=access.headers,
            data={
                "customer": customer_id,
                "amount": str(amount_cents),
                "currency": "usd",
                "description": description,
            },
            timeout=10.0,
        )
        if response.status_code == 429:
            return f"ERROR: spend cap reached — halt billing. {response.json()['error']['message']}"
        response.raise_for_status()
        return response.json()["id"]

    return create_charge


def httpx_refund(access: Access) -> RefundTool:
    def create_refund(charge_id: str) -> str:
        """Refund a charge. Returns the refund ID."""
        body = {"charge": charge_id}
        response = httpx.post(
            f"{access.api_base}/v1/refunds", headers=access.headers, data=body, timeout=10.0
        )
        if response.status_code == 429:
            return f"ERROR: spend cap reached — halt refunds. {response.json()['error']['message']}"
        response.raise_for_status()
        return response.json()["id"]

    return create_refund


def client_charge(access: Access) -> Callable[[str, int, str], str]:
    """Swarm: a client of its own per role, and errors as texts. The article's wrong base_url is put right."""
    client = stripe.StripeClient(access.api_key, base_addresses={"api": access.api_base})

    def charge_stripe(customer_id: str, amount_cents: int, billing_period: str) -> str:
        """Charge a customer for a billing period (YYYY-MM)."""
        try:
            charge = client.v1.charges.create(
                {
                    "amount": int(amount_cents),
                    "currency": "usd",
                    "customer": customer_id,
                    "description": f"Subscription {billing_period}",
                    "metadata": {"billing_period": billing_period},
                }
            )
            return f"Charged: {charge.id} status={charge.status}"
        except stripe.StripeError as error:
            return f"Stripe error: {error}"

    return charge_stripe


def client_lookup(access: Access) -> Callable[[str], str]:
    client = stripe.StripeClient(access.api_key, base_addresses={"api": access.api_base})

    def lookup_charge(charge_id: str) -> str:
        """The status and amount of a charge."""
        try:
            charge = client.v1.charges.retrieve(charge_id)
            return f"Status: {charge.status}, Amount: {charge.amount}"
        except stripe.StripeError as error:
            return f"Stripe error: {error}"

    return lookup_charge


def client_check(access: Access) -> Callable[[str, str], str]:
    client = stripe.StripeClient(access.api_key, base_addresses={"api": access.api_base})

    def check_existing_charge(customer_id: str, billing_period: str) -> str:
        """Whether the customer was charged for a billing period."""
        try:
            charges = client.v1.charges.list({"customer": customer_id, "limit": 5})
        except stripe.StripeError as error:
            return f"Lookup error: {error}"
        for charge in charges.data:
            if billing_period in (charge.description or ""):
                return f"Existing charge: {charge.id} status={charge.status}"
        return "No existing charge for this period."

    return check_existing_charge
