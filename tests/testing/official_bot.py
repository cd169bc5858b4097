"""A bot by the official SDK, as people write one; it knows nothing of Larkgate."""

import json
import os

import lark_oapi as lark
from lark_oapi.api.im.v1 import ReplyMessageRequest, ReplyMessageRequestBody
from lark_oapi.event.callback.model.p2_card_action_trigger import (
    P2CardActionTrigger,
    P2CardActionTriggerResponse,
)

app_id, app_secret = os.environ["FEISHU_APP_ID"], os.environ["FEISHU_APP_SECRET"]
domain = os.environ["FEISHU_DOMAIN"]
client = lark.Client.builder().app_id(app_id).app_secret(app_secret).domain(domain).build()

CARD = {
    "schema": "2.0",
    "body": {
        "elements": [
            {"tag": "markdown", "content": "收到"},
            {
                "tag": "button",
                "text": {"tag": "plain_text", "content": "解决了"},
                "behaviors": [{"type": "callback", "value": {"order": 4711}}],
            },
        ]
    },
}


def answer(event: lark.im.v1.P2ImMessageReceiveV1) -> None:
    body = ReplyMessageRequestBody.builder().msg_type("interactive").content(json.dumps(CARD))
    request = ReplyMessageRequest.builder().message_id(event.event.message.message_id)
    client.im.v1.message.reply(request.request_body(body.build()).build())


def close(click: P2CardActionTrigger) -> P2CardActionTriggerResponse:
    order = click.event.action.value["order"]
    card = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "已关闭"}]}}
    return P2CardActionTriggerResponse(
        {
            "toast": {"type": "info", "content": f"{order} 已关闭"},
            "card": {"type": "raw", "data": card},
        }
    )


handler = (
    lark.EventDispatcherHandler.builder("", "")
    .register_p2_im_message_receive_v1(answer)
    .register_p2_card_action_trigger(close)
    .build()
)
lark.ws.Client(app_id, app_secret, event_handler=handler, domain=domain).start()
