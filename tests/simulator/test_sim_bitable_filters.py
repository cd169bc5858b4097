"""Searching: filters against a plain model, days, orders, and filters that make no sense."""

from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkgate.simulator import Person, Simulator, WorldError
from larkgate.simulator.bitable import Record, Table, Wrong
from larkgate.simulator.bitable.filters import Filter, Sort, Source, predicate, sorted_by

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2024, 3, 13, 12, tzinfo=CHINA)  # a Wednesday
FIELDS = {
    "文": "text",
    "数": "number",
    "单": "single_select",
    "多": "multi_select",
    "勾": "checkbox",
    "人": "person",
    "链": "url",
    "日": "date",
    "附": "attachment",
    "号": "auto_number",
}
LETTERS = ["a", "b", "ab"]
NUMBERS = [0, 1, 2.5]


def milliseconds(when: datetime) -> int:
    return int(when.timestamp() * 1000)


class Sheet:
    """A table, two people, and the search in it."""

    def __init__(self) -> None:
        sim = Simulator()
        self.people = [sim.person("张三"), sim.person("李四")]
        self.table: Table = sim.base("x", tables={"表": FIELDS}).table("表")

    def add(self, **cells: object) -> Record:
        return self.table.add(cells, by=self.people[0])

    def find(self, wanted: object) -> list[Record]:
        source = Source(self._who, milliseconds(NOW))
        found = predicate(self.table, msgspec.convert(wanted, Filter), source)
        return [record for record in self.table.records if found(record)]

    def one(self, name: str, operator: str, *value: str) -> list[Record]:
        condition = {"field_name": name, "operator": operator, "value": value}
        return self.find({"conjunction": "and", "conditions": [condition]})

    def _who(self, text: str) -> Person | None:
        return next((person for person in self.people if person.id == text), None)


def some(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(values)


ROWS = st.fixed_dictionaries(
    {
        "文": some(LETTERS),
        "数": some(NUMBERS),
        "单": some(LETTERS),
        "多": some([["a"], ["b"], ["a", "b"]]),
        "勾": some([True, False]),
    }
)


def conditions(names: list[str], operators: list[str], values: Any) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {
            "field_name": st.sampled_from(names),
            "operator": st.sampled_from(operators),
            "value": values,
        }
    )


ORDERED = ["is", "isNot", "isGreater", "isGreaterEqual", "isLess", "isLessEqual"]
CONDITION = st.one_of(
    conditions(
        ["文", "单", "多"],
        ["is", "isNot", "contains", "doesNotContain"],
        st.sampled_from(LETTERS).map(lambda letter: [letter]),
    ),
    conditions(
        ["单", "多"],
        ["contains", "doesNotContain"],
        st.lists(st.sampled_from(LETTERS), min_size=1, max_size=3),
    ),
    conditions(["数"], ORDERED, st.sampled_from(NUMBERS).map(lambda number: [str(number)])),
    conditions(["勾"], ["is"], st.sampled_from(["true", "false"]).map(lambda word: [word])),
    conditions(["文", "数", "单", "多"], ["isEmpty", "isNotEmpty"], st.just([])),
)
CONJUNCTION = st.sampled_from(["and", "or"])
GROUP = st.fixed_dictionaries(
    {"conjunction": CONJUNCTION, "conditions": st.lists(CONDITION, max_size=3)}
)
FILTER = st.fixed_dictionaries(
    {
        "conjunction": CONJUNCTION,
        "conditions": st.lists(CONDITION, max_size=3),
        "children": st.lists(GROUP, max_size=2),
    }
)


def holds(row: dict[str, Any], condition: dict[str, Any]) -> bool:
    """What the documents say, in the plainest words."""
    name, values = condition["field_name"], condition["value"]
    cell = row[name]
    if name == "勾":
        return bool((cell is True) == (values == ["true"]))
    match condition["operator"]:
        case "isEmpty":
            return cell is None
        case "isNotEmpty":
            return cell is not None
        case "isNot":
            return not holds(row, condition | {"operator": "is"})
        case "doesNotContain":
            return not holds(row, condition | {"operator": "contains"})
    if cell is None:
        return False
    if name == "数":
        number = float(values[0])
        compared: dict[str, bool] = {
            "is": cell == number,
            "isGreater": cell > number,
            "isGreaterEqual": cell >= number,
            "isLess": cell < number,
            "isLessEqual": cell <= number,
        }
        return compared[condition["operator"]]
    if condition["operator"] == "contains" and name == "文":
        return str(values[0]) in str(cell)
    chosen = cell if isinstance(cell, list) else [cell]
    if condition["operator"] == "is":
        return bool(sorted(chosen) == values)
    return any(value in chosen for value in values)


def passes(row: dict[str, Any], wanted: dict[str, Any]) -> bool:
    parts = [holds(row, condition) for condition in wanted["conditions"]]
    parts += [passes(row, child) for child in wanted.get("children", [])]
    if not parts:
        return True
    return all(parts) if wanted["conjunction"] == "and" else any(parts)


@given(st.lists(ROWS, max_size=6), FILTER)
@settings(max_examples=300, deadline=None)
def test_a_filter_finds_what_a_plain_model_finds(
    rows: list[dict[str, Any]], wanted: dict[str, Any]
) -> None:
    sheet = Sheet()
    records = [sheet.add(**row) for row in rows]
    expected = [record for record, row in zip(records, rows, strict=True) if passes(row, wanted)]
    assert sheet.find(wanted) == expected


