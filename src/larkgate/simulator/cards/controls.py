"""What of a card people can use, and what a client sends when they do.

Official documents: "卡片回传交互回调" and those of the interactive components.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from msgspec import Struct

from larkgate.simulator.cards.elements import Card, is_v2, walk, words
from larkgate.simulator.world import WorldError

__all__ = ["Control", "Option", "Said", "action", "control", "controls", "fields"]

Said = str | bool | date | time | Sequence[str]
"""What a person enters or chooses: a text, a label or value of an option, several of them,
a day, a time of day, a tick."""

_ZONE = "+0800"
_ONE = frozenset({"select_static", "select_person", "select_img", "overflow"})
_MANY = frozenset({"multi_select_static", "multi_select_person"})
_TIMES = {
    "date_picker": ("initial_date", "%Y-%m-%d"),
    "picker_time": ("initial_time", "%H:%M"),
    "picker_datetime": ("initial_datetime", "%Y-%m-%d %H:%M"),
}
_INITIAL = {
    "input": "default_value",
    "checker": "checked",
    "select_static": "initial_option",
    "select_person": "initial_option",
    "multi_select_static": "selected_values",
    "multi_select_person": "selected_values",
    **{tag: key for tag, (key, _) in _TIMES.items()},
}
_PRESSED = frozenset({"button", "interactive_container"})
_TAGS = _PRESSED | _ONE | _MANY | frozenset({"input", "checker", *_TIMES})


class Option(Struct, frozen=True):
    """What can be chosen: the app gets `value`."""

    value: str
    label: str


class Control(Struct, frozen=True):
    """Something to click on, choose from or write into.

    Attributes:
        tag: as on the card: `button`, `select_static`, `input`, `date_picker`, `checker`, ...
        name: which the app gave it; fields of a form have one.
        label: what people read on it or beside it.
        value: what the app gets back with a click.
        initial: what is entered or chosen before anybody did anything; None: nothing.
        form: the name of the form it belongs to; "" is none.
        submits, resets: a button that does so with its form.
        required: its form cannot be submitted without it.
        disabled: a click does nothing.
        calls_back: its use is told to the app at once. Some buttons only open a link, and what is
            entered into a form is told when it is submitted.
    """

    tag: str
    name: str
    label: str
    element_id: str = ""
    value: Any = None
    options: tuple[Option, ...] = ()
    initial: Any = None
    form: str = ""
    submits: bool = False
    resets: bool = False
    required: bool = False
    disabled: bool = False
    calls_back: bool = True


def controls(card: Card) -> list[Control]:
    """Everything people can use, in the order they meet it; a form's fields know their form."""
    forms = {
        id(field): str(element.get("name") or element.get("element_id") or "form")
        for element in walk(card)
        if element["tag"] == "form"
        for field in walk(element)
    }
    v2 = is_v2(card)
    return [
        _control(element, forms.get(id(element), ""), v2)
        for element in walk(card)
        if element["tag"] in _TAGS
    ]


