"""Documents from the web: one polite, bounded GET for each address somebody named.

A `Fetcher` asks robots.txt first, keeps its requests to a host apart, follows few redirects and takes no
more bytes or seconds than it was told. It runs no scripts and follows no links. Not for use by several
threads at once, nor inside a running event loop.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import monotonic, sleep
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote_to_bytes

from archive.errors import BadInput, GongwenError, NotFound, SettingsError
from archive.text import canonical

if TYPE_CHECKING:
    import httpx
    from protego import Protego

USER_AGENT = "gongwen"
MOST_URLS = 100_000

_LONGEST_URL = 4_000
_LONGEST_NAME = 180
_LARGEST_ROBOTS = 512 * 1024
_MOST_REDIRECTS = 5
_MOST_SITES = 256
_LONGEST_DELAY = 60.0
_LONGEST_RETRY = 30.0
_WHOLE = {200, 203}
_REDIRECTS = {301, 302, 303, 307, 308}
_BY_HAND = "open it in a browser and save it as a file"

_PAGE = "text/html"
_SUFFIXES = {
    _PAGE: ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/ofd": ".ofd",
    "application/x-ofd": ".ofd",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "application/jsonl": ".jsonl",
    "application/jsonlines": ".jsonl",
    "application/x-jsonlines": ".jsonl",
    "application/x-ndjson": ".jsonl",
}
_KNOWN = {*_SUFFIXES.values(), ".text"}
_STATIC_PAGES = {".htm", ".shtml", ".xhtml"}
_PAGES = {*_STATIC_PAGES, ".jsp", ".asp", ".aspx", ".php", ".do", ".action"}
_SUFFIX = re.compile(r"(.*)(\.[A-Za-z0-9]{1,9})", re.DOTALL)
_EXTENDED = re.compile(r"(?:^|;)\s*filename\*\s*=\s*\"?([^';\"\s]*)'[^']*'([^;\"]+)", re.IGNORECASE)
_QUOTED = re.compile(r"(?:^|;)\s*filename\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^;\"]+))", re.IGNORECASE)
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_TEXT_CODECS = re.compile(r"utf[-_]?(?:8|16)|gb|cp|hz|big5|iso|latin|(?:us-?)?ascii|windows|euc|shift", re.IGNORECASE)
_AGENT = re.compile(r"user(?:-|\s*)agent(?:\s*:|\s|$)(.*)", re.IGNORECASE)
_COMMENT = re.compile(r"(?:^|\s)#.*")
_LINE_END = re.compile("\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server said of the state of a document; given back, it may answer 304."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """`url` is where the redirects ended, `raw` is None for a document that has not changed."""

    url: str
    name: str
    raw: bytes | None
    charset: str
    validators: Validators


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: httpx.Headers
    raw: bytes


@dataclass(slots=True)
class _Errand:
    """What one document may cost over all its hops; `cut` takes the first bytes of what is too large."""

    headers: dict[str, str]
    largest: int
    left: float
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Rules:
    """A site's robots.txt; `refusal` is why the whole site is closed."""

    robots: Protego | None = None
    refusal: str = ""


class _TooManyRedirects(BadInput):
    pass


