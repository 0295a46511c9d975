"""Every error Gongwen raises on purpose.

GongwenError                 code and a message that names the mend
├── UsageError               what was asked cannot be asked like this
│   ├── SettingsError        a setting is unknown or out of range
│   ├── BadCursor            a cursor that was not given for this search
│   ├── IndexChanged         a cursor of a generation that is no longer in use
│   └── NoModel              words of a language model are asked for, and none is set
├── BadInput                 a document or file that cannot be taken
├── NotFound                 no such document, revision or passage
├── IndexMissing             nothing has been indexed yet
├── IndexMismatch            the index was built by other settings or is damaged
├── StoreDamaged             a database cannot be read or written
├── ModelFailed              a language model does not answer as it must; `reason` says how
└── Busy                     another process is building the index
"""

from __future__ import annotations


class GongwenError(Exception):
    """Base of all errors; `code` is stable and part of the public interface."""

    code = "failed"


class UsageError(GongwenError):
    code = "usage"


class SettingsError(UsageError):
    code = "settings"


class BadCursor(UsageError):
    code = "bad-cursor"


class IndexChanged(UsageError):
    code = "index-changed"


class NoModel(UsageError):
    code = "no-model"


class BadInput(GongwenError):
    code = "bad-input"


class NotFound(GongwenError):
    code = "not-found"


class IndexMissing(GongwenError):
    code = "index-missing"


class IndexMismatch(GongwenError):
    code = "index-mismatch"


class StoreDamaged(GongwenError):
    code = "store-damaged"


class ModelFailed(GongwenError):
    """`reason` is one word: timeout, unreachable, refused, garbled, too-long."""

    code = "model-failed"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Busy(GongwenError):
    code = "busy"
