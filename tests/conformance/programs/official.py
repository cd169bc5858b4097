"""The official SDK for Python as a program that does what it is told: a line of JSON each way.

A process of its own: the SDK takes an event loop when it is imported, and its `ws.Client` cannot
be stopped.
"""

import asyncio
import base64
import io
import json
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

import lark_oapi as lark
from lark_oapi.channel import FeishuChannel
from lark_oapi.core.enum import AccessTokenType, HttpMethod
from lark_oapi.core.model import BaseRequest, RawRequest
from lark_oapi.event.callback.model.p2_card_action_trigger import P2CardActionTriggerResponse
from lark_oapi.event.callback.model.p2_url_preview_get import P2URLPreviewGetResponse
from lark_oapi.ws.exception import ClientException

BINARY = "application/octet-stream"


# Typed calls


def call(
    account: dict[str, str],
    api: str,
    path: dict[str, Any],
    query: dict[str, Any],
    body: dict[str, Any] | None,
    file: str,
) -> dict[str, Any]:
    """What the SDK makes of a call and of its answer.

    `strange` lists what its types do not know, or know as another type.
    """
    client = lark.Client.builder().app_id(account["app_id"]).app_secret(account["app_secret"])
    client = client.domain(account["domain"]).log_level(lark.LogLevel.CRITICAL).build()
    if " " in api:
        return untyped(client, api, body)
    *resources, method = api.split(".")
    resource: Any = client
    for name in resources:
        resource = getattr(resource, name)
    function = getattr(resource, method)
    request, strange = build(get_type_hints(function)["request"], path, query, body, file)
    response = function(request)
    return report(request, response, strange)


def build(
    kind: Any, path: dict[str, Any], query: dict[str, Any], body: dict[str, Any] | None, file: str
) -> tuple[Any, list[str]]:
    builder = kind.builder()
    for name, value in {**path, **query}.items():
        getattr(builder, name)(value)
    if body is None:
        return builder.build(), []
    typed = get_type_hints(builder.request_body)["request_body"]
    strange = list(unknown(typed._types, body, "request"))
    made = typed(body)
    for name, declared in typed._types.items():
        if str(declared).startswith("typing.IO"):
            content = io.BytesIO(base64.b64decode(file))
            setattr(made, name, ("upload.bin", content, BINARY))
    builder.request_body(made)
    return builder.build(), strange


def untyped(client: Any, api: str, body: dict[str, Any] | None) -> dict[str, Any]:
    """A call for which the SDK has no type."""
    method, uri = api.split(" ")
    request = BaseRequest()
    request.http_method, request.uri, request.body = HttpMethod[method], uri, body
    request.token_types = {AccessTokenType.TENANT}
    return report(request, client.request(request), [])


def report(request: Any, response: Any, strange: list[str]) -> dict[str, Any]:
    raw = response.raw
    binary = not raw.headers.get("Content-Type", "").startswith("application/json")
    body = {} if binary else json.loads(raw.content)
    beside = {"code": int, "msg": str, "error": lark.core.model.Error}
    token = {"tenant_access_token": str, "expire": int}  # as the SDK's token manager reads them
    known = {**beside, **token, **type(response)._types}
    typed = getattr(response, "data", None)
    return {
        "route": f"{request.http_method.name} {request.uri}",
        "status": raw.status_code,
        "code": response.code,
        "msg": response.msg or "",
        "data": json.loads(lark.JSON.marshal(typed)) if typed else {},
        "body": body,
        "error": json.loads(lark.JSON.marshal(response.error)) if response.error else {},
        "headers": {name.lower(): value for name, value in raw.headers.items()},
        "content": base64.b64encode(raw.content).decode() if binary else "",
        "file_name": getattr(response, "file_name", None),
        "strange": strange + list(unknown(known, body, "answer") if response._types else ()),
    }


def unknown(types: dict[str, Any], found: dict[str, Any], at: str) -> Iterator[str]:
    for name, value in found.items():
        if name not in types:
            yield f"{at}.{name} is unknown"
        elif value is not None:
            yield from other(types[name], value, f"{at}.{name}")


def other(kind: Any, value: Any, at: str) -> Iterator[str]:
    """Where the value is not of this type."""
    if get_origin(kind) is list:
        for each in value:
            yield from other(get_args(kind)[0], each, f"{at}[]")
    elif get_origin(kind) is dict:
        for each in value.values():
            yield from other(get_args(kind)[1], each, f"{at}{{}}")
    elif hasattr(kind, "_types"):
        yield from unknown(kind._types, value, at)
    elif kind is int and isinstance(value, str) and value.isdigit():
        return  # 64-bit numbers travel as text
    elif kind in (str, int, bool) and type(value) is not kind:
        yield f"{at} is {value!r}, not {kind.__name__}"


