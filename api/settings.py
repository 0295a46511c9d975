"""Settings, from GONGWEN_* variables of the environment. Unknown ones are refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from archive.errors import SettingsError

DEFAULT_ENCODER = "bundled"
_PREFIX = "GONGWEN_"


class Settings(BaseModel):
    """All settings and their defaults.

    `encoder` is "bundled" for our own, "untuned" for the weights it was trained from, the .npz file of a trained model,
    or a sentence-transformers name or folder. `reranker` is "bundled", such a file, the name or folder of a
    cross-encoder, or empty for none, and `rerank_depth` how many passages it reads for a question.
    `llm_url` is the address of a language model up to /chat/completions, empty for none; `llm_timeout` counts seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    home: Path = Path(".gongwen")
    models: Path | None = None
    corpus: Path = Path("corpus")
    encoder: str = Field(DEFAULT_ENCODER, min_length=1)
    reranker: str = "bundled"
    rerank_depth: int = Field(10, ge=1, le=200)
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    allowed_origins: tuple[str, ...] = ()
    llm_url: str = ""
    llm_model: str = ""
    llm_key: SecretStr = SecretStr("")
    llm_timeout: float = Field(20.0, gt=0, le=600, allow_inf_nan=False)

    @property
    def models_folder(self) -> Path:
        """Where files made from the installed packages lie: the model and the glossary."""
        return self.models or self.home / "models"

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query or "@" in origin:
                raise ValueError(f"{origin} is no origin; write it like https://portal.example")
        return origins

    @field_validator("llm_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or "@" in url or parts.query):
            raise ValueError("write the address like http://127.0.0.1:8080/v1; a key goes into GONGWEN_LLM_KEY")
        return url

    @field_validator("llm_key")
    @classmethod
    def _is_key(cls, key: SecretStr) -> SecretStr:
        if not (key.get_secret_value().isascii() and key.get_secret_value().isprintable()):
            raise ValueError("a key has only printable ASCII characters")
        return key

    @model_validator(mode="after")
    def _names_its_model(self) -> Self:
        if self.llm_url and not self.llm_model:
            raise ValueError("GONGWEN_LLM_URL needs the name of a model there: set GONGWEN_LLM_MODEL")
        return self


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Raises SettingsError that names the variable and the mend."""
    given = {
        name.removeprefix(_PREFIX).lower(): value for name, value in environment.items() if name.startswith(_PREFIX)
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = _PREFIX + (str(first["loc"][0]) if first["loc"] else "llm_model").upper()
        known = ", ".join(_PREFIX + field.upper() for field in Settings.model_fields)
        reason = f"is not a setting; known are {known}" if first["type"] == "extra_forbidden" else first["msg"]
        raise SettingsError(f"{name}: {reason}") from error
