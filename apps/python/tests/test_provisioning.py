"""`POST /admin/vault-keys`, as the Semantic Kernel article calls it before each invocation."""

import asyncio
import os

import httpx
import pytest

from support.stack import Access, Stack


async def provision_vault_key(
    stack: Stack, name: str, vendor: str, daily_usd_cap: float, allowed_operations: list[str], expires: int
) -> str:
    """The article's function; only the address is ours."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{stack.proxy_url}/admin/vault-keys",
            json={
                "name": name,
                "vendor": vendor,
                "daily_usd_cap": daily_usd_cap,
                "allowed_operations": allowed_operations,
                "expires_in_seconds": expires,
            },
            headers={"Authorization": f"Bearer {os.environ['KEYBRAKE_ADMIN_KEY']}"},
        )
        return answer.json()["vault_key"]


def test_the_articles_function_works(stack: Stack) -> None:
    operations = ["charges.create", "customers.list"]
    key = asyncio.run(provision_vault_key(stack, "sk-billing-1", "stripe", 500.0, operations, 3600))
    assert key.startswith("vk_")
    access = Access(f"{stack.proxy_url}/stripe", key)
    assert httpx.get(f"{access.api_base}/v1/customers", headers=access.headers).status_code == 200
    refused = httpx.get(f"{access.api_base}/v1/charges", headers=access.headers)
    assert refused.status_code == 403


def test_the_key_is_shown_once(stack: Stack) -> None:
    key = stack.issue(role="billing", daily_usd_cap=5)
    listed = stack.admin.get(f"/vault-keys/{key.id}")
    assert listed.json()["status"] == "active"
    assert key.vault_key not in listed.text
    assert key.vault_key not in stack.admin.get("/vault-keys").text


def test_an_agent_cannot_provision(stack: Stack) -> None:
    headers = stack.billing().headers
    body = {"name": "more", "vendor": "stripe", "role": "billing", "daily_usd_cap": 1000}
    assert httpx.post(f"{stack.proxy_url}/admin/vault-keys", json=body, headers=headers).status_code == 401


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param({"daily_usd_cap": 5}, id="neither role nor operations"),
        pytest.param({"role": "billing"}, id="may charge, and has no cap"),
        pytest.param({"role": "billing", "daily_usd_cap": 5, "daily_cap": 500}, id="an unknown field"),
        pytest.param({"allowed_operations": ["charges.refund"], "daily_usd_cap": 5}, id="no such operation"),
    ],
)
def test_what_is_refused(stack: Stack, policy: dict) -> None:
    body = {"name": "pytest", "vendor": "stripe", **policy}
    answer = stack.admin.post("/vault-keys", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_spending_is_shown(stack: Stack) -> None:
    key = stack.issue(role="billing", daily_usd_cap=50, dedupe="act")
    body = {"customer": stack.new_customer(), "amount": 2900, "currency": "usd"}
    httpx.post(f"{key.access.api_base}/v1/charges", data=body, headers=key.access.headers).raise_for_status()
    shown = stack.admin.get(f"/vault-keys/{key.id}").json()
    assert (shown["spent"], shown["remaining"]) == (29, 21)
