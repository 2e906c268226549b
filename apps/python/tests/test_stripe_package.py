"""The official `stripe` package, unmodified, under the proxy's /stripe."""

import asyncio
import io
import time
from collections.abc import Iterator

import pytest
import stripe

from support.stack import Access, Stack


@pytest.fixture(autouse=True)
def module_settings() -> Iterator[None]:
    """`stripe.api_key` and `stripe.api_base` belong to the whole process; no test leaves its own behind."""
    before = stripe.api_key, stripe.api_base
    yield
    stripe.api_key, stripe.api_base = before


def use_module(access: Access) -> None:
    stripe.api_key = access.api_key
    stripe.api_base = access.api_base


def client_of(access: Access) -> stripe.StripeClient:
    return stripe.StripeClient(access.api_key, base_addresses={"api": access.api_base})


def act(customer: str, amount: int = 500) -> dict:
    return {"customer": customer, "amount": amount, "currency": "usd"}


def test_module_level_api_base(stack: Stack) -> None:
    use_module(stack.billing())
    customer = stack.new_customer()
    charge = stripe.Charge.create(**act(customer), description="June")
    assert charge.id.startswith("ch_") and charge.status == "succeeded"
    assert [made["id"] for made in stack.charges(customer)] == [charge.id]


def test_a_slash_at_the_end_of_the_address_does_no_harm(stack: Stack) -> None:
    access = stack.billing()
    with_slash = Access(f"{access.api_base}/", access.api_key)
    use_module(with_slash)
    assert stripe.Charge.create(**act(stack.new_customer())).status == "succeeded"
    assert client_of(with_slash).v1.charges.create(act(stack.new_customer())).status == "succeeded"


def test_module_level_async(stack: Stack) -> None:
    use_module(stack.billing())
    customer = stack.new_customer()
    charge = asyncio.run(stripe.Charge.create_async(**act(customer)))
    assert [made["id"] for made in stack.charges(customer)] == [charge.id]


def test_client_with_base_addresses(stack: Stack) -> None:
    client = client_of(stack.billing())
    customer = stack.new_customer()
    charge = client.v1.charges.create(act(customer))
    assert charge.status == "succeeded"
    assert client.v1.customers.retrieve(customer).id == customer


def test_client_async(stack: Stack) -> None:
    async def two_customers() -> list[str]:
        client = client_of(stack.billing())
        acts = [act(stack.new_customer()) for _ in range(2)]
        charges = await asyncio.gather(*(client.v1.charges.create_async(each) for each in acts))
        return [charge.status for charge in charges]

    assert asyncio.run(two_customers()) == ["succeeded", "succeeded"]


def test_resources_of_the_client_without_v1(stack: Stack) -> None:
    """`client.charges`, as the Swarm article has it, is deprecated and works."""
    charge = client_of(stack.billing()).charges.create(params=act(stack.new_customer()))
    assert charge.status == "succeeded"


def test_stripes_other_hosts_are_refused_here(stack: Stack) -> None:
    """Pointed at the proxy too, an upload never takes the vault key to files.stripe.com."""
    access = stack.issue(allowed_operations=["files.*"], daily_usd_cap=5).access
    hosts = dict.fromkeys(["api", "files", "connect", "meter_events"], access.api_base)
    client = stripe.StripeClient(access.api_key, base_addresses=hosts)  # type: ignore[arg-type]
    with pytest.raises(stripe.StripeError) as refused:
        client.v1.files.create({"purpose": "dispute_evidence", "file": io.BytesIO(b"x")})
    assert refused.value.http_status == 403


def test_lists_and_pages(stack: Stack) -> None:
    customer = stack.new_customer()
    made = [stack.new_charge(customer, amount) for amount in (100, 200, 300)]
    client = client_of(stack.auditing())
    page = client.v1.charges.list({"customer": customer, "limit": 2})
    assert [charge.id for charge in page.auto_paging_iter()] == made[::-1]


def test_an_operation_outside_the_role_is_a_permission_error(stack: Stack) -> None:
    client = client_of(stack.billing())
    with pytest.raises(stripe.PermissionError) as refused:
        client.v1.subscriptions.list()
    assert refused.value.http_status == 403
    assert refused.value.json_body["error"]["code"] == "operation_not_allowed"


def test_the_cap_is_a_rate_limit_error_and_is_not_retried(stack: Stack) -> None:
    key = stack.issue(role="billing", daily_usd_cap=10, dedupe="act")
    use_module(key.access)
    customer = stack.new_customer()
    with pytest.raises(stripe.RateLimitError, match="(?i)spend cap") as refused:
        stripe.Charge.create(**act(customer, 2000))
    assert refused.value.http_status == 429
    assert refused.value.json_body["error"]["code"] == "spend_cap_exceeded"
    assert stack.charges(customer) == []
    assert len(stack.audit(vault_key_id=key.id)) == 1


def test_an_equal_charge_worded_otherwise_is_an_api_error_and_is_not_retried(stack: Stack) -> None:
    key = stack.issue(role="billing", daily_usd_cap=50)
    hosts = {"api": key.access.api_base}
    client = stripe.StripeClient(key.access.api_key, base_addresses=hosts, max_network_retries=2)  # type: ignore[arg-type]
    customer = stack.new_customer()
    first = client.v1.charges.create({**act(customer), "description": "June"})
    with pytest.raises(stripe.APIError, match=first.id) as repeat:
        client.v1.charges.create({**act(customer), "description": "for June"})
    assert repeat.value.http_status == 409
    assert repeat.value.json_body["error"]["code"] == "possible_repeat"
    assert [made["id"] for made in stack.charges(customer)] == [first.id]
    assert len(stack.audit(vault_key_id=key.id)) == 2


