"""Encryption and signatures, against values that were computed elsewhere."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64decode

import pytest

from larkgate.secret import Secret
from larkgate.simulator.crypto import encrypt, legacy_signature, signature

KEY = Secret("gateway-test-encrypt-key")
PLAIN = b'{"challenge":"c-123","token":"v-tok","type":"url_verification"}'
ENCRYPTED = (
    "AAECAwQFBgcICQoLDA0OD3Zl3xvmwqLMSldzyAEOgfylVMWUxukTuKrDFi2uX1n9xi4KjI4VbpbDgmATuYitKVZjcDR2"
    "l0p08bnVtg05Zsw="
)


def test_the_official_documents_own_example() -> None:
    """It decrypts to "hello world" with the key "test key"."""
    example = "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="
    iv = b64decode(example)[:16]
    assert encrypt(Secret("test key"), b"hello world", iv) == example


def test_a_challenge() -> None:
    assert encrypt(KEY, PLAIN, bytes(range(16))) == ENCRYPTED


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 32])
def test_padding_is_added_to_every_length(size: int) -> None:
    encrypted = b64decode(encrypt(KEY, b"x" * size, bytes(16)))
    assert len(encrypted) == 16 + (size // 16 + 1) * 16


def test_the_signature_of_an_event() -> None:
    body = f'{{"encrypt":"{ENCRYPTED}"}}'.encode()
    expected = "45a0f035af58ac22229b51a596f550458ee8168880bb828a561430311f53ffde"
    assert signature("1700000000", "nonce-abc", KEY, body) == expected


def test_the_signature_of_a_legacy_click() -> None:
    body = b'{"open_id":"ou_x","action":{"value":{"k":"v"},"tag":"button"}}'
    expected = "6637b0c699b66d11dce9e246fce7638cdfe25732"
    assert legacy_signature("1700000000", "nonce-abc", Secret("v-tok"), body) == expected


WITHOUT = """
import asyncio, sys
sys.modules["cryptography"] = None
from larkgate.secret import Secret
from larkgate.simulator import Simulator, WorldError, standard_world

async def run():
    async with Simulator() as sim:
        world = standard_world(sim)
        world.app.encrypt_key = Secret("key")
        world.app.set(event_mode="webhook")
        sim.say(world.private[0], world.people[0], "在吗")
        await sim.until(lambda: sim.pushes[0].attempts[0].failed)
        print(sim.complaints[0])
        try:
            await sim.save_request_url(world.app, "http://127.0.0.1:1/")
        except WorldError as error:
            print(error)

asyncio.run(run())
"""


def test_without_the_extra_a_sentence_names_it() -> None:
    said = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, check=True)
    assert said.stdout.count(b"larkgate[webhook]") == 2


def test_it_is_loaded_only_where_something_is_encrypted() -> None:
    program = "import sys, larkgate.simulator; print('cryptography' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert said.stdout.strip() == b"False"
