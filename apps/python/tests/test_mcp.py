"""Keybrake's tools over MCP, with the official Python client, over HTTP and over stdio."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import httpx
import pytest
from mcp import ClientSession, McpError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client

from support.stack import McpAccess, Stack

T = TypeVar("T")

ROLES = {
    "billing": {"create_charge", "create_payment_intent", "retrieve_customer", "list_customers"},
    "refund": {"create_refund", "retrieve_charge", "list_refunds"},
    "audit": {
        "check_existing_charge",
        "retrieve_charge",
        "list_charges",
        "retrieve_payment_intent",
        "list_refunds",
        "retrieve_customer",
        "list_customers",
        "retrieve_balance",
    },
}


@asynccontextmanager
async def http_session(access: McpAccess) -> AsyncIterator[ClientSession]:
    async with (
        streamablehttp_client(access.url, headers=access.headers) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield session


@asynccontextmanager
async def stdio_session(access: McpAccess, role: str, proxy_url: str) -> AsyncIterator[ClientSession]:
    command, *arguments = json.loads(os.environ["KEYBRAKE_COMMAND"])
    environment = {
        "PATH": os.environ["PATH"],
        "KEYBRAKE_VAULT_KEY": access.key.vault_key,
        "KEYBRAKE_PROXY_URL": proxy_url,
        "KEYBRAKE_RUN_ID": access.run_id,
    }
    server = StdioServerParameters(command=command, args=[*arguments, "mcp", "--role", role], env=environment)
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session


def in_session(access: McpAccess, use: Callable[[ClientSession], Awaitable[T]]) -> T:
    async def run() -> T:
        async with http_session(access) as session:
            return await use(session)

    return asyncio.run(run())


async def names(session: ClientSession) -> set[str]:
    return {tool.name for tool in (await session.list_tools()).tools}


def charge_arguments(customer: str) -> dict[str, object]:
    return {"customer_id": customer, "amount_cents": 2900, "billing_period": "2026-06"}


@pytest.mark.parametrize("role", ROLES)
def test_a_key_sees_the_tools_of_its_role_and_no_others(stack: Stack, role: str) -> None:
    assert in_session(stack.over_mcp(role), names) == ROLES[role]


def test_a_refund_key_cannot_charge_by_any_way(stack: Stack) -> None:
    access = stack.over_mcp("refund")
    customer = stack.new_customer()

    async def charge_anyway(session: ClientSession) -> bool:
        try:
            return bool((await session.call_tool("create_charge", charge_arguments(customer))).isError)
        except McpError:
            return True

    assert in_session(access, charge_anyway)
    body = {"customer": customer, "amount": 2900, "currency": "usd"}
    direct = httpx.post(f"{stack.proxy_url}/stripe/v1/charges", data=body, headers=access.headers)
    assert (direct.status_code, direct.json()["error"]["code"]) == (403, "operation_not_allowed")
    assert stack.charges(customer) == []


def test_annotations_and_structured_results(stack: Stack) -> None:
    customer = stack.new_customer()

    async def use(session: ClientSession) -> None:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert tools["list_customers"].annotations.readOnlyHint is True
        assert tools["create_charge"].annotations.destructiveHint is True
        result = await session.call_tool("create_charge", charge_arguments(customer))
        assert result.isError is False
        assert (result.structuredContent["ok"], result.structuredContent["amount_cents"]) == (True, 2900)

    in_session(stack.over_mcp("billing"), use)


def test_a_refusal_is_an_error_that_says_stop(stack: Stack) -> None:
    access = stack.over_mcp("billing", daily_usd_cap=10)
    customer = stack.new_customer()

    async def use(session: ClientSession) -> None:
        result = await session.call_tool("create_charge", charge_arguments(customer))
        assert result.isError is True
        assert result.structuredContent["final"] is True
        assert result.structuredContent["code"] == "spend_cap_exceeded"
        assert access.key.vault_key not in result.model_dump_json()

    in_session(access, use)
    assert stack.charges(customer) == []


def test_a_reconnect_with_the_same_run_id_keeps_every_guarantee(stack: Stack) -> None:
    access = stack.over_mcp("billing")
    customer = stack.new_customer()

    async def charge(session: ClientSession) -> str:
        result = await session.call_tool("create_charge", charge_arguments(customer))
        return result.structuredContent["id"]

    ids = [in_session(access, charge) for _ in range(2)]
    assert [made["id"] for made in stack.charges(customer)] == [ids[0]] == [ids[1]]


def test_a_revoked_key_ends_the_session_at_the_next_call(stack: Stack) -> None:
    access = stack.over_mcp("billing")
    customer = stack.new_customer()

    async def use(session: ClientSession) -> None:
        assert (await session.call_tool("list_customers", {})).isError is False
        stack.revoke(access.key)
        last = await session.call_tool("create_charge", charge_arguments(customer))
        assert last.isError is True
        assert last.structuredContent["code"] == "vault_key_revoked"

    in_session(access, use)
    assert stack.charges(customer) == []
    # And there is no coming back.
    with pytest.raises(ExceptionGroup):
        in_session(access, names)


def test_without_a_vault_key_there_is_no_session(stack: Stack) -> None:
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "x", "version": "1"},
        },
    }
    headers = {"Accept": "application/json, text/event-stream"}
    for authorization in ({}, {"Authorization": "Bearer sk_live_" + "0" * 24}):
        answer = httpx.post(f"{stack.proxy_url}/mcp", json=hello, headers={**headers, **authorization})
        assert answer.status_code == 401


def test_stdio(stack: Stack) -> None:
    access = stack.over_mcp("billing")
    customer = stack.new_customer()

    async def run() -> None:
        async with stdio_session(access, "billing", stack.proxy_url) as session:
            assert await names(session) == ROLES["billing"]
            for _ in range(2):
                result = await session.call_tool("create_charge", charge_arguments(customer))
                assert result.structuredContent["ok"] is True
                assert access.key.vault_key not in result.model_dump_json()

    asyncio.run(run())
    assert len(stack.charges(customer)) == 1
