# SPDX-License-Identifier: LGPL-2.0-or-later
"""AES-256 by the machine's own libcrypto, which the proxy needs too, and the two frame checksums."""
import ctypes
import ctypes.util
import zlib


def _load():
    names = ["libcrypto.so.3", "libcrypto.so.1.1", ctypes.util.find_library("crypto")]
    for name in filter(None, names):
        try:
            lib = ctypes.CDLL(name)
        except OSError:
            continue
        for function in ("EVP_CIPHER_CTX_new", "EVP_aes_256_ctr", "EVP_aes_256_cbc"):
            getattr(lib, function).restype = ctypes.c_void_p
        lib.EVP_CipherInit_ex.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_char_p] * 2 + [ctypes.c_int]
        lib.EVP_CIPHER_CTX_set_padding.argtypes = [ctypes.c_void_p, ctypes.c_int]
        lib.EVP_CipherUpdate.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int), ctypes.c_char_p, ctypes.c_int]
        lib.EVP_CIPHER_CTX_free.argtypes = [ctypes.c_void_p]
        return lib
    raise SystemExit("check-proxy: no libcrypto found, which the proxy needs as well")


_LIB = _load()


class Aes:
    """A stream of whole blocks (CBC) or of bytes (CTR)."""

    def __init__(self, mode, key, iv, encrypt=True):
        cipher = {"ctr": _LIB.EVP_aes_256_ctr, "cbc": _LIB.EVP_aes_256_cbc}[mode]()
        self._ctx = _LIB.EVP_CIPHER_CTX_new()
        if not _LIB.EVP_CipherInit_ex(self._ctx, cipher, None, key, iv, int(encrypt)):
            raise ValueError("AES-256 is not available")
        _LIB.EVP_CIPHER_CTX_set_padding(self._ctx, 0)

    def update(self, data):
        out = ctypes.create_string_buffer(len(data) + 16)
        size = ctypes.c_int()
        if not _LIB.EVP_CipherUpdate(self._ctx, out, ctypes.byref(size), bytes(data), len(data)):
            raise ValueError("AES-256 failed")
        return out.raw[:size.value]

    def __del__(self):
        if getattr(self, "_ctx", None):
            _LIB.EVP_CIPHER_CTX_free(self._ctx)


def _table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_CRC32C = _table()


def crc32c(data):
    register = 0xFFFFFFFF
    for byte in data:
        register = _CRC32C[(register ^ byte) & 255] ^ register >> 8
    return register ^ 0xFFFFFFFF


crc32 = zlib.crc32
