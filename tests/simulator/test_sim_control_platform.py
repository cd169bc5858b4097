"""How the platform works, changed from another process."""

from simclient import client_of, post

from larkgate.simulator import Simulator, standard_world


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
            assert (status, "explode" in answer["error"]) == (400, True)

            switches = {"rate_limits": False, "fragment_size": 9}
            assert (await post(client, "/sim/switches", switches))[0] == 200
            assert (sim.rate_limits, sim.fragment_size, sim.connection_limit) == (False, 9, 50)
            for name, wrong in (("fragment_size", -1), ("repush_after", [-1]), ("speed", 1)):
                assert (await post(client, "/sim/switches", {name: wrong}))[0] == 400