class Fetcher:
    """Fetches documents, at most `per_second` requests to a host. `timeout` bounds the time one document
    may take on the network, all redirects included; waiting for our turn is not counted."""

    def __init__(
        self,
        user_agent: str = USER_AGENT,
        per_second: float = 1.0,
        largest: int = 64 * 1024 * 1024,
        timeout: float = 30.0,
        trust_env: bool = True,
    ) -> None:
        product = re.match(r"[A-Za-z_-]+", user_agent)
        if not product or not (user_agent.isascii() and user_agent.isprintable()):
            raise SettingsError(f"{user_agent!r}: no user agent; it starts with a name of ASCII letters")
        if not (per_second > 0 and largest > 0 and timeout > 0):
            raise SettingsError("per_second, largest and timeout of a Fetcher are above zero")
        self._product = product[0]
        self._spacing, self._largest, self._timeout = 1 / per_second, largest, timeout
        self._client = _client(user_agent, trust_env)
        self._runner = asyncio.Runner()
        self._sites: dict[tuple[str, str, int | None], _Rules] = {}
        self._asked: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._runner as runner:
            runner.run(self._client.aclose())

    def get(self, url: str, validators: Validators = Validators()) -> Fetched:
        """The document at an address. Raises NotFound when it is gone, BadInput for all else that is wrong."""
        errand = _Errand(_conditions(validators), self._largest, self._timeout)
        self._client.cookies.clear()
        at, reply = _follow(_checked(url), lambda hop: self._document(hop, errand))
        unchanged = reply.status == HTTPStatus.NOT_MODIFIED and bool(errand.headers)
        if not unchanged and reply.status not in _WHOLE:
            raise _refused(str(at), reply.status)
        return _fetched(at, reply, validators if unchanged else None)

    def _document(self, at: httpx.URL, errand: _Errand) -> _Reply:
        delay = self._permitted(at)
        return self._politely(at, errand, delay)

    def _permitted(self, at: httpx.URL) -> float:
        """The seconds a site wants between requests. Raises BadInput where it wants none of ours."""
        rules = self._rules(at)
        if rules.refusal:
            raise BadInput(f"{at}: {rules.refusal}")
        if rules.robots is None:
            return 0.0
        if not rules.robots.can_fetch(str(at), self._product):
            raise BadInput(f"{at}: the site's robots.txt closes it to programs; {_BY_HAND}")
        delay = rules.robots.crawl_delay(self._product) or 0.0
        if delay > _LONGEST_DELAY:
            raise BadInput(f"{at}: the site's robots.txt wants {delay:g} seconds between requests; {_BY_HAND}")
        return delay

    def _rules(self, at: httpx.URL) -> _Rules:
        site = (at.scheme, at.host, at.port)
        if site not in self._sites:
            if len(self._sites) >= _MOST_SITES:
                del self._sites[next(iter(self._sites))]
            self._sites[site] = self._read_rules(at.join("/robots.txt"))
        return self._sites[site]

    def _read_rules(self, at: httpx.URL) -> _Rules:
        """As RFC 9309 says: no robots.txt opens a site, one that cannot be had closes it."""
        errand = _Errand({}, _LARGEST_ROBOTS, self._timeout, cut=True)
        try:
            _, reply = _follow(at, lambda hop: self._politely(hop, errand, 0.0))
        except _TooManyRedirects:
            return _Rules()
        except BadInput as error:
            return _Rules(refusal=f"its robots.txt cannot be had, so the site counts as closed ({error})")
        return _rules_in(reply, self._product)

    def _politely(self, at: httpx.URL, errand: _Errand, delay: float) -> _Reply:
        """One request, in its turn; a second one when the server names a short wait."""
        self._take_turn(at.host, delay)
        reply = self._request(at, errand)
        wait = _retry_after(reply)
        if wait is None:
            return reply
        sleep(wait)
        self._take_turn(at.host, delay)
        return self._request(at, errand)

    def _take_turn(self, host: str, delay: float) -> None:
        due = self._asked.get(host, float("-inf")) + max(self._spacing, delay)
        pause = due - monotonic()
        if pause > 0:
            sleep(pause)
        self._asked[host] = monotonic()

    def _request(self, at: httpx.URL, errand: _Errand) -> _Reply:
        import httpx

        try:
            return self._runner.run(self._in_time(at, errand))
        except TimeoutError as error:
            raise BadInput(f"{at}: not all there within {self._timeout:g} seconds; try later, or {_BY_HAND}") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise BadInput(f"{at}: {_failure(error)}") from error

    async def _in_time(self, at: httpx.URL, errand: _Errand) -> _Reply:
        # httpx bounds each read, not their sum: a server that drips could hold us for hours
        clock = asyncio.get_running_loop().time
        started = clock()
        try:
            async with asyncio.timeout(errand.left):
                return await self._exchange(at, errand)
        finally:
            errand.left -= clock() - started

    async def _exchange(self, at: httpx.URL, errand: _Errand) -> _Reply:
        async with self._client.stream("GET", at, headers=errand.headers) as response:
            raw = await _body(response, errand) if response.status_code in _WHOLE else b""
            return _Reply(response.status_code, response.headers, raw)


