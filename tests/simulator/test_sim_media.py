"""Images and files: up by form, down by key, and what is refused."""

import asyncio
import io
import struct
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import FormData
from hypothesis import given, settings
from hypothesis import strategies as st
from simclient import Client, client_of

from larkgate.simulator import Simulator, StandardWorld, WorldError, standard_world
from larkgate.simulator.api.forms import parse_form
from larkgate.simulator.codes import Refused
from larkgate.simulator.images import image_format, image_size
from larkgate.simulator.media import Media

MEGABYTE = 1 << 20


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height)


def jpeg(width: int, height: int) -> bytes:
    app = b"\xff\xe0" + struct.pack(">H", 6) + b"JFIF"
    return b"\xff\xd8" + app + b"\xff\xc0" + struct.pack(">HBHH", 11, 8, height, width)


IMAGES = {
    "jpeg": jpeg(3, 4),
    "png": png(3, 4),
    "gif": gif(3, 4),
    "webp": b"RIFF\0\0\0\0WEBPVP8 ",
    "bmp": b"BM" + bytes(16) + struct.pack("<ii", 3, -4),
    "x-icon": b"\0\0\1\0\1\0",
    "tiff": b"II*\0",
    "heic": b"\0\0\0\x18ftypheic",
}


class Desk:
    def __init__(self, sim: Simulator, client: Client, world: StandardWorld) -> None:
        self.sim = sim
        self.client = client
        self.world = world

    async def post(self, path: str, body: object, **headers: str) -> Any:
        """The JSON answer to any body."""
        headers |= {"Authorization": f"Bearer {self.client.token}"}
        url = f"{self.sim.url}/open-apis{path}"
        async with self.client.http.post(url, data=body, headers=headers) as answer:
            assert answer.status < 500
            return msgspec.json.decode(await answer.read())

    async def image(self, data: bytes, kind: str = "message") -> Any:
        form = FormData({"image_type": kind})
        form.add_field("image", io.BytesIO(data), filename="图.png")
        return await self.post("/im/v1/images", form)

    async def file(self, data: bytes, **fields: str) -> Any:
        form = FormData({"file_type": "pdf", "file_name": "报表.pdf"} | fields)
        form.add_field("file", io.BytesIO(data), filename="x")
        return await self.post("/im/v1/files", form)

    async def get(self, path: str) -> tuple[Any, Any]:
        """The bytes and the headers, or the JSON of a refusal."""
        headers = {"Authorization": f"Bearer {self.client.token}"}
        url = f"{self.sim.url}/open-apis{path}"
        async with self.client.http.get(url, headers=headers) as answer:
            data = await answer.read()
            return data if answer.status == 200 else msgspec.json.decode(data), answer.headers

    async def refusal(self, path: str) -> int:
        return int((await self.get(path))[0]["code"])


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            await client.authorize()
            yield Desk(sim, client, world)


async def test_an_image_goes_up_and_comes_down_again(desk: Desk) -> None:
    key = (await desk.image(png(3, 4)))["data"]["image_key"]
    assert key.startswith("img_v3_")
    data, headers = await desk.get(f"/im/v1/images/{key}")
    assert data == png(3, 4)
    assert headers["Content-Type"] == "image/png"


async def test_a_file_keeps_its_name_and_type(desk: Desk) -> None:
    answer = await desk.file(b"%PDF", duration="3000")
    key = answer["data"]["file_key"]
    data, headers = await desk.get(f"/im/v1/files/{key}")
    assert data == b"%PDF"
    assert headers["Content-Type"] == "application/pdf"
    assert "filename*=UTF-8''%E6%8A%A5%E8%A1%A8.pdf" in headers["Content-Disposition"]
    kept = desk.sim.media.get(key)
    assert kept is not None
    assert (kept.owner, kept.file_type, kept.duration) == (desk.world.app, "pdf", 3000)


@pytest.mark.parametrize("form", IMAGES)
def test_images_are_known_by_their_first_bytes(form: str) -> None:
    assert image_format(IMAGES[form]) == form
    assert image_size(IMAGES[form]) == ((3, 4) if form in ("jpeg", "png", "gif", "bmp") else (0, 0))


@given(st.sampled_from(sorted(IMAGES)), st.binary(max_size=40), st.integers(0, 40))
def test_a_broken_image_has_no_size(form: str, more: bytes, length: int) -> None:
    assert image_size((IMAGES[form] + more)[:length]) is not None


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b"", "message", 234010),
        (b"no image", "message", 234011),
        (png(3, 4), "poster", 234001),
        (png(3, 4) + bytes(10 * MEGABYTE), "message", 234006),
        (png(12_001, 1), "message", 234039),
        (png(12_000, 12_000), "message", 0),
        (jpeg(1, 12_001), "message", 234039),
        (gif(2_001, 1), "message", 234039),
        (png(4_097, 1), "avatar", 234039),
    ],
)
async def test_images_the_platform_does_not_take(
    desk: Desk, data: bytes, kind: str, code: int
) -> None:
    assert (await desk.image(data, kind))["code"] == code


