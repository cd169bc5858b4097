"""How the platform encrypts and signs what it posts.

Official document "接收事件", and for legacy clicks lark-oapi 1.7.5 (card/action_handler.py).
Written down apart from the side that decrypts on purpose: a mistake must not cancel itself out.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha1, sha256

from larkgate.secret import Secret
from larkgate.simulator.world import WorldError

__all__ = ["encrypt", "legacy_signature", "signature"]

_BLOCK = 16


def encrypt(key: Secret, plain: bytes, iv: bytes) -> str:
    """AES-256-CBC with the SHA-256 of the Encrypt Key: base64 of `iv` (16 bytes) and ciphertext.

    Raises:
        WorldError: the package for it is not installed.
    """
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError:
        raise WorldError("simulator.no_cryptography") from None
    hashed = sha256(key.reveal().encode()).digest()
    encryptor = Cipher(algorithms.AES256(hashed), modes.CBC(iv)).encryptor()
    return b64encode(iv + encryptor.update(_padded(plain)) + encryptor.finalize()).decode()


def signature(timestamp: str, nonce: str, key: Secret, body: bytes) -> str:
    """`X-Lark-Signature` of events and callbacks, over the body as it is sent."""
    return sha256(_signed(timestamp, nonce, key, body)).hexdigest()


def legacy_signature(timestamp: str, nonce: str, verification_token: Secret, body: bytes) -> str:
    """`X-Lark-Signature` of `card.action.trigger_v1`."""
    signed = _signed(timestamp, nonce, verification_token, body)
    return sha1(signed, usedforsecurity=False).hexdigest()


def _signed(timestamp: str, nonce: str, key: Secret, body: bytes) -> bytes:
    return (timestamp + nonce + key.reveal()).encode() + body


def _padded(plain: bytes) -> bytes:
    """PKCS#7."""
    missing = _BLOCK - len(plain) % _BLOCK
    return plain + bytes([missing]) * missing
