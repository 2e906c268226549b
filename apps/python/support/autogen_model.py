"""A scripted model for AutoGen."""

import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from autogen_core import FunctionCall
from autogen_core.models import (
    ChatCompletionClient,
    CreateResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    ModelInfo,
    RequestUsage,
)
from pydantic import BaseModel

from support.script import Script

NO_USAGE = RequestUsage(prompt_tokens=0, completion_tokens=0)


class ScriptedClient(ChatCompletionClient):
    component_type = "model"
    component_config_schema = BaseModel

    def __init__(self, script: Script) -> None:
        self._script = script

    async def create(self, messages: Sequence[LLMMessage], **_: Any) -> CreateResult:
        results = [
            result.content
            for message in messages
            if isinstance(message, FunctionExecutionResultMessage)
            for result in message.content
        ]
        turn = self._script(results)
        if isinstance(turn, str):
            return CreateResult(finish_reason="stop", content=turn, usage=NO_USAGE, cached=False)
        calls = [
            FunctionCall(
                id=f"call_{len(results) + index}", name=call.name, arguments=json.dumps(call.arguments)
            )
            for index, call in enumerate(turn)
        ]
        return CreateResult(finish_reason="function_calls", content=calls, usage=NO_USAGE, cached=False)

    async def create_stream(
        self, messages: Sequence[LLMMessage], **_: Any
    ) -> AsyncGenerator[str | CreateResult, None]:
        yield await self.create(messages)

    async def close(self) -> None:
        return None

    def actual_usage(self) -> RequestUsage:
        return NO_USAGE

    def total_usage(self) -> RequestUsage:
        return NO_USAGE

    def count_tokens(self, messages: Sequence[LLMMessage], **_: Any) -> int:
        return 0

    def remaining_tokens(self, messages: Sequence[LLMMessage], **_: Any) -> int:
        return 1_000_000

    @property
    def capabilities(self) -> ModelInfo:  # type: ignore[override]
        return self.model_info

    @property
    def model_info(self) -> ModelInfo:
        return ModelInfo(
            vision=False,
            function_calling=True,
            json_output=False,
            family="unknown",
            structured_output=False,
            multiple_system_messages=True,
        )