@pytest.mark.parametrize(
    ("data", "fields", "code"),
    [
        (b"", {}, 234010),
        (b"x", {"file_type": "zip"}, 234001),
        (b"x", {"file_name": ""}, 234001),
        (b"x", {"duration": "soon"}, 234001),
        (bytes(30 * MEGABYTE), {}, 0),
        (bytes(30 * MEGABYTE + 1), {}, 234006),
        (bytes(33 * MEGABYTE), {}, 234006),
    ],
)
async def test_files_the_platform_does_not_take(
    desk: Desk, data: bytes, fields: dict[str, str], code: int
) -> None:
    assert (await desk.file(data, **fields))["code"] == code


async def test_a_form_without_its_file(desk: Desk) -> None:
    form = FormData({"image_type": "message"}, default_to_multipart=True)
    assert (await desk.post("/im/v1/images", form))["code"] == 234001


async def test_an_app_needs_a_bot_and_the_scope(desk: Desk) -> None:
    desk.world.app.withdraw("im:resource")
    assert (await desk.image(png(1, 1)))["code"] == 99991672
    desk.world.app.set(bot=False)
    assert (await desk.image(png(1, 1)))["code"] == 234007


async def test_only_its_own_uploads_come_down_by_key(desk: Desk) -> None:
    theirs = desk.sim.media.keep("image", "a.png", png(1, 1))
    assert await desk.refusal(f"/im/v1/images/{theirs}") == 234008
    assert await desk.refusal("/im/v1/files/file_v3_none") == 234005
    mine = (await desk.file(b"x"))["data"]["file_key"]
    assert await desk.refusal(f"/im/v1/images/{mine}") == 234001
    desk.sim.media.delete(mine)
    assert await desk.refusal(f"/im/v1/files/{mine}") == 234005


async def test_what_a_person_sent_comes_down_with_its_message(desk: Desk) -> None:
    world = desk.world
    message = desk.sim.send_file(world.development, world.people[0], "日志.txt", b"ok")
    (key,) = (kept.key for kept in desk.sim.media)
    path = f"/im/v1/messages/{message.id}/resources/{key}"
    data, headers = await desk.get(f"{path}?type=file")
    assert data == b"ok"
    assert headers["Content-Type"] == "text/plain"
    assert await desk.refusal(f"{path}?type=image") == 234003
    assert await desk.refusal(f"{path}?type=film") == 234001
    assert await desk.refusal(f"/im/v1/messages/om_none/resources/{key}?type=file") == 234001
    other = desk.sim.say(world.development, world.people[0], "x")
    assert await desk.refusal(f"/im/v1/messages/{other.id}/resources/{key}?type=file") == 234003
    desk.sim.switch({"restricted_mode": True})
    assert await desk.refusal(f"{path}?type=file") == 234038
    desk.sim.switch({"restricted_mode": False})
    message.deleted = True
    assert await desk.refusal(f"{path}?type=file") == 234003
    message.deleted = False
    desk.sim.media.delete(key)
    assert await desk.refusal(f"{path}?type=file") == 234005
    desk.sim.recall(message)
    assert await desk.refusal(f"{path}?type=file") == 234003


async def test_an_image_deep_in_a_post(desk: Desk) -> None:
    world = desk.world
    key = desk.sim.media.keep("image", "a.png", png(1, 1))
    rows = [[{"tag": "text", "text": "x"}], [{"tag": "img", "image_key": key}]]
    content = {"title": "", "content": rows}
    message = desk.sim.send(world.development, world.people[0], "post", content)
    data, _ = await desk.get(f"/im/v1/messages/{message.id}/resources/{key}?type=image")
    assert data == png(1, 1)


async def test_not_served_and_not_in_the_chat(desk: Desk) -> None:
    world, sim = desk.world, desk.sim
    key = sim.media.keep("file", "a.txt", b"x")
    sticker = sim.send(world.development, world.people[0], "sticker", {"file_key": key})
    path = f"/im/v1/messages/{sticker.id}/resources/{key}?type=file"
    assert await desk.refusal(path) == 234043
    sent = sim.send(world.development, world.people[0], "file", {"file_key": key})
    forward = sim.forward([sent], world.service, world.people[0])
    again = sim.forward([forward], world.development, world.people[0])
    for each in (forward, again, forward.parts[0], again.parts[0].parts[0]):
        path = f"/im/v1/messages/{each.id}/resources/{key}?type=file"
        assert await desk.refusal(path) == 234043
    elsewhere = sim.group("别处", [world.people[0]])
    message = sim.send(elsewhere, world.people[0], "file", {"file_key": key})
    path = f"/im/v1/messages/{message.id}/resources/{key}?type=file"
    assert await desk.refusal(path) == 234004