def _client(user_agent: str, trust_env: bool) -> httpx.AsyncClient:
    import httpx

    headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip"}
    try:
        return httpx.AsyncClient(headers=headers, timeout=None, trust_env=trust_env)
    except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
        raise SettingsError(
            f"the proxy or certificates of the environment: {error}; mend ALL_PROXY,"
            " HTTP_PROXY, HTTPS_PROXY or SSL_CERT_FILE"
        ) from error


def _follow(start: httpx.URL, ask: Callable[[httpx.URL], _Reply]) -> tuple[httpx.URL, _Reply]:
    """Where the redirects end, and the answer there."""
    at = start
    try:
        for _ in range(_MOST_REDIRECTS + 1):
            reply = ask(at)
            if reply.status not in _REDIRECTS:
                return at, reply
            at = _next_hop(at, reply)
    except GongwenError as error:
        if at == start:
            raise
        raise type(error)(f"{start}: redirected: {error}") from error
    raise _TooManyRedirects(f"{start}: redirected more than {_MOST_REDIRECTS} times; give the address it ends at")


def _next_hop(at: httpx.URL, reply: _Reply) -> httpx.URL:
    # sites print raw GBK or UTF-8 here: the bytes are kept, so that the server reads them as it wrote them
    raw = _header(reply.headers, b"location").strip()
    location = "".join(chr(byte) if 0x20 < byte < 0x7F else f"%{byte:02X}" for byte in raw)
    if not location:
        raise BadInput(f"{at}: HTTP {reply.status} that names no address; {_BY_HAND}")
    try:
        return _checked(location, at)
    except BadInput as error:
        raise BadInput(f"{at}: redirects to {error}") from error


def _checked(url: str, base: httpx.URL | None = None) -> httpx.URL:
    """An address that may be asked, without its fragment. Raises BadInput."""
    import httpx

    shown = "".join(c if c.isprintable() else "?" for c in url[:200])
    if len(url) > _LONGEST_URL or url.split() != [url]:
        raise BadInput(f"{shown}: no address of at most {_LONGEST_URL:,} characters without blanks; copy it anew")
    try:
        parsed = base.join(url) if base else httpx.URL(url)
        host, port = parsed.host, parsed.port
    except (httpx.InvalidURL, ValueError) as error:
        raise BadInput(f"{shown}: no address ({error}); copy it anew") from error
    if parsed.scheme not in ("http", "https") or not host:
        raise BadInput(f"{shown}: not an http:// or https:// address; give one, or a file's path")
    if parsed.userinfo:
        raise BadInput(f"{parsed.scheme}://{host}: a user name or password in the address; {_BY_HAND}")
    if port is not None and not 0 < port < 65536:
        raise BadInput(f"{shown}: no port {port}; ports are 1 to 65535")
    return parsed.copy_with(fragment=None)


def _conditions(validators: Validators) -> dict[str, str]:
    named = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in named.items() if _tidy(value)}


def _tidy(value: str) -> str:
    return value if value.isascii() and value.isprintable() and len(value) <= 1000 else ""


async def _body(response: httpx.Response, errand: _Errand) -> bytes:
    """The body, decoded here and not by httpx, which inflates 64 KiB to 64 MiB before anyone can count."""
    length = response.headers.get("content-length", "")
    if not errand.cut and length.isdecimal() and int(length[:20]) > errand.largest:
        raise _too_large(response.url, errand)
    unpack, body = _unpacker(response), bytearray()
    async for piece in response.aiter_raw():
        body += unpack.take(piece, errand.largest + 1 - len(body))
        if len(body) > errand.largest:
            break
    if len(body) > errand.largest:
        if not errand.cut:
            raise _too_large(response.url, errand)
    elif not unpack.whole:
        raise BadInput(f"{response.url}: its gzip data breaks off; try again later")
    return bytes(body[: errand.largest])


