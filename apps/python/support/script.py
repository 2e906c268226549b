"""The scripted model: what a model would do next, given the results of the tools it has called so far.

Each framework's own model class is a thin shell around one of these functions, so that what a model does is
the same with a raw key and with Keybrake, and the same in every framework.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ToolCall:
    name: str
    arguments: dict[str, Any]


Turn = list[ToolCall] | str
Script = Callable[[Sequence[str]], Turn]


_MADE = re.compile(r"\b(ch|re)_(mock_)?[A-Za-z0-9]{8}")


def _is_done(result: str) -> bool:
    return _MADE.search(result) is not None


def _is_told_to_stop(result: str) -> bool:
    return "Stop:" in result or "Do not retry" in result


def retry_until_done(call: ToolCall, attempts_max: int = 4) -> Script:
    """Takes an error for "not done yet", as models do; obeys a result that says to stop."""

    def script(results: Sequence[str]) -> Turn:
        if results and (_is_done(results[-1]) or _is_told_to_stop(results[-1])):
            return f"Finished: {results[-1]}"
        return [call] if len(results) < attempts_max else "Given up."

    return script


def one_after_another(*calls: ToolCall) -> Script:
    """Makes each call in turn whatever the results say: a stuck loop, or a model that was talked into it."""

    def script(results: Sequence[str]) -> Turn:
        return [calls[len(results)]] if len(results) < len(calls) else f"Finished: {results[-1]}"

    return script


def all_at_once(*calls: ToolCall) -> Script:
    """Makes every call in one turn; frameworks run them at the same time."""

    def script(results: Sequence[str]) -> Turn:
        return list(calls) if not results else f"Finished: {results[-1]}"

    return script


def obedient(*calls: ToolCall) -> Script:
    """Makes each call in turn until a result says to stop."""

    def script(results: Sequence[str]) -> Turn:
        if results and _is_told_to_stop(results[-1]):
            return f"Finished: {results[-1]}"
        return [calls[len(results)]] if len(results) < len(calls) else "Finished."

    return script


def all_of_it_again_after_an_error(*calls: ToolCall) -> Script:
    """Goes through the list, and once more through all of it when one call seemed to fail; obeys a stop."""

    def script(results: Sequence[str]) -> Turn:
        if results and _is_told_to_stop(results[-1]):
            return f"Finished: {results[-1]}"
        seemed_to_fail = any(not _is_done(result) for result in results[: len(calls)])
        todo = calls * 2 if seemed_to_fail else calls
        return [todo[len(results)]] if len(results) < len(todo) else "Finished."

    return script


def overheard(script: Script, told: list[str]) -> Script:
    """The same script; `told` is all that its model has been told of its calls so far."""

    def listening(results: Sequence[str]) -> Turn:
        told[:] = results
        return script(results)

    return listening