@pytest.mark.parametrize("of_the_module", [True, False], ids=["api_base", "base_addresses"])
def test_refusals_are_the_same_exceptions_when_awaited(stack: Stack, of_the_module: bool) -> None:
    async def charge(access: Access, amount: int) -> None:
        params = act(stack.new_customer(), amount)
        if of_the_module:
            use_module(access)
            await stripe.Charge.create_async(**params)
        else:
            await client_of(access).v1.charges.create_async(params)

    key = stack.issue(role="billing", daily_usd_cap=10, dedupe="act")
    with pytest.raises(stripe.RateLimitError, match="Spend cap reached"):
        asyncio.run(charge(key.access, 2000))
    with pytest.raises(stripe.PermissionError, match="does not allow charges.create"):
        asyncio.run(charge(stack.refunding(), 500))
    stack.revoke(key)
    with pytest.raises(stripe.AuthenticationError, match="revoked"):
        asyncio.run(charge(key.access, 500))


def test_the_cap_as_402_looks_like_a_declined_card(stack: Stack) -> None:
    """Why 429 is the default: stripe-python makes a CardError of every 402."""
    access = stack.billing(daily_usd_cap=10, cap_status=402)
    with pytest.raises(stripe.CardError, match="(?i)spend cap"):
        client_of(access).v1.charges.create(act(stack.new_customer(), 2000))


def test_a_revoked_key_is_an_authentication_error_at_the_next_call(stack: Stack) -> None:
    key = stack.issue(role="billing", daily_usd_cap=10, dedupe="act")
    other = stack.billing()
    client = client_of(key.access)
    client.v1.charges.create(act(stack.new_customer()))
    stack.revoke(key)
    with pytest.raises(stripe.AuthenticationError, match="revoked") as refused:
        client.v1.charges.create(act(stack.new_customer()))
    assert refused.value.http_status == 401
    # Nobody else notices.
    assert client_of(other).v1.charges.create(act(stack.new_customer())).status == "succeeded"


def test_an_expired_key_is_an_authentication_error(stack: Stack) -> None:
    client = client_of(stack.auditing(expires_in_seconds=1, simulate=True))
    deadline = time.monotonic() + 20
    with pytest.raises(stripe.AuthenticationError, match="expired"):
        while time.monotonic() < deadline:
            client.v1.charges.list({"limit": 1})
            time.sleep(0.05)


@pytest.mark.parametrize("prefix", ["sk_live_", "rk_live_", "sk_test_"])
def test_stripes_own_keys_are_not_accepted(stack: Stack, prefix: str) -> None:
    client = client_of(Access(f"{stack.proxy_url}/stripe", prefix + "0" * 24))
    with pytest.raises(stripe.AuthenticationError, match="one of Stripe's own keys, which are never accepted"):
        client.v1.charges.create(act(stack.new_customer()))


def test_a_declined_card_stays_a_card_error(stack: Stack) -> None:
    client = client_of(stack.billing())
    with pytest.raises(stripe.CardError) as declined:
        client.v1.charges.create({"source": "tok_chargeDeclined", "amount": 500, "currency": "usd"})
    assert declined.value.code == "card_declined"


def test_a_lost_answer_is_an_api_error_that_may_be_sent_again(stack: Stack) -> None:
    """A client of one's own does not retry unless it is told to; the module does, twice, and asks nobody."""
    client, customer = client_of(stack.billing()), stack.new_customer()
    stack.lose_answers(1)
    with pytest.raises(stripe.APIError, match="unknown whether") as lost:
        client.v1.charges.create(act(customer))
    assert lost.value.http_status == 504
    assert lost.value.headers["stripe-should-retry"] == "true"
    charge = client.v1.charges.create(act(customer))
    assert [made["id"] for made in stack.charges(customer)] == [charge.id]


def test_the_packages_own_retry_survives_a_lost_answer(stack: Stack) -> None:
    use_module(stack.billing())
    customer = stack.new_customer()
    stack.lose_answers(1)
    charge = stripe.Charge.create(**act(customer))
    assert [made["id"] for made in stack.charges(customer)] == [charge.id]


def test_the_proxy_being_down_is_a_connection_error(stack: Stack) -> None:
    # Port 9 (discard) listens nowhere that tests run.
    client = client_of(Access("http://127.0.0.1:9/stripe", "vk_test_x"))
    with pytest.raises(stripe.APIConnectionError):
        client.v1.charges.create(act(stack.new_customer()))


def test_agent_headers_reach_the_audit_log(stack: Stack) -> None:
    use_module(stack.billing())
    headers = {"X-Agent-Conversation-Id": "conv-7", "X-Agent-Turn": "3", "X-Agent-Name": "billing"}
    charge = stripe.Charge.create(**act(stack.new_customer()), headers=headers)
    (row,) = [row for row in stack.audit(agent="billing") if row["object_id"] == charge.id]
    assert (row["conversation_id"], row["turn"], row["usd_cents"]) == ("conv-7", "3", 500)


def test_the_vault_key_never_reaches_stripe(stack: Stack) -> None:
    access = stack.billing()
    customer = stack.new_customer()
    client_of(access).v1.charges.create(act(customer))
    (request,) = [each for each in stack.requests() if customer in each["body"]]
    headers = dict(request["headers"])
    assert headers["authorization"].startswith("Bearer sk_test_")
    assert access.api_key not in str(request)
