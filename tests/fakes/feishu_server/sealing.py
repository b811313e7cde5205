"""How a webhook's body is encrypted and signed (reference section 2.1). Who sends what is not here."""

import base64
import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

BLOCK_BITS = 128


def encrypted(plain: bytes, key: str, iv: bytes) -> str:
    """Return ``base64(iv + ciphertext)`` of AES-256-CBC with the SHA-256 of the key and PKCS7."""
    padder = PKCS7(BLOCK_BITS).padder()
    padded = padder.update(plain) + padder.finalize()
    return base64.b64encode(iv + _cipher(key, iv).encryptor().update(padded)).decode()


def decrypted(sealed: str, key: str) -> bytes:
    """Return what was encrypted. Raises ``ValueError`` where the key is another."""
    data = base64.b64decode(sealed, validate=True)
    padded = _cipher(key, data[:16]).decryptor().update(data[16:])
    unpadder = PKCS7(BLOCK_BITS).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def signature(timestamp: str, nonce: str, key: str, body: bytes) -> str:
    """Return the hex SHA-256 over timestamp, nonce, key and the raw body."""
    return hashlib.sha256((timestamp + nonce + key).encode() + body).hexdigest()


def _cipher(key: str, iv: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(hashlib.sha256(key.encode()).digest()), modes.CBC(iv))
