"""The running system as the tests see it: the proxy, its admin API, and the Stripe emulator behind it."""

import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

# Any sk_test_ key opens the emulator; this one stands for the live key that agents are usually given.
RAW_KEY = "sk_test_raw"


@dataclass(frozen=True)
class Access:
    """The two lines that change: where Stripe calls go, and with which key."""

    api_base: str
    api_key: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


@dataclass(frozen=True)
class IssuedKey:
    id: str
    vault_key: str = field(repr=False)
    access: Access


@dataclass(frozen=True)
class McpAccess:
    """What an MCP client is configured with: an address, and the vault key as bearer token."""

    url: str
    key: IssuedKey
    run_id: str

    @property
    def headers(self) -> dict[str, str]:
        return {**self.key.access.headers, "X-Agent-Run-Id": self.run_id}


class Stack:
    """Reads where everything is from an environment; `src/main.ts` prepared the process's own."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self.proxy_url = environment["KEYBRAKE_PROXY_URL"]
        self.emulator_url = environment["KEYBRAKE_EMULATOR_URL"]
        admin = {"Authorization": f"Bearer {environment['KEYBRAKE_ADMIN_KEY']}"}
        self.admin = httpx.Client(base_url=f"{self.proxy_url}/admin", headers=admin)
        self.stripe = httpx.Client(base_url=self.emulator_url, headers=self.raw.headers)

    @property
    def raw(self) -> Access:
        """Straight to Stripe with a key that may do everything: how the articles begin."""
        return Access(self.emulator_url, RAW_KEY)

    def issue(self, **policy: Any) -> IssuedKey:
        """A vault key through the admin API. Every field of `POST /admin/vault-keys` can be given."""
        body = {"name": "pytest", "vendor": "stripe", "expires_in_seconds": 600, **policy}
        answer = self.admin.post("/vault-keys", json=body)
        assert answer.status_code == 201, answer.text
        issued = answer.json()
        access = Access(f"{self.proxy_url}/stripe", issued["vault_key"])
        return IssuedKey(issued["id"], issued["vault_key"], access)

    def billing(self, **policy: Any) -> Access:
        """For unchanged Stripe code that charges: at most $500, and the same act only once."""
        return self.issue(**{"role": "billing", "daily_usd_cap": 500, **policy}).access

    def refunding(self, **policy: Any) -> Access:
        return self.issue(**{"role": "refund", "daily_usd_cap": 200, **policy}).access

    def auditing(self, **policy: Any) -> Access:
        """Reads only."""
        return self.issue(**{"role": "audit", **policy}).access

    def over_mcp(self, role: str, **policy: Any) -> McpAccess:
        """The proxy's own tools for a role, at /mcp. No `dedupe` is needed: the tools name their acts."""
        cap = {} if role == "audit" else {"daily_usd_cap": 500}
        key = self.issue(**{"role": role, **cap, **policy})
        return McpAccess(f"{self.proxy_url}/mcp", key, f"run-{uuid.uuid4()}")

    @contextmanager
    def delegated(self, parent: IssuedKey, **narrower: Any) -> Iterator[IssuedKey]:
        """A key that another makes with its own secret. It may do no more than that one, and ends with the scope."""
        with httpx.Client(base_url=self.proxy_url, headers=parent.access.headers) as keys:
            made = keys.post("/vault-keys", json={"name": "pytest worker", **narrower})
            assert made.status_code == 201, made.text
            issued = made.json()
            access = Access(f"{self.proxy_url}/stripe", issued["vault_key"])
            try:
                yield IssuedKey(issued["id"], issued["vault_key"], access)
            finally:
                keys.post(f"/vault-keys/{issued['id']}/revoke").raise_for_status()

    def revoke(self, key: IssuedKey) -> None:
        self.admin.post(f"/vault-keys/{key.id}/revoke").raise_for_status()

    def audit(self, **filters: str) -> list[dict[str, Any]]:
        """The audit rows that match, newest first."""
        answer = self.admin.get("/audit", params={"limit": 1000, **filters})
        answer.raise_for_status()
        return answer.json()["data"]

    def new_customer(self) -> str:
        """A customer with a card that works, straight at Stripe."""
        answer = self.stripe.post("/v1/customers", data={"source": "tok_visa"})
        answer.raise_for_status()
        return answer.json()["id"]

    def new_charge(self, customer: str, amount_cents: int = 2900) -> str:
        """A charge that was made earlier, by somebody else."""
        body = {"customer": customer, "amount": amount_cents, "currency": "usd"}
        answer = self.stripe.post("/v1/charges", data=body)
        answer.raise_for_status()
        return answer.json()["id"]

    def charges(self, customer: str) -> list[dict[str, Any]]:
        """What the customer was charged, as Stripe knows it."""
        return self.stripe.get("/v1/charges", params={"customer": customer, "limit": 100}).json()["data"]

    def refunds(self, charge: str) -> list[dict[str, Any]]:
        return self.stripe.get("/v1/refunds", params={"charge": charge, "limit": 100}).json()["data"]

    def requests(self) -> list[dict[str, Any]]:
        """Every request that reached Stripe since the start, in order."""
        log = self.stripe.get("/_emulator/requests").json()
        assert log["total"] <= log["kept"], "the emulator has forgotten requests"
        return log["data"]

    def writes(self) -> list[dict[str, Any]]:
        """Those that are no reads: the reconciler reads every minute, for what other tests have left."""
        return [each for each in self.requests() if each["method"] != "GET"]

    def lose_answers(self, times: int = 1, operation: str = "charges.create") -> None:
        """The next ones are carried out, and the connection breaks before the answer is sent."""
        fault = {"kind": "drop_after", "operation": operation, "times": times}
        self.stripe.post("/_emulator/faults", json=fault).raise_for_status()

    def clear_faults(self) -> None:
        self.stripe.delete("/_emulator/faults").raise_for_status()
