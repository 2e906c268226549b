"""A scripted model for Semantic Kernel; the loop that calls the functions is the framework's own."""

from collections.abc import AsyncGenerator
from typing import Any, ClassVar

from semantic_kernel.connectors.ai.chat_completion_client_base import ChatCompletionClientBase
from semantic_kernel.contents import (
    ChatHistory,
    ChatMessageContent,
    FunctionCallContent,
    FunctionResultContent,
    StreamingChatMessageContent,
    StreamingTextContent,
    TextContent,
)
from semantic_kernel.contents.utils.author_role import AuthorRole

from support.script import Script


class ScriptedChatCompletion(ChatCompletionClientBase):
    SUPPORTS_FUNCTION_CALLING: ClassVar[bool] = True
    script: Any

    def __init__(self, script: Script) -> None:
        super().__init__(ai_model_id="scripted", service_id="default", script=script)

    def _next(self, chat_history: ChatHistory) -> list[Any]:
        results = [
            str(item.result)
            for message in chat_history.messages
            for item in message.items
            if isinstance(item, FunctionResultContent)
        ]
        turn = self.script(results)
        if isinstance(turn, str):
            return [turn]
        return [
            FunctionCallContent(id=f"call_{len(results) + index}", name=call.name, arguments=call.arguments)
            for index, call in enumerate(turn)
        ]

    async def _inner_get_chat_message_contents(
        self, chat_history: ChatHistory, settings: Any
    ) -> list[ChatMessageContent]:
        items = [
            TextContent(text=item) if isinstance(item, str) else item for item in self._next(chat_history)
        ]
        return [ChatMessageContent(role=AuthorRole.ASSISTANT, ai_model_id="scripted", items=items)]

    async def _inner_get_streaming_chat_message_contents(
        self, chat_history: ChatHistory, settings: Any, function_invoke_attempt: int = 0
    ) -> AsyncGenerator[list[StreamingChatMessageContent], Any]:
        items = [
            StreamingTextContent(choice_index=0, text=item) if isinstance(item, str) else item
            for item in self._next(chat_history)
        ]
        yield [
            StreamingChatMessageContent(
                role=AuthorRole.ASSISTANT,
                choice_index=0,
                ai_model_id="scripted",
                items=items,
                function_invoke_attempt=function_invoke_attempt,
            )
        ]
