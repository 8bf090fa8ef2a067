"""A network as an operator hands it over: ONNX file and manifest side by side, or both in a ZIP."""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from appliance.errors import ModelError
from appliance.inference.model_manifest import load_manifest

MAX_NETWORK_BYTES = 1_000_000_000
MAX_MANIFEST_BYTES = 10_000_000
"""More is no network for a unit; told before a disk is filled with it."""

_DAMAGED: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    # Encrypted, or packed in a way that this Python was built without.
    RuntimeError,
    ValueError,
)


def copy_network(source: Path, folder: Path) -> Path:
    """Copy the network ``source`` into ``folder``, flushed to the disk; returns its manifest there.

    ``source``: an .onnx file or its .json manifest, the other one beside it, or a .zip of exactly
    the two. Raises ModelError when it is none of these; OSError when ``folder`` cannot be written.
    """
    match source.suffix.lower():
        case ".zip":
            return _copy_archive(source, folder)
        case ".onnx" | ".json":
            return _copy_pair(source, folder)
    raise ModelError(
        f"{source} is no network: give an .onnx file with its .json manifest beside it, the .json,"
        " or a .zip of the two"
    )


def _copy_pair(source: Path, folder: Path) -> Path:
    manifest_path = source.with_suffix(".json")
    file = load_manifest(manifest_path).file
    if source.suffix.lower() == ".onnx" and file != source.name:
        raise ModelError(
            f"Manifest {manifest_path} describes {file}, not {source.name}: give the two files"
            " that belong together"
        )
    for name, limit in ((manifest_path.name, MAX_MANIFEST_BYTES), (file, MAX_NETWORK_BYTES)):
        original = source.with_name(name)
        with _opened(original, "put the ONNX file beside its manifest") as stream:
            _copy(stream, os.fstat(stream.fileno()).st_size, limit, original, folder / name)
    return folder / manifest_path.name


@contextmanager
def _opened(file: Path, advice: str) -> Iterator[IO[bytes]]:
    try:
        stream = file.open("rb")
    except OSError as exc:
        raise ModelError(f"No network {file} ({exc.strerror}): {advice}") from exc
    with stream:
        yield stream


def _copy_archive(source: Path, folder: Path) -> Path:
    with _opened(source, "name a file that is there") as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                manifest_path = _unpack(archive, source, folder)
        except _DAMAGED as exc:
            raise ModelError(f"{source} is no ZIP that can be read ({exc}): pack it again") from exc
    file = load_manifest(manifest_path).file
    if not (folder / file).exists():
        raise ModelError(f"{source} lacks {file}, which its manifest describes: pack both files")
    return manifest_path


def _unpack(archive: zipfile.ZipFile, source: Path, folder: Path) -> Path:
    names = archive.namelist()
    is_flat = all(Path(name).name == name for name in names)
    by_suffix = {Path(name).suffix.lower(): name for name in names}
    if not is_flat or len(names) != 2 or set(by_suffix) != {".json", ".onnx"}:
        raise ModelError(
            f"{source} holds {_listed(names)}: pack exactly one .onnx file and its .json"
            " manifest, without folders"
        )
    for suffix, limit in ((".json", MAX_MANIFEST_BYTES), (".onnx", MAX_NETWORK_BYTES)):
        member = archive.getinfo(by_suffix[suffix])
        with archive.open(member) as stream:
            _copy(stream, member.file_size, limit, source, folder / member.filename)
    return folder / by_suffix[".json"]


def _copy(stream: IO[bytes], size: int, limit: int, source: Path, target: Path) -> None:
    if size > limit:
        raise ModelError(
            f"{source} holds {size / 1e6:.0f} MB, more than the {limit / 1e6:.0f} MB of a network"
            " for a unit: give a smaller one"
        )
    with target.open("xb") as copy:
        shutil.copyfileobj(stream, copy, 1024 * 1024)
        copy.flush()
        # The unit may be another user than the operator who installs.
        os.fchmod(copy.fileno(), 0o644)
        os.fsync(copy.fileno())


def _listed(names: list[str]) -> str:
    if not names:
        return "nothing"
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