def control(card: Card, label: str) -> Control:
    """The one with this label, name or element id.

    Raises:
        WorldError: there is none, or several.
    """
    usable = controls(card)
    found = [each for each in usable if label in (each.label, each.name, each.element_id)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(each.label or each.name or each.tag for each in usable)
    raise WorldError("simulator.no_control", label=label, count=len(found), known=names or "-")


def fields(card: Card, form: str) -> list[Control]:
    """What is entered into a form of this name."""
    return [each for each in controls(card) if each.form == form and each.tag not in _PRESSED]


def action(
    card: Card,
    used: Control,
    *,
    form: Mapping[str, Said] | None = None,
    option: Said | None = None,
    text: str | None = None,
) -> dict[str, Any]:
    """The `action` object a client sends when somebody uses this control.

    Args:
        form: what was entered, by name or label, when a button submits its form.
        option: what was chosen, by value or label; several of a multiple choice; of a checker
            whether it is ticked, None turns it over.
        text: what was written into an input.

    Raises:
        WorldError: nobody can do that on this card.
    """
    if used.disabled or not used.calls_back or used.resets:
        raise WorldError("simulator.no_callback", label=used.label or used.name)
    sent = {"tag": used.tag, "name": used.name, "value": used.value}
    sent = {key: value for key, value in sent.items() if value not in (None, "")}
    if used.submits:
        return sent | {"form_value": _form_value(card, used.form, form or {})}
    if used.tag == "input":
        return sent | {"input_value": text or ""}
    if used.tag in _PRESSED:
        return sent
    if used.tag == "checker":
        return sent | {"checked": not used.initial if option is None else bool(option)}
    return sent | {"options" if used.tag in _MANY else "option": _chosen(used, option)}


def _control(element: Card, form: str, v2: bool) -> Control:
    tag = element["tag"]
    role = element.get("form_action_type") or element.get("action_type")
    callbacks = _callbacks(element)
    submits = bool(form) and role in ("submit", "form_submit")
    return Control(
        tag,
        str(element.get("name") or ""),
        _label(element),
        element_id=str(element.get("element_id") or ""),
        value=callbacks[0].get("value") if callbacks else element.get("value"),
        options=tuple(_options(element)),
        initial=element.get(_INITIAL.get(tag, "")),
        form=form,
        submits=submits,
        resets=bool(form) and role in ("reset", "form_reset"),
        required=element.get("required") is True,
        disabled=element.get("disabled") is True,
        calls_back=submits or ((not form or tag in _PRESSED) and _calls_back(element, v2)),
    )


def _calls_back(element: Card, v2: bool) -> bool:
    """Without `behaviors` buttons did so before JSON 2.0, unless they open a link."""
    if "behaviors" in element:
        return bool(_callbacks(element))
    if element["tag"] not in _PRESSED:
        return True
    return not v2 and ("value" in element or not ("url" in element or "multi_url" in element))


def _label(element: Card) -> str:
    for key in ("text", "label", "placeholder"):
        if said := words(element.get(key)):
            return said
    if element["tag"] == "interactive_container":
        return next(filter(None, map(words, walk(element))), "")
    return ""


def _options(element: Card) -> list[Option]:
    found = _dicts(element.get("options"))
    return [Option(str(each.get("value", "")), words(each.get("text"))) for each in found]


def _form_value(card: Card, form: str, entered: Mapping[str, Said]) -> dict[str, Any]:
    entries = fields(card, form)
    known = {name for field in entries for name in (field.name, field.label) if name}
    if unknown := [name for name in entered if name not in known]:
        raise WorldError("simulator.no_form_field", name=unknown[0], known=", ".join(sorted(known)))
    sent = {}
    for field in entries:
        said = entered.get(field.name, entered.get(field.label, field.initial))
        if said not in (None, "", []):
            sent[field.name] = _entered(field, said)
        elif field.required:
            raise WorldError("simulator.field_required", name=field.label or field.name)
    return sent


def _entered(field: Control, said: Any) -> Any:
    if field.tag == "input":
        return str(said)
    return bool(said) if field.tag == "checker" else _chosen(field, said)


def _chosen(field: Control, said: Any) -> str | list[str]:
    if field.tag in _TIMES:
        return _moment(said, _TIMES[field.tag][1])
    if field.tag in _MANY:
        several = [said] if isinstance(said, str) else said or []
        return [_value_of(field, each) for each in several]
    return _value_of(field, said)


def _value_of(field: Control, said: object) -> str:
    """People can be chosen without being listed: then everybody of the chat is offered."""
    for option in field.options:
        if said in (option.value, option.label):
            return option.value
    if said and "person" in field.tag and not field.options:
        return str(said)
    known = ", ".join(each.label or each.value for each in field.options)
    raise WorldError("simulator.no_option", option=said, known=known or "-")


def _moment(said: Any, form: str) -> str:
    """With the zone, as clients send it."""
    text = said.strftime(form) if isinstance(said, (date, datetime, time)) else str(said or "")
    return text if text.endswith(_ZONE) or not text else f"{text} {_ZONE}"


def _callbacks(element: Card) -> list[Card]:
    return [each for each in _dicts(element.get("behaviors")) if each.get("type") == "callback"]


def _dicts(node: object) -> list[Card]:
    return [each for each in node if isinstance(each, dict)] if isinstance(node, list) else []
