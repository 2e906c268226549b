"""The arguments of Keybrake's own tools, which every framework's MCP client passes on as they are."""

from support.script import ToolCall

# What our tools try by themselves before the model is told that the outcome is unknown.
MCP_TRIES = 3


def mcp_charge(
    customer: str, *, amount_cents: int = 2900, prefix: str = "", period: str = "2026-06"
) -> ToolCall:
    """`prefix`: what a framework puts before the names of a plugin's functions."""
    arguments = {"customer_id": customer, "amount_cents": amount_cents, "billing_period": period}
    return ToolCall(f"{prefix}create_charge", arguments)
