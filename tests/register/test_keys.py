"""Keys: drawn, read, refused, and never shown."""

from __future__ import annotations

import copy
import hashlib
import pickle
import traceback
from dataclasses import asdict

import pytest

from darknumber.register.names.keys import CODE_BYTES, KEY_VARIABLE, key_of, make_key, read_key
from tests.data.conftest import everything_said, refused  # noqa: F401 - fixtures

SECRET = bytes(range(90, 122))
SORTS = ("surname", "given")


def key_file(folder, content: bytes, mode: int = 0o600):
    path = folder / "the.key"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_drawn_key_is_for_its_owner_and_new_every_time(tmp_path):
    one, other = (make_key(tmp_path / name) for name in ("one", "other"))
    assert one.stat().st_mode & 0o777 == 0o600
    assert one.read_text() != other.read_text()
    assert len(bytes.fromhex(one.read_text())) == 32
    assert read_key(one, SORTS).check != read_key(other, SORTS).check


def test_a_key_is_never_written_over(tmp_path, refused):  # noqa: F811
    path = make_key(tmp_path / "key")
    before = path.read_bytes()
    assert refused(lambda: make_key(path)).code == "key_exists"
    assert path.read_bytes() == before


def test_codes_are_keyed_hashes_of_their_own_sort():
    key = key_of(SECRET, SORTS)
    own = hashlib.blake2b(SECRET, person=b"darknumber key").digest()
    expected = hashlib.blake2b(b"berg", key=own, person=b"surname", digest_size=CODE_BYTES).hexdigest()
    assert key.code("surname", "berg") == expected
    assert key.code("surname", "berg") == key.code("surname", "berg")
    assert key.code("given", "berg") != key.code("surname", "berg")
    assert key_of(SECRET[::-1], SORTS).code("surname", "berg") != expected


def test_a_key_in_hexadecimal_or_as_bytes_in_a_file_or_the_environment(tmp_path, monkeypatch):
    expected = key_of(SECRET, SORTS).check
    assert read_key(key_file(tmp_path, SECRET), SORTS).check == expected
    assert read_key(key_file(tmp_path, SECRET + b"\r\n"), SORTS).check == expected
    assert read_key(key_file(tmp_path, SECRET.hex().encode() + b"\n"), SORTS).check == expected
    monkeypatch.setenv(KEY_VARIABLE, SECRET.hex().upper())
    assert read_key(None, SORTS).check == expected


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620])
def test_a_key_that_others_can_read_or_change_is_refused(tmp_path, refused, mode):  # noqa: F811
    path = key_file(tmp_path, SECRET, mode)
    assert refused(lambda: read_key(path, SORTS)).code == "key_readable_by_others"


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        (b"", "key_too_short"),
        (SECRET[:31], "key_too_short"),
        (SECRET[:31].hex().encode(), "key_too_short"),
        (b"a" * 64, "key_too_regular"),
        (b"password" * 8, "key_too_regular"),
        (b"00" * 32, "key_too_regular"),
    ],
)
def test_weak_keys_are_refused(tmp_path, monkeypatch, refused, secret, code):  # noqa: F811
    path = key_file(tmp_path, secret)
    assert refused(lambda: read_key(path, SORTS)).code == code
    monkeypatch.setenv(KEY_VARIABLE, secret.decode() or " ")
    assert refused(lambda: read_key(None, SORTS)).code == (code if secret else "no_key")


def test_no_key_at_all(tmp_path, monkeypatch, refused):  # noqa: F811
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    assert refused(lambda: read_key(None, SORTS)).code == "no_key"
    assert refused(lambda: read_key(tmp_path / "none", SORTS)).code == "key_not_readable"
    assert refused(lambda: read_key(tmp_path, SORTS)).code == "key_not_readable"


def test_a_key_cannot_be_printed_copied_or_stored():
    key = key_of(SECRET, SORTS)
    assert repr(key) == str(key) == "Key()"
    for act in (pickle.dumps, copy.deepcopy, asdict):
        with pytest.raises(TypeError):
            act(key)


def test_errors_do_not_tell_the_key(tmp_path, refused, everything_said):  # noqa: F811
    for secret in (SECRET[:20], b"hunter2hunter2hunter2hunter2hunter2hunter2"):
        path = key_file(tmp_path, secret)
        error = refused(lambda path=path: read_key(path, SORTS))
        told = everything_said(error) + "".join(traceback.format_exception(error))
        assert not any(text in told for text in (secret.hex(), repr(secret), repr(secret)[2:-1]))
