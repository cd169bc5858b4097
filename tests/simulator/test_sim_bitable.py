"""Bitable: people's tables, the calls, and what they refuse."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from simclient import Client, client_of

from larkgate.clock import VirtualClock
from larkgate.simulator import App, Person, Simulator, StandardWorld, WorldError, standard_world
from larkgate.simulator.bitable import KINDS, Record

TOKEN = str(UUID(int=1, version=4))
FIELDS = {
    "标题": "text",
    "工时": "number",
    "状态": "single_select",
    "标签": "multi_select",
    "截止": "date",
    "完成": "checkbox",
    "处理人": "person",
    "电话": "phone",
    "链接": "url",
    "附件": "attachment",
    "客户": "link:客户",
    "相关": "duplex_link",
    "建于": "created_time",
    "改于": "modified_time",
    "建者": "created_by",
    "改者": "modified_by",
    "编号": "auto_number",
}


class Desk:
    def __init__(
        self, sim: Simulator, clock: VirtualClock, client: Client, world: StandardWorld
    ) -> None:
        self.sim = sim
        self.clock = clock
        self.client = client
        self.world = world
        self.person = world.people[0]
        tables = {"工单": FIELDS, "客户": {"名称": "text"}}
        self.base = sim.base("客服", app=world.app, tables=tables)
        self.table = self.base.table("工单")
        self.app_path = f"/bitable/v1/apps/{self.base.app_token}"
        self.path = f"{self.app_path}/tables/{self.table.id}/records"

    def shown(self, who: Person | App) -> dict[str, str]:
        open_id = self.sim.world.open_id(who, self.world.app)
        names = {"name": who.name, "en_name": who.name}
        return {"id": open_id, **names, "email": "", "avatar_url": ""}

    async def create(self, fields: object, **query: str) -> Any:
        return await self.client.call("POST", self.path, {"fields": fields}, **query)

    async def post(self, what: str, body: object, **query: str) -> Any:
        return await self.client.call("POST", f"{self.path}/{what}", body, **query)

    async def search(self, **body: object) -> Any:
        return (await self.post("search", body))["data"]["items"]

    def add(self, **fields: object) -> Record:
        return self.table.add(fields, by=self.person)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            yield Desk(sim, clock, client, world)


async def test_every_type_is_written_and_read_back(desk: Desk) -> None:
    customer = desk.base.table("客户").add({"名称": "张记"}, by=desk.person)
    file = desk.base.attach("图.png", b"123")
    written: dict[str, object] = {
        "标题": "打不开",
        "工时": 1.5,
        "状态": "待处理",
        "标签": ["急", "网络"],
        "截止": 1690992000000,
        "完成": False,
        "处理人": [{"id": desk.shown(desk.person)["id"]}],
        "电话": "+8613026162666",
        "链接": {"text": "官网", "link": "https://example.com"},
        "附件": [{"file_token": file}],
        "客户": [customer.id],
    }
    record = (await desk.create(written))["data"]["record"]
    assert record["fields"] == written
    (kept,) = desk.table.records
    assert record["record_id"] == record["id"] == kept.id
    assert kept.fields["处理人"] == (desk.person,)
    person = desk.shown(desk.person)
    app = desk.shown(desk.world.app)
    (read,) = await desk.search(automatic_fields=True)
    (attachment,) = read["fields"].pop("附件")
    assert (attachment["file_token"], attachment["name"], attachment["size"]) == (file, "图.png", 3)
    assert attachment["url"].startswith(f"{desk.sim.url}/open-apis/drive/v1/medias/{file}/")
    assert attachment["tmp_url"].startswith(f"{desk.sim.url}/open-apis/drive/v1/medias/batch_get")
    del written["附件"]
    assert read["fields"] == written | {
        "标题": [{"text": "打不开", "type": "text"}],
        "处理人": [person],
        "客户": {"link_record_ids": [customer.id]},
        "建于": kept.created,
        "改于": kept.modified,
        "建者": [app],
        "改者": [app],
        "编号": "1",
    }
    assert (read["created_by"], read["last_modified_time"]) == (app, kept.modified)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("没有", "x", 1254045),
        ("标题", 1, 1254060),
        ("标题", [{"text": "x", "type": "text"}], 1254060),
        ("标题", "x" * 100_001, 1254130),
        ("工时", "1", 1254061),
        ("工时", True, 1254061),
        ("状态", ["待处理"], 1254062),
        ("标签", "急", 1254063),
        ("截止", "2024-01-01", 1254064),
        ("完成", 1, 1254065),
        ("处理人", [{"id": "ou_nobody"}], 1254066),
        ("处理人", ["ou_nobody"], 1254066),
        ("处理人", {"id": "x"}, 1254066),
        ("客户", ["rec0"], 1254067),
        ("相关", ["rec0"], 1254074),
        ("链接", "https://example.com", 1254068),
        ("附件", "file", 1254069),
        ("附件", [{"file_token": "none"}], 1254303),
        ("电话", "号码", 1254072),
        ("编号", "7", 1254015),
        ("建于", None, 1254015),
    ],
)
async def test_values_a_field_does_not_take(
    desk: Desk, name: str, value: object, code: int
) -> None:
    answer = await desk.create({name: value})
    assert answer["code"] == code
    assert name in answer["error"]["message"]
    assert desk.table.records == []


async def test_people_of_another_app_are_nobody(desk: Desk) -> None:
    other = desk.sim.add_app("cli_other", "secret", "别的助手")
    person = desk.sim.world.open_id(desk.person, other)
    assert (await desk.create({"处理人": [{"id": person}]}))["code"] == 1254066
    fields = {"处理人": [{"id": desk.person.id}]}
    assert (await desk.create(fields, user_id_type="user_id"))["code"] == 0
    (found,) = (await desk.post("search", {}, user_id_type="union_id"))["data"]["items"]
    assert found["fields"]["处理人"][0]["id"] == desk.person.union_id


async def test_update_changes_only_what_it_names(desk: Desk) -> None:
    record = desk.add(标题="一", 工时=1, 状态="待处理")
    await desk.clock.advance(5)
    fields = {"工时": 2, "状态": None}
    answer = await desk.client.call("PUT", f"{desk.path}/{record.id}", {"fields": fields})
    assert answer["data"]["record"]["fields"] == fields
    assert record.fields == {"标题": "一", "工时": 2}
    assert (record.created_by, record.modified_by) == (desk.person, desk.world.app)
    assert record.modified - record.created == 5000


async def test_batches_are_done_as_a_whole_or_not_at_all(desk: Desk) -> None:
    rows = [{"fields": {"标题": "一"}}, {"fields": {"标题": 2}}]
    assert (await desk.post("batch_create", {"records": rows}))["code"] == 1254060
    assert desk.table.records == []
    rows[1] = {"fields": {"标题": "二"}}
    created = (await desk.post("batch_create", {"records": rows}))["data"]["records"]
    first, second = desk.table.records
    assert [each["record_id"] for each in created] == [first.id, second.id]
    changes = [
        {"record_id": first.id, "fields": {"工时": 1}},
        {"record_id": "rec0", "fields": {"工时": 1}},
    ]
    assert (await desk.post("batch_update", {"records": changes}))["code"] == 1254043
    assert "工时" not in first.fields
    changes[1]["record_id"] = second.id
    assert (await desk.post("batch_update", {"records": changes}))["code"] == 0
    assert second.fields["工时"] == 1
    ids = [first.id, "rec0"]
    assert (await desk.post("batch_delete", {"records": ids}))["code"] == 1254043
    assert len(desk.table.records) == 2
    gone = await desk.post("batch_delete", {"records": [first.id]})
    assert gone["data"]["records"] == [{"deleted": True, "record_id": first.id}]
    assert desk.table.records == [second]


async def test_batch_get_says_what_is_not_there(desk: Desk) -> None:
    record = desk.add(标题="一", 处理人=[desk.person])
    body = {"record_ids": [record.id, "rec0"], "user_id_type": "user_id"}
    (found,) = (await desk.post("batch_get", body))["data"]["records"]
    assert found["fields"]["处理人"][0]["id"] == ""
    desk.world.app.grant("contact:user.employee_id:readonly")
    data = (await desk.post("batch_get", body))["data"]
    assert data["absent_record_ids"] == ["rec0"]
    (found,) = data["records"]
    assert found["fields"]["处理人"][0]["id"] == desk.person.id


@pytest.mark.parametrize(
    ("what", "body", "code"),
    [
        ("batch_create", {"records": [{"fields": {}}] * 1001}, 1254104),
        ("batch_create", {"records": [{"fields": {}}] * 1000}, 0),
        ("batch_update", {"records": [{"record_id": "rec0", "fields": {}}] * 1001}, 1254104),
        ("batch_delete", {"records": ["rec0"] * 501}, 1254104),
        ("batch_get", {"record_ids": ["rec0"] * 101}, 1254104),
        ("batch_delete", {"records": []}, 1254007),
        ("batch_delete", {"records": ["x"]}, 1254006),
        ("search", {"page_size": 5, "filter": []}, 99992402),
        ("search", {"view_id": "x"}, 1254005),
        ("search", {"view_id": "vew0"}, 1254042),
        ("search", {"field_names": ["没有"]}, 1254024),
        ("search", {"sort": [{"field_name": "附件"}]}, 1254016),
    ],
)
async def test_bounds(desk: Desk, what: str, body: object, code: int) -> None:
    assert (await desk.post(what, body))["code"] == code


async def test_a_table_holds_20_000_records(desk: Desk) -> None:
    desk.sim.switch({"rate_limits": False})
    rows: dict[str, object] = {"records": [{"fields": {}}] * 1000}
    for _ in range(20):
        assert (await desk.post("batch_create", rows))["code"] == 0
    assert (await desk.create({}))["code"] == 1254103


async def test_a_client_token_creates_once(desk: Desk) -> None:
    first = await desk.create({"标题": "一"}, client_token=TOKEN)
    again = await desk.create({"标题": "一"}, client_token=TOKEN.upper())
    assert again["data"] == first["data"]
    assert len(desk.table.records) == 1
    assert (await desk.create({"标题": "二"}, client_token=TOKEN))["code"] == 1255006
    assert (await desk.create({"标题": "二"}, client_token="1"))["code"] == 1254037
    old = str(UUID(int=1, version=1))
    assert (await desk.create({"标题": "二"}, client_token=old))["code"] == 1254037
    assert len(desk.table.records) == 1


async def test_a_refused_write_leaves_the_client_token_free(desk: Desk) -> None:
    assert (await desk.create({"标题": 1}, client_token=TOKEN))["code"] == 1254060
    assert (await desk.create({"标题": "一"}, client_token=TOKEN))["code"] == 0


async def test_a_token_is_forgotten_with_the_world_it_was_used_in(desk: Desk) -> None:
    empty = desk.sim.export(secrets=True)
    await desk.create({"标题": "一"}, client_token=TOKEN)
    desk.sim.load(empty)
    await desk.client.authorize()
    made = (await desk.create({"标题": "二"}, client_token=TOKEN))["data"]["record"]
    (base,) = desk.sim.bases
    assert [each.id for each in base.table("工单").records] == [made["id"]]


async def test_one_write_at_a_time(desk: Desk) -> None:
    desk.sim.switch({"base_write_seconds": 2})
    await desk.client.authorize()
    first = asyncio.create_task(desk.create({"标题": "一"}))
    await desk.sim.until(lambda: desk.base.writing)
    assert (await desk.create({"标题": "二"}))["code"] == 1254291
    assert (await desk.post("search", {}))["code"] == 0, "reading is not in the way"
    await desk.clock.advance(2)
    assert (await first)["code"] == 0
    second = asyncio.create_task(desk.create({"标题": "三"}))
    await desk.sim.until(lambda: desk.base.writing)
    await desk.clock.advance(2)
    assert (await second)["code"] == 0
    assert [record.fields["标题"] for record in desk.table.records] == ["一", "三"]


async def test_calls_per_second(desk: Desk) -> None:
    reads = [await desk.post("search", {}) for _ in range(21)]
    assert [answer["code"] for answer in reads] == [0] * 20 + [99991400]
    writes = [await desk.create({}) for _ in range(51)]
    assert [answer["code"] for answer in writes] == [0] * 50 + [99991400]
    await desk.clock.advance(1)
    assert (await desk.create({}))["code"] == 0


async def test_an_app_must_be_a_collaborator(desk: Desk) -> None:
    desk.base.unshare(desk.world.app)
    assert (await desk.create({}))["code"] == 91403
    desk.base.share(desk.world.app, "read")
    assert (await desk.create({}))["code"] == 1254302
    assert (await desk.post("search", {}))["code"] == 0


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("{base}/tables/tbl0/records/search", 1254041),
        ("{base}/tables/x/records/search", 1254004),
        ("/bitable/v1/apps/bascn0/tables/x/records/search", 1254040),
        ("/bitable/v1/apps/a-b/tables/x/records/search", 1254003),
        ("/bitable/v1/apps/{wiki}/tables/x/records/search", 91402),
    ],
)
async def test_addresses_that_lead_nowhere(desk: Desk, path: str, code: int) -> None:
    path = path.format(base=desk.app_path, wiki=desk.base.wiki_token)
    assert (await desk.client.call("POST", path, {}))["code"] == code


async def test_each_call_has_its_scopes(desk: Desk) -> None:
    record = desk.add()
    app = desk.world.app
    app.withdraw("bitable:app")
    assert (await desk.create({}))["code"] == 99991672
    app.grant("base:record:create")
    assert (await desk.create({}))["code"] == 0
    assert (await desk.post("search", {}))["code"] == 99991672
    app.grant("bitable:app:readonly")
    assert (await desk.post("search", {}))["code"] == 0
    path = f"{desk.path}/{record.id}"
    assert (await desk.client.call("PUT", path, {"fields": {}}))["code"] == 99991672
    app.grant("base:record:update", "base:record:delete")
    assert (await desk.client.call("PUT", path, {"fields": {}}))["code"] == 0
    assert (await desk.client.call("DELETE", path))["data"]["deleted"]
    assert (await desk.client.call("DELETE", path))["code"] == 1254043


async def test_the_older_list_reads_text_as_text(desk: Desk) -> None:
    customer = desk.base.table("客户").add({"名称": "张记"}, by=desk.person)
    record = desk.add(标题="二", 工时=2, 客户=[customer.id])
    desk.add(标题="一", 工时=1)
    names = '["标题", "客户"]'
    data = (await desk.client.call("GET", desk.path, field_names=names, sort='["工时 ASC"]'))[
        "data"
    ]
    assert [item["fields"]["标题"] for item in data["items"]] == ["一", "二"]
    (link,) = data["items"][1]["fields"]["客户"]
    assert (link["text"], link["record_ids"]) == ("张记", [customer.id])
    path = f"{desk.path}/{record.id}"
    one = (await desk.client.call("GET", path, automatic_fields="true"))["data"]["record"]
    assert (one["fields"]["标题"], one["created_time"]) == ("二", record.created)
    listed = await desk.client.call("GET", desk.path, text_field_as_array="True", page_size="1")
    assert listed["data"]["items"][0]["fields"]["标题"] == [{"text": "二", "type": "text"}]
    for query in ({"filter": "x"}, {"sort": "x"}, {"sort": '["工时"]'}, {"field_names": "1"}):
        assert (await desk.client.call("GET", desk.path, **query))["code"] > 1254000


async def test_a_long_search_comes_page_by_page(desk: Desk) -> None:
    for number in range(5):
        desk.add(工时=number)
    body = {"sort": [{"field_name": "工时", "desc": True}]}
    found, token = [], ""
    while True:
        data = (await desk.post("search", body, page_size="2", page_token=token))["data"]
        found += [item["fields"]["工时"] for item in data["items"]]
        assert data["total"] == 5
        if not data["has_more"]:
            break
        token = data["page_token"]
    assert found == [4, 3, 2, 1, 0]
    assert (await desk.post("search", body, page_token="x"))["code"] == 1254030
    assert (await desk.post("search", body, page_size="501"))["code"] == 99992402


async def test_a_base_shows_its_tables_and_fields(desk: Desk) -> None:
    call, path = desk.client.call, desk.app_path
    assert (await call("GET", path))["data"]["app"]["name"] == "客服"
    tables = (await call("GET", f"{path}/tables"))["data"]
    assert [item["name"] for item in tables["items"]] == ["工单", "客户"]
    desk.add(状态="待处理", 标签=["急", "网络"])
    again = (await call("GET", f"{path}/tables"))["data"]["items"]
    assert again[0]["revision"] > tables["items"][0]["revision"]
    assert again[1] == tables["items"][1]
    fields = (await call("GET", f"{path}/tables/{desk.table.id}/fields"))["data"]
    assert fields["total"] == len(KINDS)
    shown = {item["field_name"]: item for item in fields["items"]}
    assert shown["标题"]["is_primary"]
    assert not shown["工时"]["is_primary"]
    assert [item["type"] for item in fields["items"]] == [kind.number for kind in KINDS.values()]
    options = shown["标签"]["property"]["options"]
    assert [option["name"] for option in options] == ["急", "网络"]
    assert shown["客户"]["property"]["table_id"] == desk.base.table("客户").id
    views = (await call("GET", f"{path}/tables/{desk.table.id}/views"))["data"]["items"]
    assert views[0]["view_id"] == desk.table.view_id


async def test_tables_and_fields_are_added(desk: Desk) -> None:
    call, path = desk.client.call, f"{desk.app_path}/tables"
    link = {"field_name": "工单", "type": 18, "property": {"table_id": desk.table.id}}
    options = {"options": [{"name": "甲"}, {"name": "乙"}]}
    state = {"field_name": "状态", "type": 3, "property": options}
    name = {"field_name": "名称", "type": 1}
    body = {"table": {"name": "回访", "fields": [name, state, link]}}
    made = (await call("POST", path, body))["data"]
    table = desk.base.table("回访")
    assert made["table_id"] == table.id
    assert made["field_id_list"] == [field.id for field in table.fields.values()]
    assert [option.name for option in table.fields["状态"].options] == ["甲", "乙"]
    assert (await call("POST", path, body))["code"] == 1254013
    fields = f"{path}/{table.id}/fields"
    added = (await call("POST", fields, {"field_name": "次数", "type": 2}))["data"]["field"]
    assert (added["field_id"], added["ui_type"]) == (table.fields["次数"].id, "Number")
    assert (await call("POST", fields, {"field_name": "次数", "type": 2}))["code"] == 1254014
    assert (await call("POST", fields, {"field_name": "公式", "type": 20}))["code"] == 1254012
    assert (await call("POST", fields, {"field_name": "甲", "type": 18}))["code"] == 1254041
    twice = {"table": {"name": "两次", "fields": [name, name]}}
    assert (await call("POST", path, twice))["code"] == 1254014
    assert (await call("POST", path, {"table": {"name": "空"}}))["code"] == 0
    assert list(desk.base.table("空").fields) == ["多行文本"]


async def test_people_change_and_remove(desk: Desk) -> None:
    record = desk.add(标题="一", 标签=["急"])
    desk.table.change(record, {"标题": "", "标签": ["缓"]}, by=desk.world.people[1])
    assert record.fields == {"标签": ("缓",)}
    assert record.modified_by is desk.world.people[1]
    desk.table.remove(record)
    assert desk.table.records == []
    assert desk.add().number == 2, "numbers are not given again"


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"没有": 1}, "没有"), ({"标题": 1}, "标题"), ({"处理人": ["张三"]}, "处理人")],
)
async def test_what_people_cannot_write(desk: Desk, fields: dict[str, object], words: str) -> None:
    with pytest.raises(WorldError, match=words):
        desk.table.add(fields, by=desk.person)


def test_bases_that_cannot_be() -> None:
    sim = Simulator()
    with pytest.raises(WorldError, match="duplex_link"):
        sim.base("x", tables={"工单": {"标题": "words"}})
    with pytest.raises(WorldError, match="客户"):
        sim.base("x", tables={"工单": {"标题": "link:客户"}})


def test_two_runs_give_the_same_ids() -> None:
    bases = [Simulator(seed=7).base("x", tables={"工单": {"标题": "text"}}) for _ in range(2)]
    assert bases[0].app_token == bases[1].app_token
    assert bases[0].table("工单").id == bases[1].table("工单").id
