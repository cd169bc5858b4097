"""How the platform refuses: code, HTTP status and words.

From the official error tables ("通用错误码" and the page of each call)
and, for the bootstrap, lark-oapi 1.7.5 ws/const.py; written down here apart from the client's
own table on purpose: a mistake must not cancel itself out. Where the tables name no HTTP
status (the 9999… codes of the gateway) it is 400.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["Refused", "status_of"]

_REFUSALS: dict[int, tuple[int, str]] = {
    1: (200, "system busy"),
    9499: (400, "Bad Request"),
    10002: (400, "Your request contains an invalid request parameter."),
    10003: (200, "invalid param"),
    10014: (200, "app id not exists"),
    10015: (200, "wrong app secret"),
    10068: (400, "app has not established a long connection"),
    11205: (400, "app do not have bot"),
    11311: (400, "The card does not meet the format requirements."),
    41012: (400, "user id invalid error"),
    41050: (400, "no user authority error"),
    91402: (200, "NOTEXIST"),
    91403: (403, "Forbidden"),
    210040: (400, "The app is under review."),
    210041: (400, "Bot ability is required."),
    210042: (400, "Invalid request url."),
    200000: (400, "The message card has been recalled."),
    200220: (400, "Failed to generate card content"),
    200310: (400, "The card was sent by another app."),
    200320: (400, "The open_ids of the card are invalid."),
    200740: (400, "The card entity does not exist"),
    200750: (400, "The card entity has expired"),
    200770: (400, "UUID conflict"),
    200810: (400, "The card is in an ongoing interaction and cannot be updated"),
    200850: (400, "Card streaming timeout"),
    200860: (400, "Card content exceeds limit."),
    230001: (400, "Your request contains an invalid request parameter."),
    230002: (400, "The bot can not be outside the group."),
    230006: (400, "Bot ability is not activated."),
    230009: (400, "This message has exceeded the time limit for recall."),
    230011: (400, "The message is recalled."),
    230013: (400, "Bot has NO availability to this user."),
    230015: (400, "P2P chat can NOT be shared."),
    230017: (400, "Bot is NOT the owner of the resource."),
    230018: (400, "These operations are NOT allowed at current group settings."),
    230019: (400, "The topic does NOT exist."),
    230020: (400, "This operation triggers the frequency limit."),
    230025: (400, "The length of the message content reaches its limit."),
    230026: (400, "No permission to recall this message."),
    230027: (400, "Lack of necessary permissions."),
    230029: (400, "User has resigned."),
    230031: (400, "Message can only be modified within 14 days after sending."),
    230034: (400, "The receive_id is invalid."),
    230035: (400, "Send Message Permission deny."),
    230038: (400, "Cross tenant p2p chat operate forbid."),
    230053: (400, "The user has stopped the bot from sending messages."),
    230054: (400, "This operation is not supported for this message type."),
    230055: (400, "The type of file upload does not match the type of message being sent."),
    230071: (400, "The operator is not the sender of the message."),
    230072: (400, "The message has reached the number of times it can be edited."),
    230075: (400, "The message has exceeded the time limit for editing."),
    230099: (400, "Failed to create card content."),
    230110: (400, "Action unavailable as the message has been deleted."),
    231001: (400, "reaction type is invalid."),
    231002: (400, "The operator has no permission to react on the specific message."),
    231003: (400, "The message is not found, maybe not exist or deleted."),
    231007: (400, "The operator has no permission to delete this reaction."),
    231008: (400, "The operator has no access to the message."),
    231010: (400, "The reaction does not belong to the message."),
    231011: (400, "The request has an invalid reaction_id."),
    231012: (400, "The request has an invalid pageToken."),
    232001: (400, "Your request contains an invalid request parameter."),
    232006: (400, "Your request specifies a chat_id which is invalid."),
    232009: (400, "Your request specifies a chat which has already been dissolved."),
    232010: (400, "Operator and chat can NOT be in different tenants."),
    232011: (400, "Operator can NOT be out of the chat."),
    232025: (400, "Bot ability is not activated."),
    232033: (
        400,
        "The bot has NO authority to manage external chats.",
    ),
    234001: (400, "Invalid request param."),
    234003: (400, "File not in message."),
    234004: (400, "App not in chat."),
    234005: (400, "Image has been deleted"),
    234006: (400, "The file size exceed the max value."),
    234007: (400, "App does not enable bot feature."),
    234008: (400, "The app is not the resource sender"),
    234010: (400, "File's size can't be 0."),
    234011: (400, "Can't regonnize the image format."),
    234037: (400, "Downloaded file size exceeds limit."),
    234038: (400, "Do not allow downloading of message resources in restricted mode."),
    234039: (400, "Image resolution exceeds limit."),
    234042: (400, "Hybrid deployment tenant storage error, such as full storage space."),
    234043: (400, "Unsupported message type."),
    300020: (400, "The token of the card update is malformed."),
    300030: (400, "The token of the card update is no longer valid."),
    300040: (400, "The token of the card update has been used too often."),
    300090: (400, "A card that is not shared needs open_ids."),
    300121: (400, "Failed to replace element"),
    300122: (400, "Failed to update card configuration"),
    300301: (400, "Duplicate element_id in card component."),
    300302: (400, "update_multi property is false"),
    300303: (400, "Only schema 2.0 is supported"),
    300305: (400, "The number of card components exceeds 200"),
    300307: (400, "The card DSL is empty"),
    300309: (400, "Card streaming closed"),
    300310: (400, "Only update text"),
    300311: (400, "The current application does not have permission to update/use this card"),
    300312: (400, "Unable to update element tag"),
    300313: (400, "Failed to update element properties"),
    300314: (400, "Failed to delete element"),
    300315: (400, "Failed to add element"),
    300317: (
        400,
        "The sequence number for operating on the card did not increment consecutively",
    ),
    1061002: (400, "params error."),
    1061003: (404, "not found."),
    1061004: (403, "forbidden."),
    1061043: (400, "file size beyond limit."),
    1061044: (400, "parent node not exist."),
    1061101: (400, "file quota exceeded."),
    1062009: (400, "The actual size is inconsistent with the parameter declaration size."),
    1254003: (200, "WrongBaseToken"),
    1254004: (200, "WrongTableId"),
    1254005: (200, "WrongViewId"),
    1254006: (200, "WrongRecordId"),
    1254007: (200, "EmptyValue"),
    1254012: (400, "Unsupported fields or views"),
    1254013: (200, "TableNameDuplicated"),
    1254014: (400, "FieldNameDuplicated"),
    1254015: (400, "Field types do not match."),
    1254016: (200, "InvalidSort"),
    1254018: (200, "InvalidFilter"),
    1254024: (200, "InvalidFieldNames"),
    1254030: (200, "InvalidPageToken"),
    1254037: (400, "Invalid client token, make sure that it complies with the specification."),
    1254040: (200, "BaseTokenNotFound"),
    1254041: (200, "TableIdNotFound"),
    1254042: (200, "ViewIdNotFound"),
    1254043: (200, "RecordIdNotFound"),
    1254045: (200, "FieldNameNotFound"),
    1254060: (200, "TextFieldConvFail"),
    1254061: (200, "NumberFieldConvFail"),
    1254062: (200, "SingleSelectFieldConvFail"),
    1254063: (200, "MultiSelectFieldConvFail"),
    1254064: (200, "DatetimeFieldConvFail"),
    1254065: (200, "CheckboxFieldConvFail"),
    1254066: (200, "UserFieldConvFail"),
    1254067: (200, "LinkFieldConvFail"),
    1254068: (200, "URLFieldConvFail"),
    1254069: (200, "AttachFieldConvFail"),
    1254072: (200, "Failed to convert phone field, please make sure it is correct."),
    1254074: (400, "DuplexLinkFieldConvFail"),
    1254103: (200, "RecordExceedLimit"),
    1254104: (200, "RecordAddOnceExceedLimit"),
    1254130: (200, "TooLargeCell"),
    1254291: (200, "Write conflict"),
    1254302: (403, "Permission denied."),
    1254303: (403, "AttachPermNotAllow"),
    1255006: (400, "Client token conflict, please generate a new client token and try again."),
    1000040351: (200, "system busy"),
    99991201: (404, "resource not find"),
    99991400: (429, "request trigger frequency limit"),
    99991403: (400, "This month's API call quota has been exceeded"),
    99991401: (400, "ip is denied by app setting"),
    99991661: (400, "Need a token"),
    99991662: (400, "app not in use"),
    99991663: (400, "Invalid access token for authorization."),
    99991671: (400, "Invalid token: must start with t-/u-"),
    99991672: (400, "Access denied."),
    99991676: (400, "token does not have permission"),
    99992351: (400, "these open ids not existed"),
    99992354: (400, "these ids not existed"),
    99992361: (400, "open_id cross app"),
    99992402: (400, "field validation failed"),
    1000040343: (200, "internal error"),
    1000040345: (200, "app_id or app_secret is invalid"),
    1000040350: (200, "the number of connections exceeded the limit"),
}


def status_of(code: int) -> int | None:
    """The HTTP status that goes with a code; None for an unknown one."""
    return _REFUSALS[code][0] if code in _REFUSALS else None


class Refused(Exception):
    """The platform does not do what was asked.

    Attributes:
        error: what goes beside the log id into the answer's `error` object.

    Args:
        meaning: what the code says in place of its usual message: some mean one thing in one call
            and another in another.
    """

    def __init__(
        self,
        code: int,
        detail: str = "",
        *,
        meaning: str = "",
        headers: Mapping[str, str] | None = None,
        error: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code, detail)
        self.code = code
        self.status, message = _REFUSALS.get(code, (400, "failed"))
        if detail.startswith("ext="):
            message = message.rstrip(".,") + ","
        self.message = f"{meaning or message} {detail}".strip()
        self.headers = dict(headers or {})
        self.error = dict(error or {})
