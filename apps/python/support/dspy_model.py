"""A scripted model for DSPy: an engine under `dspy.LM` that reads the prompt's fields and fills the rest."""

import json
import re
from collections.abc import Callable
from typing import Any

import dspy
from dspy.lm15 import Message, Response, TextPart, Usage

from support.script import Script

_FIELD = re.compile(r"\[\[ ## (\w+) ## \]\]\n(.*?)(?=\n\n\[\[ ## |\n\nRespond with|\Z)", re.DOTALL)

# How a model words the charge's id, given the last result: the first says more than the id.
Wording = Callable[[str], str]


def bare_id(result: str) -> str:
    found = re.search(r"ch_\w+", result)
    return found.group() if found else result


class ScriptedEngine:
    """`script_for` gets the module's inputs; `wordings` are used one per extraction, the last for good."""

    def __init__(self, script_for: Callable[[dict[str, str]], Script], wordings: list[Wording]) -> None:
        self._script_for = script_for
        self._wordings = wordings

    def complete(self, request: Any) -> Response:
        prompt = request.messages[-1].text
        fields = dict(_FIELD.findall(prompt))
        results = [text for name, text in fields.items() if name.startswith("observation_")]
        if "[[ ## next_tool_name ## ]]" in prompt:
            answer = self._next_step(fields, results)
        elif "[[ ## advice ## ]]" in prompt:
            answer = {"discussion": "The id was wordy.", "advice": "{}"}
        else:
            wording = self._wordings[0] if len(self._wordings) == 1 else self._wordings.pop(0)
            # The last observation is that of `finish`.
            answer = {"reasoning": "The tool answered.", "charge_id": wording(results[-2])}
        text = "\n\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in answer.items())
        return Response(
            id=None,
            model="scripted",
            message=Message.assistant([TextPart(f"{text}\n\n[[ ## completed ## ]]")]),
            finish_reason="stop",
            usage=Usage(input_tokens=0, output_tokens=0, total_tokens=0),
        )

    def _next_step(self, fields: dict[str, str], results: list[str]) -> dict[str, str]:
        turn = self._script_for(fields)(results)
        name, arguments = ("finish", {}) if isinstance(turn, str) else (turn[0].name, turn[0].arguments)
        return {
            "next_thought": "Next.",
            "next_tool_name": name,
            "next_tool_args": json.dumps(arguments),
        }

    def close(self) -> None:
        return None


class AsyncScriptedEngine:
    def __init__(self, engine: ScriptedEngine) -> None:
        self._engine = engine

    async def complete(self, request: Any) -> Response:
        return self._engine.complete(request)

    async def aclose(self) -> None:
        return None


def scripted_lm(
    script_for: Callable[[dict[str, str]], Script],
    wordings: list[Wording] | None = None,
    *,
    cache: bool = False,
) -> dspy.LM:
    engine = ScriptedEngine(script_for, wordings or [bare_id])
    asynchronous = AsyncScriptedEngine(engine)
    return dspy.LM("scripted", engine=engine, async_engine=asynchronous, cache=cache, num_retries=0)