# Events and callbacks

seen: list[dict[str, Any]] = []
answers: dict[str, Any] = {}


def dispatcher(encrypt_key: str = "", verification_token: str = "") -> Any:
    """Notes every event it is given, as the SDK has typed it."""
    builder = lark.EventDispatcherHandler.builder(encrypt_key, verification_token)
    for name in dir(builder):
        if name.startswith("register_p2_im_") or name == "register_p2_application_bot_menu_v6":
            getattr(builder, name)(note)
    builder.register_p2_card_action_trigger(clicked)
    builder.register_p2_url_preview_get(previewed)
    return builder.build()


def note(event: Any) -> None:
    typed = json.loads(lark.JSON.marshal(event.event))
    strange = list(unknown(type(event.event)._types, typed, event.header.event_type))
    seen.append({"type": event.header.event_type, "event": typed, "strange": strange})


def clicked(event: Any) -> P2CardActionTriggerResponse:
    note(event)
    return P2CardActionTriggerResponse(answers.get("card.action.trigger", {}))


def previewed(event: Any) -> P2URLPreviewGetResponse:
    note(event)
    return P2URLPreviewGetResponse(answers.get("url.preview.get", {}))


def link(account: dict[str, str]) -> None:
    """Open the long connection and keep it."""
    client = _ws_client(account)
    threading.Thread(target=client.start, daemon=True).start()


def refusal(account: dict[str, str]) -> dict[str, Any]:
    """How opening it ends, when that is refused for good."""
    try:
        _ws_client(account, auto_reconnect=False).start()
    except Exception as error:
        fatal = isinstance(error, ClientException)
        return {"fatal": fatal, "code": getattr(error, "code", None), "msg": str(error)}
    return {}


def _ws_client(account: dict[str, str], auto_reconnect: bool = True) -> Any:
    return lark.ws.Client(
        account["app_id"],
        account["app_secret"],
        event_handler=dispatcher(),
        domain=account["domain"],
        auto_reconnect=auto_reconnect,
        log_level=lark.LogLevel.CRITICAL,
    )


def answer(to: str, with_: Any) -> None:
    """What the next callbacks are answered with."""
    answers[to] = with_


def received() -> list[dict[str, Any]]:
    """What the handlers have been given since they were asked last."""
    found, seen[:] = list(seen), []
    return found


def webhook(
    encrypt_key: str, verification_token: str, headers: dict[str, str], body: str
) -> dict[str, Any]:
    """What the dispatcher answers to this request."""
    request = RawRequest()
    request.uri, request.headers, request.body = "/webhook", headers, body.encode()
    response = dispatcher(encrypt_key, verification_token).do(request)
    return {"status": response.status_code, "body": response.content.decode()}


# The channel layer

channel: Any = None
background = asyncio.new_event_loop()


def open_channel(account: dict[str, str]) -> None:
    global channel
    channel = FeishuChannel(**account, log_level=lark.LogLevel.CRITICAL)
    for name in ("message", "cardAction", "reaction", "botAdded", "messageRead", "reject"):
        channel.on(name, lambda event, name=name: heard(name, event))
    threading.Thread(target=background.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(channel.start_background(), background).result()


async def heard(name: str, event: Any) -> None:
    seen.append({"type": name, "event": plain(event)})


def through_channel(method: str, arguments: list[Any]) -> Any:
    done = getattr(channel, method)(*arguments)
    return plain(asyncio.run_coroutine_threadsafe(done, background).result())


def stream(chat: str, pieces: list[str]) -> Any:
    async def write(controller: Any) -> None:
        for piece in pieces:
            await controller.append(piece)

    return through_channel("stream", [chat, {"markdown": write}])


def download(file_key: str, kind: str, message_id: str) -> str:
    content = channel.download_resource(file_key, kind, message_id=message_id)
    content = asyncio.run_coroutine_threadsafe(content, background).result()
    return base64.b64encode(content).decode()


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=lambda each: getattr(each, "__dict__", str(each))))


def main() -> None:
    told = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the SDK prints is no answer
    for line in sys.stdin:
        wish = json.loads(line)
        try:
            done = {"done": globals()[wish.pop("do")](**wish)}
        except Exception as error:
            done = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(done), file=told, flush=True)


if __name__ == "__main__":
    main()