def _too_large(url: httpx.URL, errand: _Errand) -> BadInput:
    return BadInput(f"{url}: larger than {errand.largest:,} bytes; save it as a file and split it")


class _Plain:
    whole = True

    def take(self, piece: bytes, room: int) -> bytes:
        return piece[:room]


class _Gunzip:
    """Inflates no more than there is room for."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def whole(self) -> bool:
        return self._member.eof

    def take(self, piece: bytes, room: int) -> bytes:
        out = bytearray()
        try:
            while piece and len(out) < room:
                if self._member.eof:
                    self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
                out += self._member.decompress(piece, room - len(out))
                piece = self._member.unused_data
        except zlib.error as error:
            raise BadInput(f"{self._url}: its gzip data is damaged ({error}); {_BY_HAND}") from error
        return bytes(out)


def _unpacker(response: httpx.Response) -> _Plain | _Gunzip:
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding in ("", "identity"):
        return _Plain()
    if coding in ("gzip", "x-gzip"):
        return _Gunzip(str(response.url))
    raise BadInput(f"{response.url}: sent as {coding[:40]}, where gzip or nothing was asked for; {_BY_HAND}")


def _rules_in(reply: _Reply, product: str) -> _Rules:
    from protego import Protego

    too_many = reply.status == HTTPStatus.TOO_MANY_REQUESTS
    if 400 <= reply.status < 500 and not too_many:
        return _Rules()
    if reply.status not in _WHOLE:
        return _Rules(refusal=f"its robots.txt answers HTTP {reply.status}, so the site counts as closed; try later")
    try:
        return _Rules(Protego.parse(_for_us(reply.raw.decode("utf-8-sig", "replace"), product)))
    except ValueError as error:
        return _Rules(refusal=f"its robots.txt cannot be read ({error}), so the site counts as closed; {_BY_HAND}")


def _for_us(robots: str, product: str) -> str:
    """With all agents that are not us under one name: Protego keeps every rule once for each agent of its
    group, so that half a megabyte of agents and rules would fill the memory."""
    lines = []
    for line in robots.splitlines():
        line = line.partition("#")[0].strip()
        if match := _AGENT.fullmatch(line):
            name = match[1].strip().lower()
            agent = name.replace("*", "")
            line = "User-agent: " + ((agent or name[:1]) if product.lower().startswith(agent) else "/")
        lines.append(line)
    return "\n".join(lines)


def _retry_after(reply: _Reply) -> float | None:
    """The wait a busy server names, when it is short enough to bear."""
    if reply.status not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return None
    named = reply.headers.get("retry-after", "").strip()
    wait = float(named) if re.fullmatch(r"[0-9]{1,9}", named) else _seconds_until(named)
    return wait if wait <= _LONGEST_RETRY else None


def _seconds_until(named: str) -> float:
    try:
        then = parsedate_to_datetime(named)
        return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return float("inf")


def _refused(url: str, status: int) -> GongwenError:
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return NotFound(f"{url}: gone (HTTP {status}); look for its new address, or take it off the list")
    if status >= 500 or status == HTTPStatus.TOO_MANY_REQUESTS:
        return BadInput(f"{url}: the site cannot serve it now (HTTP {status}); try later")
    if status >= 400:
        return BadInput(f"{url}: the site does not serve it to programs (HTTP {status}); {_BY_HAND}")
    return BadInput(f"{url}: HTTP {status}, which brings no document; {_BY_HAND}")


def _failure(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if cause is not None:
        return f"no trusted connection ({cause}); name the authority's certificates in SSL_CERT_FILE, or {_BY_HAND}"
    return f"no answer ({error or type(error).__name__}); check the address, the network and HTTPS_PROXY"


def _fetched(at: httpx.URL, reply: _Reply, unchanged: Validators | None) -> Fetched:
    old, headers = unchanged or Validators(), reply.headers
    kind = headers.get("content-type", "")
    new = Validators(_tidy(headers.get("etag", "")), _tidy(headers.get("last-modified", "")))
    return Fetched(
        url=str(at),
        name=file_name(str(at), kind, _header(headers, b"content-disposition")),
        raw=None if unchanged else reply.raw,
        charset=_charset(kind),
        validators=Validators(new.etag or old.etag, new.last_modified or old.last_modified),
    )


def _header(headers: httpx.Headers, name: bytes) -> bytes:
    return next((value for key, value in headers.raw if key.lower() == name), b"")


def _charset(kind: str) -> str:
    """The charset of a Content-Type, when it is one that decodes text."""
    match = _CHARSET.search(kind)
    return _codec(match[1].lower()) if match else ""


def _codec(charset: str) -> str:
    """The charset when it is one of texts; Python also decodes things like unicode_escape."""
    try:
        bytes(4).decode(charset if _TEXT_CODECS.match(charset) else "")
    except (LookupError, ValueError):
        return ""
    return charset


def file_name(url: str, kind: str = "", disposition: bytes = b"") -> str:
    """A plain file name with a suffix that fits: from Content-Disposition, else from the address's path."""
    path = re.split("[?#]", url, maxsplit=1)[0].partition("://")[2]
    last = path.rpartition("/")[2] if "/" in path else ""
    return _fitting(
        _named(disposition) or _plain(_decoded(unquote_to_bytes(last.partition(";")[0].encode("utf-8", "replace")))),
        kind,
    )


