"""Opening, closing, and running as a process of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator

import aiohttp
from simclient import client_of

from larkgate.clock import VirtualClock
from larkgate.simulator import Simulator, faults, serve, standard_world

SERVE = """
import asyncio
from larkgate.simulator import serve, standard_world
asyncio.run(serve(prepare=standard_world, ready=lambda sim: print(sim.url, flush=True)))
"""


async def test_closing_ends_all_that_is_open() -> None:
    sim = Simulator()
    world = standard_world(sim)
    async with client_of(sim, world.app) as client:
        async with sim:
            url = (await client.bootstrap())["data"]["URL"]
            socket = await client.http.ws_connect(url)
            stream = await client.http.get(f"{sim.url}/sim/stream")
            sim.faults.inject(faults.Hang(path="*/info"))
            hanging = asyncio.create_task(client.call("GET", "/bot/v3/info"))
            await sim.until(lambda: sim.calls[-1].path.endswith("/info"))
            sim.say(world.private[0], world.people[0], "在吗")
        assert (await socket.receive()).type is aiohttp.WSMsgType.BINARY
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert b"message" in await stream.content.read()
        assert isinstance((await asyncio.gather(hanging, return_exceptions=True))[0], Exception)
        stream.close()


async def test_closing_waits_for_nobody() -> None:
    """A download nobody reads, an upload without an end, a write that waits for a clock."""
    sim = Simulator(VirtualClock())
    world = standard_world(sim)
    sim.base_write_seconds = 60
    base = sim.base("客服", app=world.app, tables={"工单": {"标题": "text"}})
    path = f"/bitable/v1/apps/{base.app_token}/tables"
    message = sim.send_file(world.development, world.people[0], "a.bin", bytes(20 << 20))
    (file,) = sim.media
    resource = f"/im/v1/messages/{message.id}/resources/{file.key}?type=file"
    async with client_of(sim, world.app) as client:
        async with asyncio.timeout(5), sim:
            await client.authorize()
            headers = {"Authorization": f"Bearer {client.token}"}
            api = f"{sim.url}/open-apis"
            download = await client.http.get(f"{api}{resource}", headers=headers)
            uploading = asyncio.create_task(
                client.http.post(f"{api}/im/v1/files", data=_endless(), headers=headers)
            )
            writing = asyncio.create_task(client.call("POST", path, {"table": {"name": "新"}}))
            await sim.until(lambda: len(sim.calls) == 4)
            await client.call("GET", "/bot/v3/info")
            assert base.writing
        download.close()
        ends = await asyncio.gather(uploading, writing, return_exceptions=True)
        assert [isinstance(each, aiohttp.ClientError) for each in ends] == [True, True]
    assert not base.writing


async def _endless() -> AsyncIterator[bytes]:
    yield b"--b"
    await asyncio.Event().wait()


async def test_one_address_can_be_used_again() -> None:
    async with Simulator() as first:
        port = first.port
    async with Simulator(port=port) as second:
        assert second.url == f"http://127.0.0.1:{port}"


async def test_serving_until_cancelled() -> None:
    ready: asyncio.Queue[Simulator] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(serve(prepare=standard_world, ready=ready.put_nowait))
        sim = await ready.get()
        async with aiohttp.request("GET", f"{sim.url}/sim/world") as answer:
            assert answer.status == 200
        serving.cancel()


async def test_serving_in_a_process_of_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        say = {"chat": "研发群", "as": "张三", "text": "在吗"}
        async with aiohttp.request("POST", f"{url}/sim/say", json=say) as answer:
            assert (await answer.json())["text"] == "在吗"
    finally:
        process.terminate()
        await process.wait()
