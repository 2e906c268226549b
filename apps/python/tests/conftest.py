import sys
from collections.abc import Iterator
from typing import Any

import pytest

from support.raw_mcp import RawMcp, serve_raw_mcp
from support.stack import Stack
from support.table import Table

TABLE = Table()

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _only_loopback(event: str, args: tuple[Any, ...]) -> None:
    """No test may reach the internet: not Stripe, not a model, not a framework's telemetry."""
    if event == "socket.connect" and isinstance(args[1], tuple) and args[1][0] not in LOOPBACK:
        raise PermissionError(f"a test tried to connect to {args[1][0]}")


sys.addaudithook(_only_loopback)


@pytest.fixture(scope="session")
def stack() -> Stack:
    return Stack()


@pytest.fixture(scope="session")
def raw_mcp(stack: Stack) -> Iterator[RawMcp]:
    with serve_raw_mcp(stack.raw) as raw:
        yield raw


@pytest.fixture(scope="session")
def table() -> Table:
    return TABLE


@pytest.fixture(autouse=True)
def no_leftover_faults(stack: Stack) -> Iterator[None]:
    yield
    stack.clear_faults()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if TABLE.rows:
        terminalreporter.write_line("")
        for line in TABLE.lines():
            terminalreporter.write_line(line)
