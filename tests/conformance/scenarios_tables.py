"""What every client must be able to do with Bitable, and with the app's own set-up."""

from __future__ import annotations

from typing import Any

import apis
from stage import Stage, scenario


@scenario(apis.BASE, apis.TABLES, apis.FIELDS, apis.VIEWS)
async def a_base_shows_what_it_holds(on: Stage) -> None:
    table = _table(on)
    base = {"app_token": table["app_token"]}
    assert (await on.ok(apis.BASE, base))["app"]["name"] == "客服"
    tables = await on.ok(apis.TABLES, base)
    assert [each["table_id"] for each in tables["items"]] == [table["table_id"]]
    fields = await on.ok(apis.FIELDS, table)
    assert [(each["field_name"], each["type"]) for each in fields["items"]] == [
        ("标题", 1),
        ("次数", 2),
        ("状态", 3),
        ("处理人", 11),
    ]
    assert (await on.ok(apis.VIEWS, table))["items"]


@scenario(apis.CREATE_TABLE, apis.CREATE_FIELD)
async def tables_and_fields_are_made(on: Stage) -> None:
    base = {"app_token": _table(on)["app_token"]}
    fields = [{"field_name": "名称", "type": 1}]
    made = await on.ok(apis.CREATE_TABLE, base, body={"table": {"name": "新", "fields": fields}})
    table = {**base, "table_id": made["table_id"]}
    made = await on.ok(apis.CREATE_FIELD, table, body={"field_name": "日期", "type": 5})
    assert (made["field"]["field_name"], made["field"]["type"]) == ("日期", 5)


@scenario(apis.CREATE_RECORD, apis.UPDATE_RECORD, apis.GET_RECORD, apis.DELETE_RECORD)
async def a_record_is_kept_changed_and_removed(on: Stage) -> None:
    table = _table(on)
    person = {"id": on.open_id(on.world.people[0])}
    fields = {"标题": "断网", "次数": 1, "状态": "新", "处理人": [person]}
    made = await on.ok(apis.CREATE_RECORD, table, body={"fields": fields})
    record = {**table, "record_id": made["record"]["record_id"]}
    await on.ok(apis.UPDATE_RECORD, record, body={"fields": {"次数": 2}})
    found = (await on.ok(apis.GET_RECORD, record))["record"]["fields"]
    assert (found["次数"], found["状态"]) == (2, "新")
    assert found["处理人"][0]["name"] == "张三"
    await on.ok(apis.DELETE_RECORD, record)
    await on.refused(1254043, apis.GET_RECORD, record)


@scenario(apis.CREATE_RECORDS, apis.UPDATE_RECORDS, apis.GET_RECORDS, apis.DELETE_RECORDS)
async def records_are_written_together(on: Stage) -> None:
    table = _table(on)
    rows = [{"fields": {"标题": title}} for title in ("一", "二", "三")]
    made = await on.ok(apis.CREATE_RECORDS, table, body={"records": rows})
    ids = [each["record_id"] for each in made["records"]]
    changed = [{"record_id": each, "fields": {"次数": n}} for n, each in enumerate(ids)]
    await on.ok(apis.UPDATE_RECORDS, table, body={"records": changed})
    found = await on.ok(apis.GET_RECORDS, table, body={"record_ids": ids})
    assert [each["fields"]["次数"] for each in found["records"]] == [0, 1, 2]
    await on.ok(apis.DELETE_RECORDS, table, body={"records": ids})
    await on.refused(1254043, apis.UPDATE_RECORDS, table, body={"records": changed})


