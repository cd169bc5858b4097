"""Cards as tests send them."""

from __future__ import annotations

from typing import Any

from larkgate.simulator.cards import Card

TABLE = "| a | b |\n| --- | :-: |\n| 1 | 2 |\n"


def v1(*elements: Card, **more: Any) -> Card:
    return {"elements": list(elements), **more}


def v2(*elements: Card, **more: Any) -> Card:
    return {"schema": "2.0", "body": {"elements": list(elements)}, **more}


def titled(title: str) -> Card:
    return {"title": plain(title)}


def plain(content: str) -> Card:
    return {"tag": "plain_text", "content": content}


def markdown(content: str, **more: Any) -> Card:
    return {"tag": "markdown", "content": content, **more}


def image(key: str) -> Card:
    return {"tag": "img", "img_key": key}


def columns(*elements: Card) -> Card:
    return {"tag": "column_set", "columns": [{"tag": "column", "elements": list(elements)}]}


def button(label: str, value: object = None, **more: Any) -> Card:
    return {"tag": "button", "text": plain(label), **(calls_back(value) if value else {}), **more}


def calls_back(value: object) -> Card:
    return {"behaviors": [{"type": "callback", "value": value}]}


def select(tag: str, label: str, *values: str, **more: Any) -> Card:
    options = [{"text": plain(f"option {value}"), "value": value} for value in values]
    return {"tag": tag, "placeholder": plain(label), "options": options, **more}


def form(name: str, *elements: Card) -> Card:
    return {"tag": "form", "name": name, "elements": list(elements)}


def field(tag: str, name: str, label: str = "", **more: Any) -> Card:
    return {"tag": tag, "name": name, "label": plain(label), **more}
