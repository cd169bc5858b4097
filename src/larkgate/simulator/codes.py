"""How the platform refuses: code, HTTP status and words.

From the official error tables ("通用错误码", "发送消息", "回复消息", "编辑消息", "撤回消息")
and, for the bootstrap, lark-oapi 1.7.5 ws/const.py; written down here apart from the client's
own table on purpose: a mistake must not cancel itself out. Where the tables name no HTTP
status (the 9999… codes of the gateway) it is 400.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["Refused"]

_REFUSALS: dict[int, tuple[int, str]] = {
    9499: (400, "Bad Request"),
    10003: (200, "invalid param"),
    10014: (200, "app id not exists"),
    10015: (200, "wrong app secret"),
    11205: (400, "app do not have bot"),
    230001: (400, "Your request contains an invalid request parameter."),
    230002: (400, "The bot can not be outside the group."),
    230006: (400, "Bot ability is not activated."),
    230011: (400, "The message is recalled."),
    230020: (400, "This operation triggers the frequency limit."),
    230025: (400, "The length of the message content reaches its limit."),
    230026: (400, "No permission to recall this message."),
    230054: (400, "This operation is not supported for this message type."),
    230071: (400, "The operator is not the sender of the message."),
    230072: (400, "The message has reached the number of times it can be edited."),
    230099: (400, "Failed to create card content"),
    1000040345: (200, "app_id or app_secret is invalid"),
    1000040350: (200, "the number of connections exceeded the limit"),
    99991201: (404, "resource not find"),
    99991401: (400, "ip is denied by app setting"),
    99991400: (429, "request trigger frequency limit"),
    99991661: (400, "Need a token"),
    99991662: (400, "app not in use"),
    99991663: (400, "Invalid access token for authorization."),
    99991671: (400, "Invalid token: must start with t-/u-"),
    99991672: (400, "Access denied."),
    99992351: (400, "these open ids not existed"),
    99992354: (400, "these ids not existed"),
    99992361: (400, "open_id cross app"),
    99992402: (400, "field validation failed"),
}


class Refused(Exception):
    """The platform does not do what was asked.

    Attributes:
        error: what goes beside the log id into the answer's `error` object.
    """

    def __init__(
        self,
        code: int,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        error: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code, detail)
        self.code = code
        self.status, message = _REFUSALS.get(code, (400, "failed"))
        self.message = f"{message} {detail}".strip()
        self.headers = dict(headers or {})
        self.error = dict(error or {})
