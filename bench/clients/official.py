"""The official SDK's long connection with a handler that does nothing: `official.py URL`."""

import sys

import lark_oapi as lark

from bench.pusher import APP_ID, APP_SECRET


def nothing(event: object) -> None:
    pass


if __name__ == "__main__":
    handler = (
        lark.EventDispatcherHandler.builder("", "")
        .register_p2_im_message_receive_v1(nothing)
        .build()
    )
    lark.ws.Client(APP_ID, APP_SECRET, event_handler=handler, domain=sys.argv[1]).start()
