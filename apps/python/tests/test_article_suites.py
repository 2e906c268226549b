"""The pytest suites at the end of the five articles, claim by claim, without their mocks.

The articles' own suites patch `httpx.post` or use MagicMock, so they pass whatever the proxy does. Here every
request is sent. Where an article expects something else, the test says what is right and docs/python.md why.
"""

import hashlib
import re
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
import stripe

from support.relay import relay_to
from support.stack import RAW_KEY, Access, Stack
from support.tools import client_charge, client_lookup, httpx_charge, module_charge


class TestAutoGen:
    """A test key with a $10 cap."""

    def test_charge_within_cap_succeeds(self, stack: Stack) -> None:
        customer = stack.new_customer()
        assert "ch_" in module_charge(stack.billing(daily_usd_cap=10))(customer, 500, "within the cap")

    def test_charge_exceeds_cap_is_blocked(self, stack: Stack) -> None:
        """The article expects AuthenticationError; stripe-python makes RateLimitError of a 429."""
        customer = stack.new_customer()
        with pytest.raises(stripe.RateLimitError, match="(?i)cap"):
            module_charge(stack.billing(daily_usd_cap=10))(customer, 2000, "over the cap")
        assert stack.charges(customer) == []

    def test_a_zero_cap_cannot_charge(self, stack: Stack) -> None:
        """The reconciliation agent's key: even with the operation allowed there is no budget."""
        customer = stack.new_customer()
        access = stack.issue(allowed_operations=["charges.*"], daily_usd_cap=0, dedupe="act").access
        with pytest.raises(stripe.RateLimitError):
            module_charge(access)(customer, 100, "correction")
        assert stack.charges(customer) == []


class TestDSPy:
    def test_optimization_never_calls_live_stripe(self, stack: Stack) -> None:
        before = len(stack.writes())
        access = stack.billing(simulate=True)
        assert access.api_key.startswith("vk_sim_")
        assert httpx_charge(access)("cus_test_001", 999, "Basic plan").startswith("ch_mock_")
        assert len(stack.writes()) == before

    def test_retries_are_one_charge(self, stack: Stack) -> None:
        """The article checks that its keys share a prefix; they differ, so Stripe would charge again."""
        customer = stack.new_customer()
        charge = httpx_charge(stack.billing())
        ids = {charge(customer, 999, "Basic plan") for _ in range(3)}
        assert [made["id"] for made in stack.charges(customer)] == list(ids)
        # In other words it may be another one: it is neither charged nor swallowed.
        with pytest.raises(httpx.HTTPStatusError, match="409"):
            charge(customer, 999, "Basic plan, attempt 4")
        assert len(stack.charges(customer)) == 1

    def test_billing_vault_key_returns_403_for_refunds(self, stack: Stack) -> None:
        charge = stack.new_charge(stack.new_customer())
        access = stack.billing()
        refused = httpx.post(f"{access.api_base}/v1/refunds", headers=access.headers, data={"charge": charge})
        assert refused.status_code == 403
        with pytest.raises(httpx.HTTPStatusError, match="403"):
            refused.raise_for_status()
        assert stack.refunds(charge) == []

    def test_spend_cap_halts_billing_agent(self, stack: Stack) -> None:
        result = httpx_charge(stack.billing(daily_usd_cap=5))(stack.new_customer(), 999, "Basic plan")
        assert "spend cap" in result.lower()


class TestLlamaIndex:
    def test_retry_uses_stable_idempotency_key(self, stack: Stack) -> None:
        """The article forces 500s; here Stripe's answers are lost, and Stripe tells what it received."""
        access, customer, run_id = stack.billing(dedupe="key"), stack.new_customer(), str(uuid.uuid4())
        stack.lose_answers(2)
        body = {"customer": customer, "amount": 10000, "currency": "usd"}
        statuses = [
            httpx.post(
                f"{access.api_base}/v1/charges",
                headers={**access.headers, "Idempotency-Key": run_id},
                json=body,
            ).status_code
            for _ in range(3)
        ]
        assert statuses == [504, 504, 200]
        seen = [each for each in stack.requests() if customer in each["body"]]
        assert {each["idempotency_key"] for each in seen} == {run_id} and len(seen) == 3
        assert len(stack.charges(customer)) == 1

    def test_daily_cap_returns_error_string(self, stack: Stack) -> None:
        """The article's name says text and its body expects RuntimeError; a text is what ends the loop."""
        result = httpx_charge(stack.billing(daily_usd_cap=500))(stack.new_customer(), 100000, "too much")
        assert "spend cap reached" in result and "Stop" in result

    def test_support_vault_key_cannot_charge(self, stack: Stack) -> None:
        customer = stack.new_customer()
        with pytest.raises(httpx.HTTPStatusError, match="403"):
            httpx_charge(stack.refunding())(customer, 100, "test")
        assert stack.charges(customer) == []

    def test_kill_switch_is_a_401_at_once(self, stack: Stack) -> None:
        key = stack.issue(role="billing", daily_usd_cap=500, dedupe="act")
        charge = httpx_charge(key.access)
        charge(stack.new_customer(), 100, "before")
        stack.revoke(key)
        with pytest.raises(httpx.HTTPStatusError, match="401"):
            charge(stack.new_customer(), 100, "after")


