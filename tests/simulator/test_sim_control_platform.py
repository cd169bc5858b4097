"""How the platform works, changed from another process."""

from simclient import client_of, post

from larkgate.simulator import Simulator, faults, standard_world


async def test_faults_and_switches_from_outside() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            fault = {"do": "answer", "path": "*/info", "code": 2200, "status": 500}
            assert (await post(client, "/sim/faults", fault))[0] == 200
            assert (await client.call("GET", "/bot/v3/info"))["code"] == 2200
            assert (await post(client, "/sim/faults", [{"do": "drop"}, {"do": "heal"}]))[0] == 200
            assert (await client.call("GET", "/bot/v3/info"))["code"] == 0
            status, answer = await post(client, "/sim/faults", {"do": "explode"})
            assert (status, "explode" in answer["error"]) == (404, True)

            switches = {"rate_limits": False, "fragment_size": 9}
            assert (await post(client, "/sim/switches", switches))[0] == 200
            assert (sim.rate_limits, sim.fragment_size, sim.connection_limit) == (False, 9, 50)
            for name, wrong in (("fragment_size", -1), ("repush_after", [-1])):
                assert (await post(client, "/sim/switches", {name: wrong}))[0] == 400
            assert (await post(client, "/sim/switches", {"speed": 1}))[0] == 404


async def test_faults_are_listed_and_lifted_one_by_one() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            wanted = [{"do": "lose_ack"}, {"do": "slow", "seconds": 9, "times": 1}, {"do": "drop"}]
            _, answer = await post(client, "/sim/faults", wanted)
            assert len(answer["ids"]) == 3
            _, listed, _ = await client.request("GET", "/sim/faults")
            assert [each["fault"]["do"] for each in listed] == ["lose_ack", "slow"]
            await client.request("DELETE", f"/sim/faults/{listed[0]['id']}")
            assert [each.id for each in sim.faults.active] == [listed[1]["id"]]
            status, answer, _ = await client.request("DELETE", "/sim/faults/f99")
            assert (status, "no fault has the id 'f99'" in answer["error"]) == (404, True)


async def test_whose_fault_it_is_may_be_said_by_name() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            status, _ = await post(client, "/sim/faults", {"do": "lose_ack", "app": "TSP助手"})
            [active] = sim.faults.active
            assert (status, active.fault) == (200, faults.LoseAck(app=world.app.id))
            status, answer = await post(client, "/sim/faults", {"do": "lose_ack", "app": "x"})
            assert (status, "no app is called 'x'" in answer["error"]) == (404, True)


async def test_nobody_shuts_themselves_out() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            for kind in ("refuse", "reject", "black_hole"):
                status, answer = await post(client, "/sim/faults", [{"do": "drop"}, {"do": kind}])
                assert (status, "`lasts`" in answer["error"]) == (400, True)
                assert sim.faults.active == []
            assert (await post(client, "/sim/faults", {"do": "reject", "times": 1}))[0] == 200
            assert (await post(client, "/sim/faults", {"do": "refuse", "lasts": 60}))[0] == 200


async def test_the_console_over_http() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            wanted = {
                "scopes": {"add": ["im:message.group_msg"], "remove": ["bitable:app"]},
                "callbacks": {"remove": ["url.preview.get"]},
                "event_mode": "webhook",
                "event_url": "http://127.0.0.1:1/",
                "visible_to": ["张三"],
                "allowed_ips": ["127.0.0.1"],
                "reset_secret": True,
                "publish": False,
            }
            status, shown = await post(client, "/sim/apps/TSP助手", wanted)
            assert (status, shown["console"]["visible_to"]) == (200, ["张三"])
            assert "im:message.group_msg" in shown["console"]["scopes"]
            assert shown["in_force"]["event_mode"] == "websocket"
            assert world.app.secret.reveal() == shown["secret"]
            assert (await post(client, "/sim/apps/TSP助手", {}))[1]["in_force"] == shown["console"]
            _, apps, _ = await client.request("GET", "/sim/apps")
            assert (apps[0]["online"], "secret" in apps[0]) == (0, False)
            status, answer = await post(client, "/sim/apps/TSP助手", {"event_mode": "websocket"})
            assert (status, "long connection" in answer["error"]) == (404, True)


async def test_mistakes_silence_and_calls_over_http() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            _, catalogue, _ = await client.request("GET", "/sim/misconfigurations")
            assert len(catalogue) >= 24
            _, done = await post(client, "/sim/misconfigure", {"key": "no_group_scope"})
            assert "group" in done["sentence"]
            sim.say(world.development, world.people[0], "@TSP助手 在吗")
            _, [held], _ = await client.request("GET", "/sim/withheld")
            assert held["reason"] == "no_scope"
            await client.bootstrap()
            _, [call], _ = await client.request("GET", "/sim/calls?limit=1")
            assert (call["path"], call["app_id"]) == ("/callback/ws/endpoint", world.app.id)
