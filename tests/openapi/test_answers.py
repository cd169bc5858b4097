from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from larkgate import texts
from larkgate.dial import Response
from larkgate.errors import ApiError, Reaction
from larkgate.openapi.answers import pause, read

CONSOLE = "https://open.feishu.cn/app/cli_a1"


class Thing(msgspec.Struct):
    data: dict[str, int]


def response(body: object, status: int = 200, **headers: str) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return Response(status, named, raw)


def error(body: object, status: int = 400, **headers: str) -> ApiError:
    with pytest.raises(ApiError) as caught:
        read(response(body, status, **headers), Thing, console=CONSOLE)
    return caught.value


def test_code_0_is_success_whatever_the_status() -> None:
    body = {"code": 0, "msg": "ok", "data": {"a": 1}}
    assert read(response(body, 504), Thing, console=CONSOLE).data == {"a": 1}


def test_any_other_code_is_a_refusal_whatever_the_status() -> None:
    found = error({"code": 230002, "msg": "Bot is NOT in the chat."}, status=200)
    assert (found.code, found.key) == (230002, "openapi.not_in_chat")
    assert found.reaction is Reaction.GIVE_UP
    assert found.retry_after is None


def test_the_log_id_is_kept_for_the_platforms_support() -> None:
    body: dict[str, Any] = {"code": 230001, "msg": "x"}
    assert error(body, x_tt_logid="L1").log_id == "L1"
    assert error(body, X_REQUEST_ID="L2").log_id == "L2"
    found = error({**body, "error": {"log_id": "L3"}}, x_tt_logid="L1")
    assert str(found).endswith("[230001 L3]")


def test_a_missing_scope_names_the_scopes_and_where_to_add_them() -> None:
    message = (
        "Access denied. One of the following scopes is required: "
        "[im:message, im:message:send_as_bot].应用尚未开通所需的应用身份权限："
        "[im:message, im:message:send_as_bot]，点击链接申请并开通任一权限即可：https://x"
    )
    found = error({"code": 99991672, "msg": message})
    link = f"{CONSOLE}/auth?q=im:message,im:message:send_as_bot&op_from=openapi&token_type=tenant"
    assert "im:message, im:message:send_as_bot." in str(found)
    assert link in str(found)


def test_listed_scopes_come_before_those_in_the_message() -> None:
    violations = [{"type": "action_scope_required", "subject": "im:chat:readonly"}]
    found = error({"code": 99991672, "msg": "[a]", "error": {"permission_violations": violations}})
    assert found.values["scopes"] == "im:chat:readonly"


def test_a_rate_limit_waits_as_long_as_the_platform_says() -> None:
    body = {"code": 99991400, "msg": "request trigger frequency limit"}
    assert error(body, 429, x_ogw_ratelimit_reset="7").retry_after == 7
    assert error(body, 400, X_Ogw_Ratelimit_Reset="0.5").retry_after == 0.5
    assert error(body, 400).retry_after == 1
    assert error({"code": 230020, "msg": ""}).retry_after == 1


@pytest.mark.parametrize(
    ("status", "reaction", "key"),
    [
        (200, Reaction.RETRY, "openapi.unreadable"),
        (302, Reaction.RETRY, "openapi.unreadable"),
        *((status, Reaction.RETRY, "openapi.unreadable") for status in (400, 403, 404, 407)),
        (429, Reaction.WAIT, "openapi.rate_limited"),
        (502, Reaction.RETRY, "openapi.unavailable"),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        *(b"<html>", b"", b"null", b"[]", b'{"code":"x"}', b'{"msg":"ok"}', b"\xff"),
        '{"code":99,"msg":"未授权"}'.encode("gbk"),
        b'{"error":' + b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_the_platform_never_says(
    body: bytes, status: int, reaction: Reaction, key: str
) -> None:
    found = error(body, status)
    assert (found.code, found.reaction, found.key) == (status, reaction, key)


def test_a_success_of_another_shape_is_no_success() -> None:
    assert error({"code": 0, "data": {"a": "b"}}, 200).key == "openapi.unreadable"


def test_an_odd_error_body_does_not_hide_the_code() -> None:
    odds: list[object] = [None, [], "x", {"permission_violations": 3}]
    for odd in odds:
        assert error({"code": 230002, "msg": None, "error": odd}).code == 230002
    assert error('{"code":230002,"error":{"log_id":"授权"}}'.encode("gbk")).code == 230002


@given(st.text())
def test_any_wait_can_be_read(text: str) -> None:
    seconds = pause({"x-ogw-ratelimit-reset": text})
    assert seconds is None or 0 <= seconds <= 3600


@pytest.mark.parametrize("odd", ["nan", "inf", "-1", "1e300", ""])
def test_an_odd_wait_is_bounded(odd: str) -> None:
    assert pause({"x-ogw-ratelimit-reset": odd}) in (None, 3600)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_sentence_can_be_said(language: texts.Language) -> None:
    before = texts.language()
    texts.use(language)
    try:
        for code in (*range(0, 300), *range(230000, 230120), *range(99991400, 99991700)):
            if code:
                assert str(code) in str(error({"code": code, "msg": "m"}))
    finally:
        texts.use(before)