def test_people_links_and_numbers_of_records() -> None:
    sheet = Sheet()
    first, second = sheet.people
    alone = sheet.add(人=[first], 链={"link": "https://a", "text": "官网"})
    both = sheet.add(人=[first, second], 链={"link": "https://b"})
    assert sheet.one("人", "is", first.id) == [alone]
    assert sheet.one("人", "contains", second.id) == [both]
    assert sheet.one("链", "is", "官网") == [alone]
    assert sheet.one("链", "contains", "https") == [both]
    assert sheet.one("号", "is", "2") == [both]


def test_attachments_are_there_or_not() -> None:
    sheet = Sheet()
    key = sheet.table.base.attach("a", b"x")
    full, empty = sheet.add(附=[{"file_token": key}]), sheet.add()
    assert sheet.one("附", "isNotEmpty") == [full]
    assert sheet.one("附", "isEmpty") == [empty]


@pytest.mark.parametrize(
    ("operator", "value", "days"),
    [
        ("is", ["Today"], [13]),
        ("is", ["Yesterday"], [12]),
        ("is", ["Tomorrow"], [14]),
        ("isGreater", ["Tomorrow"], range(15, 32)),
        ("isLess", ["Yesterday"], range(1, 12)),
        ("is", ["CurrentWeek"], range(11, 18)),
        ("is", ["LastWeek"], range(4, 11)),
        ("is", ["CurrentMonth"], range(1, 32)),
        ("is", ["LastMonth"], []),
        ("is", ["TheLastWeek"], range(7, 14)),
        ("is", ["TheNextWeek"], range(13, 20)),
        ("is", ["TheLastMonth"], range(1, 14)),
        ("is", ["TheNextMonth"], range(13, 32)),
        ("is", ["ExactDate", str(milliseconds(datetime(2024, 3, 5, 23, tzinfo=CHINA)))], [5]),
    ],
)
def test_days(operator: str, value: list[str], days: range | list[int]) -> None:
    sheet = Sheet()
    sheet.add()
    for day in range(1, 32):
        for hour in (0, 23):
            sheet.add(日=milliseconds(datetime(2024, 3, day, hour, tzinfo=CHINA)))
    found = {
        datetime.fromtimestamp(record.fields["日"] / 1000, CHINA).day
        for record in sheet.one("日", operator, *value)
    }
    assert sorted(found) == list(days)


def test_the_month_before_january() -> None:
    sheet = Sheet()
    record = sheet.add(日=milliseconds(datetime(2024, 2, 29, tzinfo=CHINA)))
    assert sheet.one("日", "is", "LastMonth") == [record]


@pytest.mark.parametrize(
    ("name", "operator", "value"),
    [
        ("文", "isGreater", ["a"]),
        ("文", "like", ["a"]),
        ("文", "is", ["a", "b"]),
        ("文", "is", []),
        ("文", "is", None),
        ("文", "isEmpty", ["a"]),
        ("文", "isEmpty", None),
        ("数", "is", ["viel"]),
        ("数", "contains", ["1"]),
        ("单", "is", ["a", "b"]),
        ("多", "contains", ["a"] * 11),
        ("勾", "isNot", ["true"]),
        ("勾", "is", ["yes"]),
        ("勾", "isEmpty", []),
        ("人", "is", ["nobody"]),
        ("日", "isNot", ["Today"]),
        ("日", "isGreater", ["LastWeek"]),
        ("日", "is", ["ExactDate"]),
        ("日", "is", ["ExactDate", "soon"]),
        ("日", "is", ["SomeDay"]),
        ("附", "is", ["a"]),
    ],
)
def test_conditions_that_make_no_sense(name: str, operator: str, value: list[str] | None) -> None:
    condition = {"field_name": name, "operator": operator, "value": value}
    with pytest.raises(Wrong) as wrong:
        Sheet().find({"conjunction": "and", "conditions": [condition]})
    assert (wrong.value.code, wrong.value.field) == (1254018, name)


def test_filters_that_make_no_sense() -> None:
    sheet, empty = Sheet(), {"field_name": "文", "operator": "isEmpty", "value": []}
    deep = {"conjunction": "and", "children": [{"conjunction": "or", "conditions": [empty]}]}
    with pytest.raises(Wrong) as wrong:
        sheet.find({"conjunction": "and", "children": [deep]})
    assert wrong.value.code == 1254018
    with pytest.raises(Wrong) as wrong:
        sheet.find({"conjunction": "and", "conditions": [empty] * 51})
    assert wrong.value.code == 1254018
    with pytest.raises(Wrong) as wrong:
        sheet.one("没有", "is", "x")
    assert wrong.value.code == 1254045
    with pytest.raises(msgspec.ValidationError):
        sheet.find({"conjunction": "xor"})


def test_orders() -> None:
    sheet = Sheet()
    second = sheet.add(文="b", 数=1, 多=["y"])
    first = sheet.add(文="a", 数=1, 多=["x"])
    third = sheet.add(数=0.5, 人=[sheet.people[0]])

    def ordered(*orders: Sort) -> list[Record]:
        return sorted_by(sheet.table, sheet.table.records, orders)

    assert ordered() == [second, first, third]
    assert ordered(Sort("文")) == [first, second, third]
    assert ordered(Sort("文", desc=True)) == [second, first, third], "empty ones last"
    assert ordered(Sort("数"), Sort("文")) == [third, first, second]
    assert ordered(Sort("多")) == [second, first, third], "options by their place"
    assert ordered(Sort("号", desc=True)) == [third, first, second]
    assert ordered(Sort("人")) == [third, second, first]
    for name in ("没有", "附"):
        with pytest.raises(Wrong):
            ordered(Sort(name))


@given(st.integers())
def test_any_date_is_taken_or_refused(number: int) -> None:
    sheet = Sheet()
    try:
        record = sheet.add(日=number)
    except WorldError:
        return
    found = sheet.one("日", "is", "ExactDate", str(number))
    assert found == [record]