@scenario(apis.SEARCH, apis.LIST_RECORDS, apis.CREATE_RECORDS)
async def records_are_found_in_pages(on: Stage) -> None:
    table = _table(on)
    rows = [{"fields": {"标题": f"第{n}条", "次数": n}} for n in range(7)]
    await on.ok(apis.CREATE_RECORDS, table, body={"records": rows})
    condition = {"field_name": "次数", "operator": "isGreater", "value": ["2"]}
    body = {
        "filter": {"conjunction": "and", "conditions": [condition]},
        "sort": [{"field_name": "次数", "desc": True}],
        "field_names": ["标题", "次数"],
    }
    first = await on.ok(apis.SEARCH, table, query={"page_size": 3}, body=body)
    assert (first["has_more"], first["total"]) == (True, 4)
    query = {"page_size": 3, "page_token": first["page_token"]}
    rest = await on.ok(apis.SEARCH, table, query=query, body=body)
    assert [each["fields"]["次数"] for each in first["items"] + rest["items"]] == [6, 5, 4, 3]
    assert first["items"][0]["fields"]["标题"] == [{"text": "第6条", "type": "text"}]
    assert len((await on.ok(apis.LIST_RECORDS, table))["items"]) == 7


@scenario(apis.CREATE_RECORD)
async def a_stranger_to_the_base_is_refused(on: Stage) -> None:
    table = _table(on, shared=False)
    await on.refused(91403, apis.CREATE_RECORD, table, body={"fields": {"标题": "x"}})


@scenario(apis.CREATE_RECORD)
async def an_unknown_field_is_refused(on: Stage) -> None:
    await on.refused(1254045, apis.CREATE_RECORD, _table(on), body={"fields": {"无": "x"}})


@scenario(apis.UPLOAD_ATTACHMENT, apis.GET_ATTACHMENT, apis.ATTACHMENT_LINKS)
async def an_attachment_goes_up_and_down(on: Stage) -> None:
    base = on.sim.base("资料", app=on.world.app, tables={"表": {"附件": "attachment"}})
    body = {
        "file_name": "报告.bin",
        "parent_type": "bitable_file",
        "parent_node": base.app_token,
        "size": 7,
    }
    made = await on.ok(apis.UPLOAD_ATTACHMENT, body=body, file=b"content")
    token = made["file_token"]
    assert (await on.call(apis.GET_ATTACHMENT, {"file_token": token})).content == b"content"
    links = await on.ok(apis.ATTACHMENT_LINKS, query={"file_tokens": [token]})
    (link,) = links["tmp_download_urls"]
    assert link["tmp_download_url"].startswith(on.sim.url)
    await on.refused(1061003, apis.GET_ATTACHMENT, {"file_token": "none"})


def _table(on: Stage, *, shared: bool = True) -> dict[str, Any]:
    """The path of a table of tickets."""
    fields = {"标题": "text", "次数": "number", "状态": "single_select", "处理人": "person"}
    app = on.world.app if shared else None
    base = on.sim.base("客服", app=app, tables={"工单": fields})
    return {"app_token": base.app_token, "table_id": base.table("工单").id}


@scenario(apis.CONFIGURE, apis.PUBLISH)
async def an_app_changes_and_publishes_itself(on: Stage) -> None:
    path = {"app_id": on.world.app.id}
    on.world.app.set(events=frozenset())
    body = {"event": {"add_events": ["im.message.receive_v1"]}}
    await on.ok(apis.CONFIGURE, path, body=body)
    assert not on.world.app.in_force.events
    await on.ok(apis.PUBLISH, path, body={"version": "1.0.1", "changelog": "事件"})
    assert on.world.app.in_force.events == {"im.message.receive_v1"}


@scenario(apis.APPLICATION, apis.VERSIONS, apis.SCOPES)
async def an_app_reads_its_own_set_up(on: Stage) -> None:
    on.world.app.grant("application:application:self_manage")
    path = {"app_id": on.world.app.id}
    query = {"lang": "zh_cn"}
    found = (await on.ok(apis.APPLICATION, path, query=query))["app"]
    assert (found["app_id"], found["status"]) == (on.world.app.id, 1)
    assert (await on.ok(apis.VERSIONS, path, query=query))["items"]
    granted = (await on.ok(apis.SCOPES))["scopes"]
    assert "im:message" in {each["scope_name"] for each in granted if each["grant_status"] == 1}
