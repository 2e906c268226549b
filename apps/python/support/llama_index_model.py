"""Scripted models for LlamaIndex: its own mock that calls functions, and a text model for ReAct."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.base.llms.types import ToolCallBlock
from llama_index.core.llms import (
    ChatMessage,
    CompletionResponse,
    CompletionResponseGen,
    CustomLLM,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms.mock import MockFunctionCallingLLM

from support.script import Script, ToolCall


def function_calling_llm(script: Script) -> MockFunctionCallingLLM:
    def respond(messages: Sequence[ChatMessage], **_: Any) -> ChatMessage:
        results = [str(message.content) for message in messages if message.role == MessageRole.TOOL]
        turn = script(results)
        if isinstance(turn, str):
            return ChatMessage(role="assistant", content=turn)
        blocks = [
            ToolCallBlock(
                tool_call_id=f"call_{len(results) + index}", tool_name=call.name, tool_kwargs=call.arguments
            )
            for index, call in enumerate(turn)
        ]
        return ChatMessage(role="assistant", blocks=blocks)

    return MockFunctionCallingLLM(response_generator=respond)


def once_per_turn_llm(call: ToolCall) -> MockFunctionCallingLLM:
    """Makes its one call whenever the user has spoken, whatever the conversation already says about it."""

    def respond(messages: Sequence[ChatMessage], **_: Any) -> ChatMessage:
        last = messages[-1]
        if last.role == MessageRole.TOOL:
            return ChatMessage(role="assistant", content=f"Finished: {last.content}")
        block = ToolCallBlock(
            tool_call_id=f"call_{len(messages)}", tool_name=call.name, tool_kwargs=call.arguments
        )
        return ChatMessage(role="assistant", blocks=[block])

    return MockFunctionCallingLLM(response_generator=respond)


class TextLLM(CustomLLM):
    """Completes a prompt with what a function says."""

    answer: Callable[[str], str]

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted")

    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        return CompletionResponse(text=self.answer(prompt))

    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponseGen:
        text = self.answer(prompt)
        yield CompletionResponse(text=text, delta=text)


_OBSERVATION = re.compile(
    r"^(?:user: )?Observation: (.*?)(?=^assistant:|^(?:user: )?Observation:|\Z)", re.M | re.S
)


def react_llm(script: Script) -> TextLLM:
    """Thought, Action, Action Input, as LlamaIndex's ReAct prompt asks for them."""

    def answer(prompt: str) -> str:
        results = _OBSERVATION.findall(prompt.rpartition("## Current Conversation")[2])
        turn = script(results)
        if isinstance(turn, str):
            return f"Thought: I can answer without using any more tools.\nAnswer: {turn}"
        (call,) = turn
        arguments = json.dumps(call.arguments)
        return f"Thought: I need to use a tool.\nAction: {call.name}\nAction Input: {arguments}"

    return TextLLM(answer=answer)
