"""An encoder of one's own in place of the bundled one: `encoder.json` in the data directory says which.

It holds {"path": file, from the data directory, "sha256": its checksum}; without it the bundled encoder is used.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from archive.errors import StoreDamaged
from index.checksums import sha256
from index.made import fsync
from index.trained import ModelFile

_FILE = "encoder.json"
_MEND = "run: gongwen train --undo"


class _Chosen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    path: str = Field(min_length=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


def own_encoder(home: Path) -> ModelFile | None:
    """The file in use, None for the bundled encoder. Raises StoreDamaged when nobody can tell."""
    try:
        chosen = _Chosen.model_validate_json((home / _FILE).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise StoreDamaged(f"{home / _FILE}: cannot be read; {_MEND}") from error
    return ModelFile(home / chosen.path, chosen.sha256, _MEND)


def use_own(home: Path, file: Path) -> None:
    """Take a file below the data directory into use."""
    chosen = _Chosen(path=str(file.relative_to(home)), sha256=sha256(file))
    aside = home / f"{_FILE}.new"
    aside.write_text(chosen.model_dump_json(indent=1) + "\n", encoding="utf-8")
    fsync(aside)
    aside.replace(home / _FILE)
    fsync(home)


def use_bundled(home: Path) -> bool:
    """Go back to the bundled encoder; whether there was one of one's own. Its file stays."""
    try:
        (home / _FILE).unlink()
    except FileNotFoundError:
        return False
    fsync(home)
    return True