async def test_a_download_over_the_limit(desk: Desk) -> None:
    world = desk.world
    key = desk.sim.media.keep("file", "a.bin", bytes(100 * MEGABYTE + 1))
    message = desk.sim.send(world.development, world.people[0], "file", {"file_key": key})
    path = f"/im/v1/messages/{message.id}/resources/{key}?type=file"
    assert await desk.refusal(path) == 234037


def test_endless_segments_do_not_hold_us_up() -> None:
    assert image_size(b"\xff\xd8" + b"\xff\xe0\0\2" * 1_000 + jpeg(3, 4)[2:]) == (0, 0)


def test_there_is_so_much_room() -> None:
    media = Media(lambda prefix: prefix + uuid.uuid4().hex, room=10)
    key = media.keep("file", "a", bytes(10))
    with pytest.raises(WorldError, match=r"Media\.delete"):
        media.keep("file", "b", b"x")
    media.delete(key)
    media.keep("file", "b", b"x")
    with pytest.raises(WorldError, match="file_v3_none"):
        media.delete("file_v3_none")


FORM = (
    b'--b\r\nContent-Disposition: form-data; name="image_type"\r\n\r\nmessage\r\n'
    b'--b\r\nContent-Disposition: form-data; name="image"; filename="\xe5\x9b\xbe.png"\r\n'
    b"Content-Type: image/png\r\n\r\n" + png(1, 1) + b"\r\n--b--\r\n"
)


def test_a_form_by_the_book() -> None:
    form = parse_form('multipart/form-data; boundary="b"', FORM)
    assert form["image_type"].text == "message"
    assert form["image"].filename == "图.png"
    assert form["image"].data == png(1, 1)


@pytest.mark.parametrize(
    "content_type",
    ["", "multipart/form-data", "multipart/form-data; boundary=", "text/plain; boundary=c", "\xff"],
)
def test_what_is_no_form(content_type: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_form(content_type, FORM)
    assert refused.value.code == 9499


@given(st.data())
@settings(max_examples=300)
def test_a_damaged_form_is_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(FORM)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=30))
    parameters = data.draw(st.sampled_from(["boundary=b", "boundary*0=b", "boundary*=x''b"]))
    with suppress(Refused):
        parse_form(f"multipart/form-data; {parameters}", bytes(body))


def test_a_part_without_an_end_to_its_head() -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="x"\r\n--b--'
    with pytest.raises(Refused):
        parse_form("multipart/form-data; boundary=b", body)


@pytest.mark.parametrize("disposition", ["name*9999*=x", "name*" + "9" * 5000 + "=x", ""])
def test_an_odd_disposition_is_refused(disposition: str) -> None:
    head = f"--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\nx\r\n--b--"
    with pytest.raises(Refused):
        parse_form("multipart/form-data; boundary=b", head.encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b"--b--",
        b"--b\r\n\r\n--b--",
        b"\0" * 1000,
        FORM[:-10],
        FORM.replace(b"\r", b""),
    ],
)
async def test_garbage_over_the_wire_gets_the_platforms_error(desk: Desk, body: bytes) -> None:
    kind = "multipart/form-data; boundary=b"
    answer = await desk.post("/im/v1/images", body, **{"Content-Type": kind})
    assert answer["code"] in (9499, 234001)
    answer = await desk.post("/im/v1/files", body, **{"Content-Type": "multipart/form-data"})
    assert answer["code"] == 9499


@pytest.mark.parametrize(
    "rest",
    [
        "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
        "Content-Length: 100\r\n\r\n--b",
    ],
)
async def test_a_body_broken_on_its_way(
    desk: Desk, caplog: pytest.LogCaptureFixture, rest: str
) -> None:
    """Not what its encoding says, or cut off: nothing of ours breaks."""
    head = (
        "POST /open-apis/im/v1/images HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {desk.client.token}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.sim.port)
    writer.write((head + rest).encode())
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert not answer or b'"code":9499' in answer
    assert not caplog.records


async def test_a_name_that_is_not_quoted(desk: Desk) -> None:
    """As requests and httpx send it."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file_type", "stream")
    form.add_field("file_name", "日志.txt")
    form.add_field("file", b"a\r\n--b\r\nc", filename="日志.txt")
    key = (await desk.post("/im/v1/files", form))["data"]["file_key"]
    kept = desk.sim.media.get(key)
    assert kept is not None
    assert (kept.name, kept.data) == ("日志.txt", b"a\r\n--b\r\nc")