class TestSwarm:
    @staticmethod
    def key(customer_id: str, amount_cents: int, billing_period: str) -> str:
        return hashlib.sha256(f"{customer_id}:{amount_cents}:{billing_period}".encode()).hexdigest()[:32]

    def charge(self, client: stripe.StripeClient, customer: str, period: str) -> str:
        """The article's call, with the key where the package takes it: in options, not in the params."""
        params = {"amount": 2900, "currency": "usd", "customer": customer}
        options = {"idempotency_key": self.key(customer, 2900, period)}
        return client.v1.charges.create(params, options).id

    def test_same_period_is_one_charge_and_another_period_is_another(self, stack: Stack) -> None:
        access = stack.billing(dedupe="key")
        client = stripe.StripeClient(access.api_key, base_addresses={"api": access.api_base})
        customer = stack.new_customer()
        june = [self.charge(client, customer, "2026-06") for _ in range(3)]
        july = self.charge(client, customer, "2026-07")
        assert len(set(june)) == 1 and july not in june
        assert len(stack.charges(customer)) == 2

    def test_idempotency_key_among_the_params_is_the_key(self, stack: Stack) -> None:
        access, customer = stack.billing(), stack.new_customer()
        client = stripe.StripeClient(access.api_key, base_addresses={"api": access.api_base})
        params = {"amount": 2900, "currency": "usd", "customer": customer, "idempotency_key": f"k-{customer}"}
        made = {client.v1.charges.create(params).id for _ in range(2)}  # type: ignore[arg-type]
        assert [charge["id"] for charge in stack.charges(customer)] == list(made)

    def test_stripe_error_returned_not_raised(self, stack: Stack) -> None:
        nowhere = Access("http://127.0.0.1:9/stripe", "vk_test_x")
        assert client_charge(nowhere)("cus_abc", 2900, "2026-06").startswith("Stripe error:")

    def test_billing_key_cannot_list_charges(self, stack: Stack) -> None:
        access = stack.billing()
        client = stripe.StripeClient(access.api_key, base_addresses={"api": access.api_base})
        with pytest.raises(stripe.PermissionError):
            client.v1.charges.list({"limit": 5})
        charge = stack.new_charge(stack.new_customer())
        assert "Status: succeeded" in client_lookup(stack.auditing())(charge)
        assert "error" in client_lookup(access)(charge)

    def test_spend_cap_rejection_stops_loop(self, stack: Stack) -> None:
        """The article expects its second, equal call to hit the cap. It is the first one again: a replay.

        A new act, which July is, hits the cap, and the text says so.
        """
        charge = client_charge(stack.billing(daily_usd_cap=30))
        customer = stack.new_customer()
        first, again = charge(customer, 2900, "2026-06"), charge(customer, 2900, "2026-06")
        assert first == again
        assert "Spend cap reached" in charge(customer, 2900, "2026-07")
        assert len(stack.charges(customer)) == 1


@pytest.mark.parametrize("tool", [module_charge, httpx_charge, client_charge])
def test_no_live_key_leaves_the_agent(
    stack: Stack, tool: Callable[[Access], Callable[[str, int, str], str]]
) -> None:
    """All five articles claim it: of what an agent sends, every byte is looked at."""

    def all_sent(access: Access) -> tuple[bytes, str]:
        """What left the agent, and how the key began that Stripe was given."""
        customer = stack.new_customer()
        address = urlsplit(access.api_base)
        with relay_to(access.api_base) as relay:
            tool(Access(f"{relay.url}{address.path}", access.api_key))(customer, 2900, "2026-06")
        (at_stripe,) = [each for each in stack.requests() if customer in each["body"]]
        headers = {name.lower(): value for name, value in at_stripe["headers"]}
        return bytes(relay.sent), headers["authorization"]

    # With a raw key it does: so the relay sees what there is to be seen.
    sent, given = all_sent(stack.raw)
    assert RAW_KEY.encode() in sent and given == "Bearer sk_test_…"
    key = stack.issue(role="billing", daily_usd_cap=100, dedupe="act")
    sent, given = all_sent(key.access)
    assert key.vault_key.encode() in sent
    assert re.search(rb"[sr]k_(live|test)_", sent) is None
    assert given == "Bearer sk_test_…"
