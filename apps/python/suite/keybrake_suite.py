"""A pytest plugin: Stripe's own suite, as it is, through the proxy, and what becomes of each operation.

Every test gets a vault key of its own, so that no test's act is another's, and so that the audit rows of a
key are those of one test. A test that the proxy refused may fail; whether it had to be refused is in
`verdicts.json`, which has every operation that the suite calls: in how many tests it went through, and in how
many it was refused, with which code. The session fails when that differs, or when a test fails for any other
reason.
"""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

VERDICTS = Path(__file__).parent / "verdicts.json"
# These tests have a key written into them, which no vault key is.
OF_ITS_OWN = {
    "TestListObject::test_retrieve_maintains_list_properties": "key of its own: sends it",
    "TestAPIResource::test_retrieve_and_refresh": "key of its own: expects it",
}
# Those that the suite names, of connected accounts.
ACCOUNTS = ["acct_123", "acct_xxxxxxxxxxxxx"]
# A key may do whatever can be allowed.
PLAIN = {
    "allowed_operations": ["*"],
    "daily_usd_cap": 1_000_000,
    "stripe_accounts": ACCOUNTS,
    "allow_raw_cards": True,
}


class Proxy:
    """Its admin API."""

    def __init__(self, url: str, admin_key: str) -> None:
        headers = {"Authorization": f"Bearer {admin_key}"}
        self._admin = httpx.Client(base_url=f"{url}/admin", headers=headers, timeout=60)

    def post_key(self, policy: dict[str, Any]) -> httpx.Response:
        return self._admin.post("/vault-keys", json={"name": "suite", "vendor": "stripe", **policy})

    def may_assume(self, operation: str) -> bool:
        """Not for what has a price of its own, which parameters or stripe-mock's objects may fail to give."""
        return self.post_key({**PLAIN, "assume_usd": {operation: 1}}).status_code == 201

    def issue(self, policy: dict[str, Any]) -> str:
        answer = self.post_key(policy)
        assert answer.status_code == 201, answer.text
        return answer.json()["vault_key"]

    def rows(self) -> Iterator[dict[str, Any]]:
        cursor: dict[str, str] | None = {}
        while cursor is not None:
            page = self._admin.get("/audit", params={"limit": 1000, **cursor}).json()
            yield from page["data"]
            cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None


class Suite:
    def __init__(self, proxy: Proxy, mode: str, *, write: bool) -> None:
        self._proxy = proxy
        self._mode = mode
        self._write = write
        self._recorded: dict[str, Any] = json.loads(VERDICTS.read_text())
        self._keys: dict[str, str] = {}
        self._outcomes: Counter[str] = Counter()
        self._differences: list[str] = []

    def _policy(self) -> dict[str, Any]:
        """`knowing` says, too, what every operation counts whose figure cannot be told."""
        if self._mode == "plain":
            return PLAIN
        refused = self._recorded["plain"]["refused"]
        unknown = [name for name, codes in refused.items() if "amount_unknown" in codes]
        return {**PLAIN, "assume_usd": {name: 1 for name in unknown if self._proxy.may_assume(name)}}

    def _verdicts(self) -> dict[str, Any]:
        """By operation, or by the path of what is none: the number of tests."""
        passed: dict[str, set[str]] = defaultdict(set)
        refused: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for row in self._proxy.rows():
            name = row["operation"] or row["path"]
            keys = refused[name][row["code"]] if row["decision"] == "denied" else passed[name]
            keys.add(row["vault_key_id"])
        return {
            "tests": dict(sorted(self._outcomes.items())),
            "passed": {name: len(keys) for name, keys in sorted(passed.items())},
            "refused": {
                name: {code: len(keys) for code, keys in sorted(codes.items())}
                for name, codes in sorted(refused.items())
            },
        }

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        policy = self._policy()
        with ThreadPoolExecutor(16) as pool:
            keys = pool.map(lambda _: self._proxy.issue(policy), session.items)
            self._keys = dict(zip((item.nodeid for item in session.items), keys, strict=True))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        import tests.conftest  # The suite's own, which can be imported once pytest has found it.

        tests.conftest.MOCK_API_KEY = self._keys[item.nodeid]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report = yield
        if call.when == "call":
            reason = None if call.excinfo is None else reason_to_fail(item, call.excinfo.value)
            self._outcomes[reason or report.outcome] += 1
            if reason is not None:
                report.outcome, report.wasxfail = "skipped", reason
        return report

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        seen = self._verdicts()
        if self._write:
            recorded = {**self._recorded, "stripe": stripe.VERSION, self._mode: seen}
            VERDICTS.write_text(json.dumps(recorded, indent=2) + "\n")
            return
        self._differences = list(differences(self._recorded[self._mode], seen))
        if self._differences:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for line in self._differences:
            terminalreporter.write_line(f"differs from {VERDICTS.name}: {line}")


def reason_to_fail(item: pytest.Item, error: BaseException) -> str | None:
    own = next((reason for name, reason in OF_ITS_OWN.items() if item.nodeid.endswith(name)), None)
    # The proxy's own answers carry the id of a call, Stripe's that of a request.
    if own is None and isinstance(error, stripe.StripeError) and str(error.request_id).startswith("call_"):
        return f"refused: {error.code}"
    return own


def differences(recorded: dict[str, Any], seen: dict[str, Any]) -> Iterator[str]:
    for part in seen:
        for name in sorted({*recorded[part], *seen[part]}):
            was, now = recorded[part].get(name), seen[part].get(name)
            if was != now:
                yield f"{part} {name}: recorded {was}, seen {now}"


def pytest_configure(config: pytest.Config) -> None:
    proxy = Proxy(os.environ["KEYBRAKE_PROXY_URL"], os.environ["KEYBRAKE_ADMIN_KEY"])
    write = "KEYBRAKE_SUITE_WRITE" in os.environ
    config.pluginmanager.register(Suite(proxy, os.environ["KEYBRAKE_SUITE_MODE"], write=write))
