"""What proves that a request comes from Feishu, and what it is encrypted with (section 2.1). Requests: ``webhook``."""

import base64
import binascii
import hashlib
import hmac

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 16


class Undecipherable(ValueError):
    """This was not encrypted with our key. It does not say how that was noticed: that would help to guess."""


def same(given: str, expected: str) -> bool:
    """Compare two secrets in a time that tells nothing about them."""
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode(errors="replace"))


def signature(timestamp: str, nonce: str, key: str, body: bytes) -> str:
    """Return the signature of a request: over the bytes as they came, still encrypted."""
    return hashlib.sha256(f"{timestamp}{nonce}{key}".encode(errors="replace") + body).hexdigest()


def decrypt(encrypted: str, key: str) -> bytes:
    """Return what was encrypted with AES-256-CBC under the key's hash; raises :class:`Undecipherable`."""
    try:
        data = base64.b64decode(encrypted, validate=True)
        if len(data) < 2 * _BLOCK or len(data) % _BLOCK:
            raise Undecipherable
        cipher = Cipher(algorithms.AES(hashlib.sha256(key.encode()).digest()), modes.CBC(data[:_BLOCK]))
        decryptor, unpadder = cipher.decryptor(), padding.PKCS7(8 * _BLOCK).unpadder()
        plain = decryptor.update(data[_BLOCK:]) + decryptor.finalize()
        return unpadder.update(plain) + unpadder.finalize()
    except (binascii.Error, ValueError):
        raise Undecipherable from None