def _named(disposition: bytes) -> str:
    text = disposition.decode("latin-1")
    if match := _EXTENDED.search(text):
        return _plain(_decoded(unquote_to_bytes(match[2].strip()), match[1]))
    if match := _QUOTED.search(text):
        value = (match[1] or match[2] or "").replace('\\"', '"').encode("latin-1")
        return _plain(_decoded(unquote_to_bytes(value)))
    return ""


def _decoded(raw: bytes, charset: str = "") -> str:
    for encoding in (_codec(charset), "utf-8", "gb18030"):
        try:
            text = raw.decode(encoding)
        except (LookupError, ValueError):
            continue
        if encoding != "utf-8" or charset or not _could_be_gbk(text):
            return text
    return raw.decode("utf-8", "replace")


def _could_be_gbk(text: str) -> bool:
    # 通知 in GBK is also good UTF-8, for two letters of other scripts
    return not text.isascii() and max(text) <= "\u07ff"


def _plain(name: str) -> str:
    """Without folders, dots before it, and what some file system does not take."""
    last = re.split(r"[/\\]", canonical(name).replace("\n", " "))[-1]
    printable = "".join(character for character in last if character.isprintable())
    return re.sub(r"[:*?\"<>|]", "_", printable).strip(" .")


def _fitting(name: str, kind: str) -> str:
    match = _SUFFIX.fullmatch(name)
    stem, suffix = (match[1], match[2]) if match else (name, "")
    if suffix.lower() not in _KNOWN:
        fits = _SUFFIXES.get(kind.partition(";")[0].strip().lower(), "")
        fits = fits or (".html" if suffix.lower() in _STATIC_PAGES else "")
        if fits:
            stem, suffix = (stem if suffix.lower() in _PAGES else name), fits
    short = stem.encode()[:_LONGEST_NAME].decode("utf-8", "ignore").strip(" .")
    return (short or "document") + suffix


def read_urls(text: str, name: str) -> list[str]:
    """The addresses of a list: one a line, `#` starts a comment, each address once. Raises BadInput."""
    urls: dict[str, str] = {}
    for number, line in enumerate(_LINE_END.split(text.removeprefix("\ufeff")), 1):
        url = _COMMENT.sub("", line).strip()
        if not url:
            continue
        try:
            urls.setdefault(str(_checked(url)), url)
        except BadInput as error:
            raise BadInput(f"{name}: line {number}: {error}") from error
        if len(urls) > MOST_URLS:
            raise BadInput(f"{name}: line {number}: more than {MOST_URLS:,} addresses; split the list")
    if not urls:
        raise BadInput(f"{name}: no address in it; write one a line")
    return list(urls.values())
