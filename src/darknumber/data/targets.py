"""Places to write to, looked at before the work, so that hours of it are not lost to a folder that is not there."""

from __future__ import annotations

import os
from pathlib import Path

from darknumber.errors import InputError


def place_for(path: str | os.PathLike[str], *, make_folders: bool = False) -> Path:
    """The path, if a file can be written there; nothing is made or written.

    Parameters
    ----------
    path
        Of the file; one that is there will be replaced.
    make_folders
        Whether the folders on the way will be made where they are not there.

    Raises
    ------
    InputError
        It is a folder, its folder is not there or is a file, or nothing may be written in it.
    """
    target = Path(path).expanduser()
    if target.is_dir():
        raise InputError("is_a_folder_to_write", name=str(target))
    folder_for(target.parent, make_folders=make_folders)
    return target


def folder_for(path: str | os.PathLike[str], *, make_folders: bool = True) -> Path:
    """The path, if it is a folder that can be written in or, with `make_folders`, can be made; as `place_for`."""
    folder = Path(path).expanduser()
    there = folder
    while make_folders and not there.exists() and there != there.parent:
        there = there.parent
    if not there.exists():
        raise InputError("no_such_folder", name=str(there))
    if not there.is_dir():
        raise InputError("not_a_folder", name=str(there))
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputError("folder_not_writable", name=str(there))
    return folder
