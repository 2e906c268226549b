"""Stripe over MCP with a raw key: what Keybrake's MCP server is compared with."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import stripe
import uvicorn
from mcp.server.fastmcp import FastMCP

from support.mcp_tools import MCP_TRIES
from support.stack import Access


@dataclass(frozen=True)
class RawMcp:
    """What an MCP client is configured with, as `McpAccess` is."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)


def _server(access: Access) -> FastMCP:
    """`create_charge` with the name, the arguments and the number of tries of Keybrake's own."""
    client = stripe.StripeClient(
        access.api_key, base_addresses={"api": access.api_base}, max_network_retries=MCP_TRIES - 1
    )
    server = FastMCP("stripe", log_level="ERROR")

    @server.tool()
    async def create_charge(customer_id: str, amount_cents: int, billing_period: str) -> str:
        """Charge a customer for a billing period."""
        charge = await asyncio.to_thread(
            client.v1.charges.create,
            {
                "amount": amount_cents,
                "currency": "usd",
                "customer": customer_id,
                "metadata": {"billing_period": billing_period},
            },
        )
        return f"Charge created: {charge.id}"

    return server


@contextmanager
def serve_raw_mcp(access: Access) -> Iterator[RawMcp]:
    """Serves it on a free port of this machine until the context ends."""
    config = uvicorn.Config(_server(access).streamable_http_app(), port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the MCP server has not started"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield RawMcp(f"http://127.0.0.1:{port}/mcp")
    server.should_exit = True
    thread.join()
