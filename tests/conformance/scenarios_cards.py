"""What every client must be able to do with cards and their entities."""

from __future__ import annotations

import json
from typing import Any

import apis
from stage import Stage, scenario


def _card(text: str, **config: Any) -> dict[str, Any]:
    elements = [
        {"tag": "markdown", "content": text, "element_id": "words"},
        {
            "tag": "button",
            "element_id": "button",
            "text": {"tag": "plain_text", "content": "好"},
            "behaviors": [{"type": "callback", "value": {"k": "v"}}],
        },
    ]
    config = {"update_multi": True, **config}
    return {"schema": "2.0", "config": config, "body": {"elements": elements}}


@scenario(apis.SEND, apis.UPDATE_CARD)
async def a_card_is_sent_and_updated(on: Stage) -> None:
    path = {"message_id": (await on.send("interactive", _card("旧")))["message_id"]}
    await on.ok(apis.UPDATE_CARD, path, body={"content": json.dumps(_card("新"))})
    assert "新" in on.world.development.messages[-1].content
    bad = {**_card("新"), "no_such_property": 1}
    await on.refused(230099, apis.UPDATE_CARD, path, body={"content": json.dumps(bad)})


@scenario(apis.SEND, apis.DEFERRED_UPDATE)
async def a_clicked_card_is_updated_later(on: Stage) -> None:
    path = {"message_id": (await on.send("interactive", _card("旧")))["message_id"]}
    message = on.sim.world.messages[path["message_id"]]
    await on.sim.click(message, on.world.people[0], {"k": "v"})
    push = next(each for each in on.sim.pushes if each.event_type == "card.action.trigger")
    token = json.loads(push.payload)["event"]["token"]
    answer = await on.call(apis.DEFERRED_UPDATE, body={"token": token, "card": _card("后来")})
    assert answer.code == 0, answer
    assert "后来" in message.content


@scenario(apis.CREATE_CARD, apis.SEND, apis.STREAM, apis.SETTINGS)
async def text_streams_into_a_card(on: Stage) -> None:
    card = {"card_id": await _made(on, streaming_mode=True)}
    await on.send("interactive", {"type": "card", "data": card})
    words = {**card, "element_id": "words"}
    for sequence, text in enumerate(("流", "流式", "流式文本"), 1):
        await on.ok(apis.STREAM, words, body={"content": text, "sequence": sequence})
    await on.refused(300317, apis.STREAM, words, body={"content": "旧", "sequence": 2})
    button = {**card, "element_id": "button"}
    await on.refused(300310, apis.STREAM, button, body={"content": "x", "sequence": 4})
    settings = json.dumps({"config": {"streaming_mode": False}})
    await on.ok(apis.SETTINGS, card, body={"settings": settings, "sequence": 5})
    await on.refused(300309, apis.STREAM, words, body={"content": "晚", "sequence": 6})


@scenario(apis.CREATE_CARD, apis.ADD_ELEMENT, apis.REPLACE_ELEMENT, apis.PATCH_ELEMENT)
async def elements_are_added_and_changed(on: Stage) -> None:
    card = {"card_id": await _made(on)}
    more = [{"tag": "markdown", "content": "多", "element_id": "more"}]
    body = {"type": "append", "elements": json.dumps(more), "sequence": 1}
    await on.ok(apis.ADD_ELEMENT, card, body=body)
    path = {**card, "element_id": "more"}
    body = {"element": json.dumps({**more[0], "content": "换"}), "sequence": 2}
    await on.ok(apis.REPLACE_ELEMENT, path, body=body)
    body = {"partial_element": json.dumps({"content": "改"}), "sequence": 3}
    await on.ok(apis.PATCH_ELEMENT, path, body=body)
    await on.send("interactive", {"type": "card", "data": card})


@scenario(apis.CREATE_CARD, apis.DELETE_ELEMENT, apis.REPLACE_CARD, apis.BATCH)
async def a_card_is_replaced_and_changed_at_once(on: Stage) -> None:
    card = {"card_id": await _made(on)}
    await on.ok(apis.DELETE_ELEMENT, {**card, "element_id": "button"}, body={"sequence": 1})
    whole = {"type": "card_json", "data": json.dumps(_card("全新"))}
    await on.ok(apis.REPLACE_CARD, card, body={"card": whole, "sequence": 2})
    actions = [{"action": "delete_elements", "params": {"element_ids": ["button"]}}]
    await on.ok(apis.BATCH, card, body={"actions": json.dumps(actions), "sequence": 3})
    await on.refused(200740, apis.BATCH, {"card_id": "1"}, body={"actions": "[]", "sequence": 4})


@scenario(apis.CREATE_CARD)
async def what_is_no_card_is_refused(on: Stage) -> None:
    body = {"type": "card_json", "data": '{"schema": "1.0"}'}
    await on.refused(300303, apis.CREATE_CARD, body=body)


async def _made(on: Stage, **config: Any) -> str:
    body = {"type": "card_json", "data": json.dumps(_card("…", **config))}
    card_id: str = (await on.ok(apis.CREATE_CARD, body=body))["card_id"]
    return card_id
