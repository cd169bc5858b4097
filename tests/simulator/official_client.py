"""The official SDK as a program: connects, and answers every message twice, with one uuid.

A process of its own, because the SDK takes an event loop when it is imported and has no stop().
"""

import json
import sys

import lark_oapi as lark
from lark_oapi.api.im.v1 import ReplyMessageRequest, ReplyMessageRequestBody

domain, app_id, app_secret = sys.argv[1:]
client = lark.Client.builder().app_id(app_id).app_secret(app_secret).domain(domain).build()


def answer(event: lark.im.v1.P2ImMessageReceiveV1) -> None:
    message = event.event.message
    text = json.loads(message.content)["text"]
    body = (
        ReplyMessageRequestBody.builder()
        .msg_type("text")
        .content(json.dumps({"text": f"echo {text}"}))
        .uuid(message.message_id[:40])
        .build()
    )
    request = ReplyMessageRequest.builder().message_id(message.message_id).request_body(body)
    for _ in range(2):  # the second is a repetition with the same uuid
        reply = client.im.v1.message.reply(request.build())
        if not reply.success():
            sys.exit(f"{reply.code} {reply.msg}")


handler = (
    lark.EventDispatcherHandler.builder("", "").register_p2_im_message_receive_v1(answer).build()
)
lark.ws.Client(app_id, app_secret, event_handler=handler, domain=domain).start()
