"""Good requests to the simulator, and what makes them bad."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hypothesis import strategies as st

__all__ = ["CARD", "RAW_BODIES", "Request", "requests", "spoiled"]

ELEMENTS = [
    {"tag": "markdown", "content": "…", "element_id": "words"},
    {"tag": "button", "text": {"tag": "plain_text", "content": "好"}, "name": "go"},
]
CARD = {
    "schema": "2.0",
    "config": {"update_multi": True, "streaming_mode": True},
    "body": {"elements": ELEMENTS},
}


_INNER = "<inner>"


def inner(value: Any) -> dict[str, Any]:
    """JSON that travels as text inside of JSON."""
    return {_INNER: value}


class Seed(NamedTuple):
    """A good call, to be spoiled."""

    body: Any = None
    query: Mapping[str, str] = {}


TEXT = {"msg_type": "text", "content": inner({"text": '<at user_id="all"></at> 你好'}), "uuid": ""}
POST = {"zh_cn": {"title": "", "content": [[{"tag": "at", "user_id": "all"}, {"tag": "hr"}]]}}
STEP = {"sequence": 1, "uuid": ""}
RECORD = {"fields": {"标题": "一", "次数": 1, "状态": "新", "处理人": [{"id": "{user_id}"}]}}
FILTER = {
    "conjunction": "and",
    "conditions": [{"field_name": "次数", "operator": "isGreater", "value": ["1"]}],
}
APP = "/open-apis/application/v7/applications/{app_id}"
IM = "/open-apis/im/v1/messages"
KIT = "/open-apis/cardkit/v1/cards"
TABLE = "/open-apis/bitable/v1/apps/{app_token}/tables/{table_id}"
PAGE = {"page_size": "20", "page_token": ""}

# By method and path; what is not listed is asked without a body.
SEEDS: dict[str, Seed] = {
    "POST /callback/ws/endpoint": Seed({"AppID": "cli_x", "AppSecret": "x"}),
    "POST /open-apis/auth/v3/tenant_access_token/internal": Seed(
        {"app_id": "cli_x", "app_secret": "x"}
    ),
    f"POST {IM}": Seed({**TEXT, "receive_id": "{chat_id}"}, {"receive_id_type": "chat_id"}),
    f"POST {IM}/{{message_id}}/reply": Seed(
        {"msg_type": "post", "content": inner(POST), "reply_in_thread": True}
    ),
    f"PUT {IM}/{{message_id}}": Seed(TEXT),
    f"PATCH {IM}/{{message_id}}": Seed({"content": inner(CARD)}),
    f"GET {IM}/{{message_id}}": Seed(None, {"card_msg_content_type": "user_card_content"}),
    f"GET {IM}": Seed(
        None,
        {
            "container_id_type": "chat",
            "container_id": "{chat_id}",
            "start_time": "1",
            "end_time": "2",
            "sort_type": "ByCreateTimeAsc",
            **PAGE,
        },
    ),
    "POST /open-apis/interactive/v1/card/update": Seed({"token": "c-x", "card": CARD}),
    f"POST {IM}/{{message_id}}/reactions": Seed({"reaction_type": {"emoji_type": "SMILE"}}),
    f"GET {IM}/{{message_id}}/reactions": Seed(None, PAGE),
    f"GET {IM}/{{message_id}}/resources/{{file_key}}": Seed(None, {"type": "file"}),
    "GET /open-apis/im/v1/chats": Seed(None, PAGE),
    "POST /open-apis/contact/v3/users/basic_batch": Seed(
        {"user_ids": ["{user_id}"]}, {"user_id_type": "open_id"}
    ),
    f"POST {KIT}": Seed({"type": "card_json", "data": inner(CARD)}),
    f"PUT {KIT}/{{card_id}}": Seed({"card": {"type": "card_json", "data": inner(CARD)}, **STEP}),
    f"PATCH {KIT}/{{card_id}}/settings": Seed(
        {"settings": inner({"config": {"streaming_mode": True, "summary": {}}}), **STEP}
    ),
    f"POST {KIT}/{{card_id}}/batch_update": Seed(
        {
            "actions": inner([{"action": "delete_elements", "params": {"element_ids": ["words"]}}]),
            **STEP,
        }
    ),
    f"POST {KIT}/{{card_id}}/elements": Seed(
        {
            "type": "insert_after",
            "target_element_id": "words",
            "elements": inner(ELEMENTS),
            **STEP,
        }
    ),
    f"PUT {KIT}/{{card_id}}/elements/{{element_id}}": Seed(
        {"element": inner({"tag": "markdown", "content": "x"}), **STEP}
    ),
    f"PATCH {KIT}/{{card_id}}/elements/{{element_id}}": Seed(
        {"partial_element": inner({"content": "x"}), **STEP}
    ),
    f"DELETE {KIT}/{{card_id}}/elements/{{element_id}}": Seed(STEP),
    f"PUT {KIT}/{{card_id}}/elements/{{element_id}}/content": Seed({"content": "x", **STEP}),
    "POST /open-apis/bitable/v1/apps/{app_token}/tables": Seed(
        {"table": {"name": "新", "fields": [{"field_name": "名", "type": 1}]}}
    ),
    f"POST {TABLE}/fields": Seed(
        {"field_name": "名", "type": 3, "property": {"options": [{"name": "新"}]}}
    ),
    f"POST {TABLE}/records": Seed(RECORD, {"client_token": "fe599b60-450f-46ff-b2ef-9f6675625b97"}),
    f"PUT {TABLE}/records/{{record_id}}": Seed(RECORD),
    f"POST {TABLE}/records/batch_create": Seed({"records": [RECORD]}),
    f"POST {TABLE}/records/batch_update": Seed(
        {"records": [{"record_id": "{record_id}", **RECORD}]}
    ),
    f"POST {TABLE}/records/batch_delete": Seed({"records": ["{record_id}"]}),
    f"POST {TABLE}/records/batch_get": Seed({"record_ids": ["{record_id}"]}),
    f"POST {TABLE}/records/search": Seed(
        {
            "filter": FILTER,
            "sort": [{"field_name": "次数", "desc": True}],
            "field_names": ["标题"],
            "view_id": "",
            "automatic_fields": True,
        },
        PAGE,
    ),
    f"GET {TABLE}/records": Seed(None, PAGE),
    "GET /open-apis/drive/v1/medias/batch_get_tmp_download_url": Seed(
        None, {"file_tokens": "boxcn"}
    ),
    "GET /open-apis/im/v1/chats/{chat_id}/members": Seed(None, PAGE),
    f"PATCH {APP}/config": Seed(
        {
            "scope": {"add_scopes": [{"scope_name": "im:chat", "token_type": "tenant"}]},
            "event": {"add_events": ["x"], "remove_events": []},
            "callback": {"add_callbacks": ["card.action.trigger"]},
            "event_and_callback_encrypt_strategy": {"encryption_key": "x"},
            "visibility": {"is_visible_to_all": False, "visible_list": {"user_ids": ["x"]}},
        }
    ),
    f"POST {APP}/publish": Seed({"version": "1.0.1", "changelog": "x"}),
    "POST /sim/say": Seed({"chat": "研发群", "as": "张三", "text": "@TSP助手 你好"}),
    "POST /sim/send": Seed(
        {"chat": "研发群", "as": "张三", "kind": "image", "content": {"image_key": "img_x"}}
    ),
    "POST /sim/forward": Seed({"chat": "售后群", "as": "张三", "messages": ["{message_id}"]}),
    "POST /sim/edit": Seed({"message": "{said_id}", "as": "张三", "text": "新"}),
    "POST /sim/recall": Seed({"message": "{said_id}", "as": "张三"}),
    "POST /sim/react": Seed({"message": "{said_id}", "as": "张三", "emoji": "SMILE"}),
    "POST /sim/read": Seed({"chat": "研发群", "as": "张三"}),
    "POST /sim/enter": Seed({"app": "TSP助手", "as": "张三"}),
    "POST /sim/menu": Seed({"app": "TSP助手", "as": "张三", "event_key": "help"}),
    "POST /sim/click": Seed(
        {"card": "{message_id}", "as": "张三", "value": {}, "name": "go", "form_value": {}}
    ),
    "POST /sim/press": Seed({"card": "{message_id}", "as": "张三", "label": "好", "form": {}}),
    "POST /sim/people": Seed({"name": "赵六", "tenant": ""}),
    "POST /sim/groups": Seed({"name": "新群", "members": ["张三", "TSP助手"], "topics": True}),
    "POST /sim/members": Seed({"chat": "研发群", "as": "张三", "who": "王五", "remove": True}),
    "POST /sim/push": Seed({"app": "TSP助手", "payload": {"schema": "2.0"}, "repush": True}),
    "POST /sim/apps/{app_id}": Seed(
        {"scopes": {"add": ["x"]}, "event_mode": "webhook", "visible_to": ["张三"], "bot": True}
    ),
    "POST /sim/misconfigure": Seed({"key": "x", "app": "TSP助手"}),
    "POST /sim/faults": Seed([{"do": "answer", "path": "*", "code": 1, "times": 1}]),
    "POST /sim/scenario": Seed(
        {
            "people": ["赵六"],
            "groups": [{"name": "新群", "members": ["赵六", "TSP助手"]}],
            "script": [
                {"at": 0, "say": {"chat": "新群", "as": "赵六", "text": "@TSP助手 在吗"}},
                {"at": 0, "fault": {"do": "drop"}},
            ],
        }
    ),
    "POST /sim/switches": Seed({"rate_limits": False, "client_config": {}, "token_life": 1}),
    "GET /sim/messages": Seed(None, {"chat": "研发群", "limit": "3", "before": "{message_id}"}),
    "GET /sim/pushes": Seed(None, {"about": "{said_id}", "limit": "3"}),
    "GET /sim/threads": Seed(None, {"chat": "研发群"}),
}


# What is sent

ODD_TEXT = st.sampled_from(
    [
        "",
        "\0",
        "\ud800",
        "\uffff",
        "{message_id}",
        "-1",
        "1e999",
        "9" * 5000,
        "x" * 40_000,
        "../../etc/passwd",
        '<at user_id="',
        "@所有人 @_all @_user_1",
        "om_" + "0" * 32,
        "[" * 3000,
        '{"a":' * 3000,
        '{"schema": "2.0"}',
    ]
)
ODD_NUMBERS = st.sampled_from([0, -1, 2**31, 2**63, 2**70, -(2**70), 0.5, 1e308, float("inf")])
LEAVES = st.none() | st.booleans() | ODD_NUMBERS | ODD_TEXT | st.text(max_size=8)
ODD = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
RAW_BODIES = st.binary(max_size=64) | st.sampled_from(
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"content": "\\ud800"}',
        b'{"content": "\xc3\x28"}',
        b"-" + b"9" * 100_000,
    ]
)
AUTHORIZATIONS = st.sampled_from(
    ["", "Bearer", "Bearer ", "Bearer x", "Bearer t-x", "Bearer u-x", "Basic eA==", "t-" * 2000]
)
CONTENT_TYPES = st.sampled_from(
    ["", "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "x/y; charset=?"]
)
METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "REPORT"])


class Request(NamedTuple):
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        """Long ones make no good reading."""
        parts = (self.method, self.path, *self.query.items(), *self.headers.items(), self.body)
        return " ".join(repr(part)[:200] for part in parts)


@st.composite
def requests(draw: st.DrawFn, routes: list[tuple[str, str]]) -> Request:
    """A good request, one thing or more of it spoiled. `{names}` are yet to be filled in."""
    method, path = draw(st.sampled_from(routes))
    seed = SEEDS.get(f"{method} {path}", Seed())
    query = {
        name: draw(ODD_TEXT)[:300] if draw(one_in(4)) else value
        for name, value in seed.query.items()
    }
    headers = {
        "Authorization": draw(AUTHORIZATIONS) if draw(one_in(20)) else "{token}",
        "Content-Type": draw(CONTENT_TYPES) if draw(one_in(10)) else "application/json",
    }
    if draw(one_in(10)):
        path = path.replace("{", draw(st.sampled_from(["{no_", "%00{", "%ff{", "%ed%a0%80{"])))
    if draw(one_in(20)):
        method = draw(METHODS)
    return Request(method, path, query, headers, draw(bodies(seed)))


def one_in(number: int) -> st.SearchStrategy[bool]:
    return st.integers(1, number).map(lambda drawn: drawn == number)


@st.composite
def bodies(draw: st.DrawFn, seed: Seed) -> bytes:
    if draw(one_in(8)):
        return draw(RAW_BODIES)
    if seed.body is None:
        return draw(st.sampled_from([b"", b"{}"]))
    return json.dumps(sealed(draw(spoiled(seed.body, least=0)))).encode()


@st.composite
def spoiled(draw: st.DrawFn, whole: Any, *, least: int) -> Any:
    """The JSON with up to two things replaced, removed or added."""
    whole = json.loads(json.dumps(whole))
    for _ in range(draw(st.integers(least, 2))):
        if places := list(_places(whole)):
            _spoil(draw, *places[draw(st.integers(0, len(places) - 1))])
    return whole


def _spoil(draw: st.DrawFn, holder: Any, key: Any) -> None:
    how = draw(st.sampled_from(["replace", "replace", "replace", "drop", "add"]))
    if how == "drop":
        del holder[key]
    elif how == "add" and isinstance(holder, dict):
        holder[draw(st.text(max_size=5))] = draw(ODD)
    else:
        holder[key] = draw(ODD)


def sealed(value: Any) -> Any:
    """As it travels: the inner JSON as text."""
    if isinstance(value, dict) and _INNER in value:
        return json.dumps(sealed(value[_INNER]))
    if isinstance(value, dict):
        return {name: sealed(each) for name, each in value.items()}
    return [sealed(each) for each in value] if isinstance(value, list) else value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Where something can be replaced."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])
