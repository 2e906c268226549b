"""A scripted model for Semantic Kernel; the loop that calls the functions is the framework's own."""

from typing import Any, ClassVar

from semantic_kernel.connectors.ai.chat_completion_client_base import ChatCompletionClientBase
from semantic_kernel.contents import (
    ChatHistory,
    ChatMessageContent,
    FunctionCallContent,
    FunctionResultContent,
    TextContent,
)
from semantic_kernel.contents.utils.author_role import AuthorRole

from support.script import Script


class ScriptedChatCompletion(ChatCompletionClientBase):
    SUPPORTS_FUNCTION_CALLING: ClassVar[bool] = True
    script: Any

    def __init__(self, script: Script) -> None:
        super().__init__(ai_model_id="scripted", service_id="default", script=script)

    async def _inner_get_chat_message_contents(
        self, chat_history: ChatHistory, settings: Any
    ) -> list[ChatMessageContent]:
        results = [
            str(item.result)
            for message in chat_history.messages
            for item in message.items
            if isinstance(item, FunctionResultContent)
        ]
        turn = self.script(results)
        items: list[Any] = [TextContent(text=turn)] if isinstance(turn, str) else []
        if not isinstance(turn, str):
            items = [
                FunctionCallContent(
                    id=f"call_{len(results) + index}", name=call.name, arguments=call.arguments
                )
                for index, call in enumerate(turn)
            ]
        return [ChatMessageContent(role=AuthorRole.ASSISTANT, ai_model_id="scripted", items=items)]
