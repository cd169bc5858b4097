"""Attachments of bases: up, into a record, and down by whatever the record says."""

import io
from collections.abc import AsyncIterator
from typing import Any
from zlib import adler32

import pytest
from aiohttp import FormData
from simclient import Client, client_of

from larkgate.clock import VirtualClock
from larkgate.simulator import Simulator, StandardWorld, standard_world

MEDIAS = "/open-apis/drive/v1/medias"
DATA = b"%PDF"


class Desk:
    def __init__(
        self, sim: Simulator, clock: VirtualClock, client: Client, world: StandardWorld
    ) -> None:
        self.sim = sim
        self.clock = clock
        self.client = client
        self.world = world
        self.base = sim.base("客服", app=world.app, tables={"工单": {"附件": "attachment"}})
        self.table = self.base.table("工单")

    async def upload(self, data: bytes = DATA, /, **fields: str) -> Any:
        known = {
            "file_name": '报"表.pdf',
            "parent_type": "bitable_file",
            "parent_node": self.base.app_token,
            "size": str(len(data)),
        }
        form = FormData(known | fields)
        form.add_field("file", io.BytesIO(data), filename="x")
        async with self.client.http.post(
            f"{self.sim.url}{MEDIAS}/upload_all", data=form, headers=self.authorization
        ) as answer:
            return await answer.json()

    async def get(self, url: str) -> tuple[int, bytes]:
        async with self.client.http.get(url, headers=self.authorization) as answer:
            return answer.status, await answer.read()

    async def refusal(self, token: str) -> tuple[int, int]:
        path = f"{MEDIAS}/{token}/download"
        status, answer, _ = await self.client.request("GET", path)
        return status, answer["code"]

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.client.token}"}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.rate_limits = False
        async with client_of(sim, world.app) as client:
            await client.authorize()
            yield Desk(sim, clock, client, world)


async def test_up_into_a_record_and_down_by_its_addresses(desk: Desk) -> None:
    token = (await desk.upload(checksum=str(adler32(DATA))))["data"]["file_token"]
    path = f"/bitable/v1/apps/{desk.base.app_token}/tables/{desk.table.id}/records"
    fields = {"附件": [{"file_token": token}]}
    assert (await desk.client.call("POST", path, {"fields": fields}))["code"] == 0
    found = (await desk.client.call("POST", f"{path}/search", {}))["data"]["items"]
    (attachment,) = found[0]["fields"]["附件"]
    assert (attachment["name"], attachment["size"]) == ('报"表.pdf', 4)
    assert await desk.get(attachment["url"]) == (200, DATA)
    _, links, _ = await desk.client.request("GET", attachment["tmp_url"].removeprefix(desk.sim.url))
    (link,) = links["data"]["tmp_download_urls"]
    assert link["file_token"] == token
    desk.client.token = ""
    assert await desk.get(link["tmp_download_url"]) == (200, DATA)
    assert desk.sim.calls[-1].path.startswith("/space/")


async def test_a_temporary_link_is_good_for_a_day(desk: Desk) -> None:
    tokens = [desk.base.attach(name, DATA) for name in "ab"]
    query = "&".join(f"file_tokens={each}" for each in tokens)
    path = f"{MEDIAS}/batch_get_tmp_download_url"
    _, answer, _ = await desk.client.request("GET", f"{path}?{query}")
    links = [each["tmp_download_url"] for each in answer["data"]["tmp_download_urls"]]
    assert len(links) == 2
    assert (await desk.get(f"{links[0]}x"))[0] == 403
    await desk.clock.advance(86_399)
    assert (await desk.get(links[0]))[0] == 200
    desk.sim.media.delete(tokens[1])
    assert (await desk.get(links[1]))[0] == 403
    await desk.clock.advance(1)
    assert (await desk.get(links[0]))[0] == 403
    await desk.client.authorize()
    assert (await desk.client.request("GET", path))[1]["code"] == 1061002


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"parent_type": "docx_file"}, 1061002),
        ({"parent_node": "bascnnone"}, 1061044),
        ({"size": "5"}, 1062009),
        ({"size": ""}, 1062009),
        ({"checksum": "1"}, 1061002),
        ({"file_name": ""}, 1061002),
        ({"file_name": "长" * 251}, 1061002),
    ],
)
async def test_an_upload_that_is_refused(desk: Desk, fields: dict[str, str], code: int) -> None:
    assert (await desk.upload(DATA, **fields))["code"] == code


async def test_an_upload_that_is_too_large(desk: Desk) -> None:
    assert (await desk.upload(bytes((20 << 20) + 1)))["code"] == 1061043
    assert (await desk.upload(bytes((32 << 20) + 1)))["code"] == 1061043


async def test_who_may_read_and_write(desk: Desk) -> None:
    token = desk.base.attach("a.txt", DATA)
    file = desk.sim.media.keep("file", "a.txt", DATA)
    assert await desk.refusal(file) == (404, 1061003)
    assert await desk.refusal("none") == (404, 1061003)
    desk.base.share(desk.world.app, "read")
    assert (await desk.upload())["code"] == 1061004
    assert (await desk.get(f"{desk.sim.url}{MEDIAS}/{token}/download"))[0] == 200
    desk.base.unshare(desk.world.app)
    assert await desk.refusal(token) == (403, 1061004)
    desk.world.app.withdraw("bitable:app")
    assert (await desk.refusal(token))[1] == 99991672


async def test_an_attachment_stays_in_its_base(desk: Desk) -> None:
    other = desk.sim.base("别的", app=desk.world.app, tables={"表": {"附件": "attachment"}})
    path = f"/bitable/v1/apps/{desk.base.app_token}/tables/{desk.table.id}/records"
    for token in (other.attach("a", DATA), desk.sim.media.keep("file", "a", DATA)):
        body = {"fields": {"附件": [{"file_token": token}]}}
        assert (await desk.client.call("POST", path, body))["code"] == 1254303


async def test_an_attachment_outlives_its_world(desk: Desk) -> None:
    token = desk.base.attach("a.txt", DATA)
    desk.table.add({"附件": [{"file_token": token}]}, by=desk.world.people[0])
    desk.sim.load(desk.sim.export(secrets=True))
    await desk.client.authorize()
    assert await desk.get(f"{desk.sim.url}{MEDIAS}/{token}/download") == (200, DATA)
