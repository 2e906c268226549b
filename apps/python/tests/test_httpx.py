"""Plain HTTP with `httpx`, as three of the articles do it."""

from typing import Any

import httpx
import pytest

from support.stack import Access, Stack


def post(access: Access, path: str, *, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    return httpx.post(f"{access.api_base}{path}", headers={**access.headers, **(headers or {})}, **body)


def act(customer: str, amount: int = 2900) -> dict:
    return {"customer": customer, "amount": amount, "currency": "usd", "description": "Pro plan"}


@pytest.mark.parametrize("encoding", ["data", "json"])
def test_form_and_json_bodies(stack: Stack, encoding: str) -> None:
    """Stripe's v1 takes forms only; the proxy makes one of JSON (the LlamaIndex article sends JSON)."""
    customer = stack.new_customer()
    answer = post(stack.billing(), "/v1/charges", **{encoding: act(customer)})
    assert answer.status_code == 200
    assert [made["amount"] for made in stack.charges(customer)] == [2900]


def test_basic_authentication(stack: Stack) -> None:
    access = stack.billing()
    body = act(stack.new_customer())
    answer = httpx.post(f"{access.api_base}/v1/charges", auth=(access.api_key, ""), data=body)
    assert answer.status_code == 200


def test_an_idempotency_key_in_the_body_is_taken_for_the_header(stack: Stack) -> None:
    """Two articles put it there. No charge has such a parameter; the header is the place."""
    access = stack.billing()
    customer = stack.new_customer()
    key = f"june-{customer}"
    body = {**act(customer), "idempotency_key": key}
    first = post(access, "/v1/charges", data=body)
    assert first.status_code == 200
    again = post(access, "/v1/charges", data=act(customer), headers={"Idempotency-Key": key})
    assert again.json()["id"] == first.json()["id"]
    refused = post(access, "/v1/charges", data=body, headers={"Idempotency-Key": "another"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "idempotency_key")
    assert len(stack.charges(customer)) == 1


def test_the_same_idempotency_key_is_the_same_charge(stack: Stack) -> None:
    access = stack.billing(dedupe="key")
    customer = stack.new_customer()
    answers = [
        post(access, "/v1/charges", data=act(customer), headers={"Idempotency-Key": f"run-1-{customer}"})
        for _ in range(3)
    ]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert [answer.headers.get("idempotent-replayed") for answer in answers] == [None, "true", "true"]
    # The DSPy article's FAQ looks a call up by its key.
    rows = [row for row in stack.audit() if row["idempotency_key"] == f"run-1-{customer}"]
    assert [row["decision"] for row in rows] == ["replayed", "replayed", "allowed"]
    assert len(stack.charges(customer)) == 1


def test_one_key_for_a_whole_run_cannot_make_two_different_charges(stack: Stack) -> None:
    """The LlamaIndex article takes the run's id as key. Its second charge is refused, not lost."""
    access = stack.billing(dedupe="key")
    customer = stack.new_customer()
    header = {"Idempotency-Key": f"run-2-{customer}"}
    assert post(access, "/v1/charges", data=act(customer, 2900), headers=header).status_code == 200
    refused = post(access, "/v1/charges", data=act(customer, 1000), headers=header)
    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "idempotency_error")


def test_a_run_id_alone_gives_every_act_its_own_key(stack: Stack) -> None:
    access = stack.billing()
    customer = stack.new_customer()
    run = {"X-Agent-Run-Id": f"run-3-{customer}"}
    for amount in (2900, 1000, 2900):
        assert post(access, "/v1/charges", data=act(customer, amount), headers=run).status_code == 200
    assert sorted(made["amount"] for made in stack.charges(customer)) == [1000, 2900]
    rows = stack.audit(run_id=run["X-Agent-Run-Id"])
    assert [row["decision"] for row in rows] == ["replayed", "allowed", "allowed"]


def test_a_counter_in_the_key_moves_on_retry_and_charges_twice(stack: Stack) -> None:
    """The DSPy article counts calls inside the key. A repeated call then is a new key; the act is not new."""

    def twice_with_a_counter(access: Access) -> int:
        customer = stack.new_customer()
        for count in (1, 2):
            header = {"Idempotency-Key": f"{customer}-charge-{count}"}
            assert post(access, "/v1/charges", data=act(customer), headers=header).status_code == 200
        return len(stack.charges(customer))

    assert twice_with_a_counter(stack.billing(dedupe="key")) == 2
    assert twice_with_a_counter(stack.billing(dedupe="act")) == 1


@pytest.mark.parametrize("where", ["metadata[reference]", "metadata[billing_period]", "X-Agent-Act"])
def test_a_wanted_repeat_says_so(stack: Stack, where: str) -> None:
    access = stack.billing(dedupe="act")
    customer = stack.new_customer()
    for name in ("2026-06", "2026-07", "2026-07"):
        in_header = {where: name} if where.startswith("X-") else {}
        in_body = {} if in_header else {where: name}
        answer = post(access, "/v1/charges", headers=in_header, data={**act(customer), **in_body})
        assert answer.status_code == 200
    assert len(stack.charges(customer)) == 2


def test_a_lost_answer_is_not_a_second_charge(stack: Stack) -> None:
    """httpx does not retry; the caller does, with whatever it has."""
    access = stack.billing(dedupe="act")
    customer = stack.new_customer()
    stack.lose_answers(1)
    lost = post(access, "/v1/charges", data=act(customer))
    assert (lost.status_code, lost.json()["error"]["code"]) == (504, "outcome_unknown")
    again = post(access, "/v1/charges", data=act(customer))
    assert [made["id"] for made in stack.charges(customer)] == [again.json()["id"]]


def test_every_refusal_is_an_object_with_a_message(stack: Stack) -> None:
    """The articles expect `{"error": "text"}`. Stripe's shape is an object, and so is ours."""
    refused = post(stack.billing(daily_usd_cap=5), "/v1/charges", data=act(stack.new_customer()))
    assert refused.status_code == 429
    assert refused.headers["stripe-should-retry"] == "false"
    error = refused.json()["error"]
    assert error["code"] == "spend_cap_exceeded"
    assert "Spend cap reached" in error["message"]
    assert (error["keybrake"]["cap_usd"], error["keybrake"]["requested_usd"]) == (5, 29)


def test_a_hundred_keys_cannot_pass_a_shared_budget(stack: Stack) -> None:
    """The gap "cross-conversation accumulation": one budget under many conversation keys."""
    stack.admin.post("/budgets", json={"name": "pytest-team", "daily_usd_cap": 100}).raise_for_status()
    customer = stack.new_customer()
    statuses = []
    for conversation in range(5):
        access = stack.billing(name=f"conversation-{conversation}", daily_usd_cap=50, budget="pytest-team")
        statuses.append(post(access, "/v1/charges", data=act(customer, 4000)).status_code)
    assert statuses == [200, 200, 429, 429, 429]


def test_customers_and_amounts_can_be_limited(stack: Stack) -> None:
    """The gaps "customer scope" and "parameter-level enforcement"."""
    mine, other = stack.new_customer(), stack.new_customer()
    access = stack.billing(customers=[mine], max_usd_per_call=30)
    assert post(access, "/v1/charges", data=act(mine)).status_code == 200
    refused = [
        post(access, "/v1/charges", data=act(other)),
        post(access, "/v1/charges", data=act(mine, 9900)),
    ]
    assert [answer.json()["error"]["code"] for answer in refused] == [
        "customer_not_allowed",
        "amount_over_limit",
    ]
