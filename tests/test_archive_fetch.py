from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePath
from threading import Event, Thread
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import fetch
from archive.errors import BadInput, NotFound, SettingsError
from archive.fetch import Fetched, Fetcher, Validators, file_name, read_urls

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Site(ThreadingHTTPServer):
    """A server on the loopback; `routes` answers a path, everything else is 404."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes: dict[str, Callable[[Handler], None]] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.stopped = Event()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def paths(self) -> list[str]:
        return [path for path, _ in self.seen]

    def serve(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.routes[path] = lambda handler: handler.answer(status, {"Content-Length": str(len(body)), **named}, body)


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        route = self.server.routes.get(self.path, lambda handler: handler.answer(404, {}, b""))
        try:
            route(self)
        except OSError:
            pass  # the client had enough

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def drip(self, piece: bytes) -> None:
        while not self.server.stopped.wait(0.02):
            self.wfile.write(piece)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.stopped.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher("gongwen/0.1", per_second=10_000, largest=100_000, timeout=5, trust_env=False) as fetcher:
        yield fetcher


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses taken, on a clock that only pauses move."""
    pauses: list[float] = []
    monkeypatch.setattr(fetch, "monotonic", lambda: sum(pauses))
    monkeypatch.setattr(fetch, "sleep", pauses.append)
    return pauses


def test_a_document_with_its_facts(site: Site, fetcher: Fetcher) -> None:
    site.serve("/a/t1.shtml", "标题".encode("gbk"), Content_Type='text/html; charset="GBK"', ETag='"1"')
    found = fetcher.get(site.url("/a/t1.shtml#part"))
    assert found == Fetched(site.url("/a/t1.shtml"), "t1.html", "标题".encode("gbk"), "gbk", Validators('"1"'))
    path, headers = site.seen[-1]
    assert (path, headers["user-agent"], headers["accept-encoding"]) == ("/a/t1.shtml", "gongwen/0.1", "gzip")


@pytest.mark.parametrize(
    ("kind", "charset"),
    [
        ("text/plain", ""),
        ("text/plain; charset=utf-8", "utf-8"),
        ("text/plain;Charset=GB2312; x=y", "gb2312"),
        ("text/plain; charset=nonsense", ""),
        ("text/plain; charset=unicode_escape", ""),
        ("text/plain; charset=gb-nonsense", ""),
    ],
)
def test_charset(site: Site, fetcher: Fetcher, kind: str, charset: str) -> None:
    site.serve("/a.txt", b"a", Content_Type=kind)
    assert fetcher.get(site.url("/a.txt")).charset == charset


def test_redirects_are_followed_and_each_site_is_asked(site: Site, fetcher: Fetcher) -> None:
    other = site.url("/end.txt").replace("127.0.0.1", "localhost")
    site.serve("/1", status=301, Location="2?x=1")
    site.serve("/2?x=1", status=302, Location=other)
    site.serve("/end.txt", b"end")
    found = fetcher.get(site.url("/1"))
    assert (found.url, found.raw) == (other, b"end")
    assert site.paths() == ["/robots.txt", "/1", "/2?x=1", "/robots.txt", "/end.txt"]


def test_a_raw_gbk_location_keeps_its_bytes(site: Site, fetcher: Fetcher) -> None:
    site.serve("/1", status=302, Location="/通知 1.txt".encode("gbk").decode("latin-1"))
    site.serve("/%CD%A8%D6%AA%201.txt", b"end")
    assert fetcher.get(site.url("/1")).name == "通知 1.txt"


def test_a_redirect_loop_ends(site: Site, fetcher: Fetcher) -> None:
    site.serve("/1", status=302, Location="/1")
    with pytest.raises(BadInput, match="redirected more than 5 times"):
        fetcher.get(site.url("/1"))
    assert site.paths().count("/1") == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://a/b", "javascript:1", "http://u:p@a/", "http://[", ""])
def test_a_redirect_elsewhere_is_refused(site: Site, fetcher: Fetcher, target: str) -> None:
    site.serve("/1", status=302, Location=target)
    with pytest.raises(BadInput, match=r"/1: ") as caught:
        fetcher.get(site.url("/1"))
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["", "a", "file:///a", "http://", "http://u:p@a/", "http://a:0/", "http://a/ b", "http://\ud800/", "http://xn--/"],
)
def test_other_addresses_are_refused(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(BadInput):
        fetcher.get(url)


def test_robots_txt_closes_paths_and_is_read_once(site: Site, fetcher: Fetcher) -> None:
    site.serve("/robots.txt", b"User-agent: *\nDisallow: /\n\nUser-agent: Gongwen\nDisallow: /closed\n")
    site.serve("/open", b"open")
    assert [fetcher.get(site.url("/open")).raw for _ in range(2)] == [b"open", b"open"]
    with pytest.raises(BadInput, match=r"/closed/1: .*robots\.txt"):
        fetcher.get(site.url("/closed/1"))
    assert site.paths() == ["/robots.txt", "/open", "/open"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_without_robots_txt_a_site_is_open(site: Site, fetcher: Fetcher, status: int) -> None:
    site.serve("/robots.txt", status=status)
    site.serve("/a", b"a")
    assert fetcher.get(site.url("/a")).raw == b"a"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_robots_txt_that_cannot_be_had_closes_a_site(site: Site, fetcher: Fetcher, status: int) -> None:
    site.serve("/robots.txt", status=status)
    for _ in range(2):
        with pytest.raises(BadInput, match=rf"robots\.txt answers HTTP {status}.*closed"):
            fetcher.get(site.url("/a"))
    assert site.paths() == ["/robots.txt"]


def test_robots_txt_behind_redirects(site: Site, fetcher: Fetcher) -> None:
    site.serve("/robots.txt", status=301, Location="/r2")
    site.serve("/r2", b"\xef\xbb\xbfUser-agent: *\nDisallow: /a")
    with pytest.raises(BadInput, match="closes it"):
        fetcher.get(site.url("/a"))


def test_robots_txt_in_a_loop_counts_as_none(site: Site, fetcher: Fetcher) -> None:
    site.serve("/robots.txt", status=301, Location="/robots.txt")
    site.serve("/a", b"a")
    assert fetcher.get(site.url("/a")).raw == b"a"


def test_of_a_large_robots_txt_the_first_half_megabyte_counts(site: Site, fetcher: Fetcher) -> None:
    rules = b"User-agent: *\nDisallow: /a\n".ljust(600_000, b"\n") + b"Disallow: /b\n"
    site.serve("/robots.txt", rules)
    site.serve("/b", b"b")
    assert fetcher.get(site.url("/b")).raw == b"b"
    with pytest.raises(BadInput, match="closes it"):
        fetcher.get(site.url("/a"))


def test_a_hostile_robots_txt_is_cheap(site: Site, fetcher: Fetcher) -> None:
    agents = "".join(f"User-agent: {n:x}\r" for n in range(14_000))
    rules = "".join(f"Allow: /{n:x}\r" for n in range(20_000))
    site.serve("/robots.txt", (agents + rules + "user agent *\rDisallow: /a").encode())
    started = time.monotonic()
    with pytest.raises(BadInput, match="closes it"):
        fetcher.get(site.url("/a"))
    assert time.monotonic() - started < 3


def test_requests_to_a_host_are_spaced(site: Site, clock: list[float]) -> None:
    site.serve("/a", b"a")
    with Fetcher(per_second=2, trust_env=False) as fetcher:
        for _ in range(3):
            fetcher.get(site.url("/a"))
        assert clock == [0.5, 0.5, 0.5]
        fetcher.get(site.url("/a").replace("127.0.0.1", "localhost"))
        assert clock == [0.5] * 4  # between the other host's robots.txt and its document


def test_spacing_on_the_real_clock(site: Site) -> None:
    site.serve("/a", b"a")
    started = time.monotonic()
    with Fetcher(per_second=20, trust_env=False) as fetcher:
        fetcher.get(site.url("/a"))
        fetcher.get(site.url("/a"))
    assert time.monotonic() - started >= 0.1


def test_crawl_delay(site: Site, fetcher: Fetcher, clock: list[float]) -> None:
    site.serve("/robots.txt", b"User-agent: *\nCrawl-delay: 7")
    site.serve("/a", b"a")
    fetcher.get(site.url("/a"))
    fetcher.get(site.url("/a"))
    assert clock == [7.0, 7.0]


def test_a_crawl_delay_of_more_than_a_minute_is_refused(site: Site, fetcher: Fetcher) -> None:
    site.serve("/robots.txt", b"User-agent: *\nCrawl-delay: 61")
    with pytest.raises(BadInput, match="61 seconds"):
        fetcher.get(site.url("/a"))


def test_what_has_not_changed_is_not_sent_again(site: Site, fetcher: Fetcher) -> None:
    dated = "Wed, 01 Mar 2023 00:00:00 GMT"
    site.serve("/a.txt", b"a", ETag='W/"1"', Last_Modified=dated)
    first = fetcher.get(site.url("/a.txt"))
    assert first.validators == Validators('W/"1"', dated)
    assert not {"if-none-match", "if-modified-since"} & site.seen[-1][1].keys()
    site.serve("/a.txt", status=304, ETag='W/"2"')
    second = fetcher.get(site.url("/a.txt"), first.validators)
    assert (second.raw, second.validators) == (None, Validators('W/"2"', dated))
    asked = site.seen[-1][1]
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('W/"1"', dated)


def test_304_unasked_is_refused(site: Site, fetcher: Fetcher) -> None:
    site.serve("/a", status=304)
    for validators in (Validators(), Validators("a\r\nX: y", "é")):
        with pytest.raises(BadInput, match="HTTP 304"):
            fetcher.get(site.url("/a"), validators)


def test_a_body_at_the_bound_is_taken(site: Site, fetcher: Fetcher) -> None:
    site.serve("/a", bytes(100_000))
    assert fetcher.get(site.url("/a")).raw == bytes(100_000)


def test_too_large_by_its_length(site: Site, fetcher: Fetcher) -> None:
    site.routes["/a"] = lambda handler: handler.answer(200, {"Content-Length": "100001"}, b"")
    with pytest.raises(BadInput, match="larger than 100,000 bytes"):
        fetcher.get(site.url("/a"))


def test_too_large_without_a_length(site: Site, fetcher: Fetcher) -> None:
    def pour(handler: Handler) -> None:
        handler.answer(200, {}, bytes(90_000))
        handler.drip(bytes(9_000))

    site.routes["/a"] = pour
    with pytest.raises(BadInput, match="larger than 100,000 bytes"):
        fetcher.get(site.url("/a"))


def test_gzip_in_one_and_more_members(site: Site, fetcher: Fetcher) -> None:
    site.serve("/a", gzip.compress(b"one ") + gzip.compress(b"two"), Content_Encoding="gzip")
    assert fetcher.get(site.url("/a")).raw == b"one two"


def test_a_gzip_bomb_is_refused(site: Site, fetcher: Fetcher) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 100_000
    site.serve("/a", bomb, Content_Encoding="gzip")
    with pytest.raises(BadInput, match="larger than 100,000 bytes"):
        fetcher.get(site.url("/a"))


@pytest.mark.parametrize(
    ("body", "coding", "told"),
    [
        (gzip.compress(b"some text")[:-6], "gzip", "breaks off"),
        (b"some text", "gzip", "damaged"),
        (gzip.compress(gzip.compress(b"a")), "gzip, gzip", "sent as gzip, gzip"),
        (b"a", "br", "sent as br"),
    ],
)
def test_bad_compression(site: Site, fetcher: Fetcher, body: bytes, coding: str, told: str) -> None:
    site.serve("/a", body, Content_Encoding=coding)
    with pytest.raises(BadInput, match=told):
        fetcher.get(site.url("/a"))


@pytest.mark.parametrize("head", [b"", b"HTTP/1.0 200 OK\r\nX: ", b"HTTP/1.0 200 OK\r\n\r\n"])
def test_a_dripping_server_hits_the_deadline(site: Site, head: bytes) -> None:
    def drip(handler: Handler) -> None:
        handler.wfile.write(head)
        handler.drip(b"x" if head else b"")

    site.routes["/a"] = drip
    started = time.monotonic()
    with Fetcher(per_second=10_000, timeout=0.2, trust_env=False) as fetcher:
        with pytest.raises(BadInput, match=r"within 0\.2 seconds"):
            fetcher.get(site.url("/a"))
        site.serve("/b", b"b")
        assert fetcher.get(site.url("/b")).raw == b"b"
    assert time.monotonic() - started < 2


def test_all_hops_share_one_deadline(site: Site) -> None:
    def redirect(handler: Handler) -> None:
        time.sleep(0.15)
        handler.answer(302, {"Location": "/a"}, b"")

    site.routes["/a"] = redirect
    with (
        Fetcher(per_second=10_000, timeout=0.4, trust_env=False) as fetcher,
        pytest.raises(BadInput, match=r"within 0\.4 seconds"),
    ):
        fetcher.get(site.url("/a"))
    assert site.paths().count("/a") <= 4


def test_a_body_cut_short_is_refused(site: Site, fetcher: Fetcher) -> None:
    site.routes["/a"] = lambda handler: handler.answer(200, {"Content-Length": "9"}, b"half")
    with pytest.raises(BadInput, match="no answer"):
        fetcher.get(site.url("/a"))


def test_nobody_there(site: Site, fetcher: Fetcher) -> None:
    with Site() as closed:
        url = closed.url("/a")
    with pytest.raises(BadInput, match=r"robots\.txt cannot be had.*no answer"):
        fetcher.get(url)


def test_tls_that_is_none(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(BadInput, match="SSL_CERT_FILE"):
        fetcher.get(site.url("/a").replace("http:", "https:"))


@pytest.mark.parametrize("status", [404, 410])
def test_gone(site: Site, fetcher: Fetcher, status: int) -> None:
    site.serve("/a", status=status)
    site.serve("/1", status=301, Location="/a")
    with pytest.raises(NotFound, match="gone"):
        fetcher.get(site.url("/a"))
    with pytest.raises(NotFound, match="/a: gone"):
        fetcher.get(site.url("/1"))


@pytest.mark.parametrize("status", [202, 204, 206, 300, 403, 412, 500])
def test_other_answers_are_refused(site: Site, fetcher: Fetcher, status: int) -> None:
    site.serve("/a", status=status)
    with pytest.raises(BadInput, match=rf"/a: .*HTTP {status}"):
        fetcher.get(site.url("/a"))


@pytest.mark.parametrize("status", [429, 503])
def test_a_short_wait_is_waited_once(site: Site, fetcher: Fetcher, clock: list[float], status: int) -> None:
    def busy(handler: Handler) -> None:
        site.serve("/a", b"a")
        handler.answer(status, {"Retry-After": "30"}, b"")

    site.routes["/a"] = busy
    assert fetcher.get(site.url("/a")).raw == b"a"
    assert 30.0 in clock
    site.serve("/b", status=status, Retry_After="1")
    with pytest.raises(BadInput, match=f"HTTP {status}"):
        fetcher.get(site.url("/b"))
    assert site.paths().count("/b") == 2


@pytest.mark.parametrize(
    "wait", ["31", "9" * 5000, "soon", "-1", "", "Wed, 01 Jan 2199 00:00:00 GMT", "Wed, 99 Jan 2199 00:00:00 GMT"]
)
def test_a_long_or_unclear_wait_is_not_waited(site: Site, fetcher: Fetcher, clock: list[float], wait: str) -> None:
    site.serve("/a", status=503, Retry_After=wait)
    with pytest.raises(BadInput, match="HTTP 503"):
        fetcher.get(site.url("/a"))
    assert site.paths().count("/a") == 1


def test_a_wait_until_a_date(site: Site, fetcher: Fetcher, clock: list[float]) -> None:
    until = datetime.now(UTC) + timedelta(seconds=20)
    site.serve("/a", status=503, Retry_After=format_datetime(until, usegmt=True))
    with pytest.raises(BadInput, match="HTTP 503"):
        fetcher.get(site.url("/a"))
    assert 10 < max(clock) <= 20


def test_cookies_do_not_outlive_a_document(site: Site, fetcher: Fetcher) -> None:
    site.serve("/a", status=302, Location="/b", Set_Cookie="seen=1")
    site.serve("/b", b"b")
    fetcher.get(site.url("/a"))
    assert site.seen[-1][1]["cookie"] == "seen=1"
    fetcher.get(site.url("/b"))
    assert "cookie" not in site.seen[-1][1]


def test_proxies_of_the_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", site.url(""))
    site.serve("http://inner.example/a.txt", b"a")
    with Fetcher(per_second=10_000) as fetcher:
        assert fetcher.get("http://inner.example/a.txt").raw == b"a"
    monkeypatch.setenv("http_proxy", "nonsense://x")
    with pytest.raises(SettingsError, match="HTTP_PROXY"):
        Fetcher()


def test_settings_out_of_range() -> None:
    for agent in ("", "公文", "a\r\nb", "1"):
        with pytest.raises(SettingsError):
            Fetcher(agent)
    with pytest.raises(SettingsError):
        Fetcher(per_second=0)


def test_the_name_in_a_header(site: Site, fetcher: Fetcher) -> None:
    raw = 'attachment; filename="通知.docx"'.encode("gbk").decode("latin-1")
    site.serve("/download.jsp?id=1", b"a", Content_Disposition=raw)
    assert fetcher.get(site.url("/download.jsp?id=1")).name == "通知.docx"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="a.pdf"', "a.pdf"),
        ("attachment;filename=a b.pdf", "a b.pdf"),
        ("attachment; filename=\"x.pdf\"; filename*=UTF-8''" + quote("附件 1.pdf"), "附件 1.pdf"),
        ("attachment; filename*=GBK''" + quote("附件.pdf".encode("gbk")), "附件.pdf"),
        ("attachment; filename*=iso-8859-1'en'%A3.pdf", "£.pdf"),
        ("attachment; filename*=nonsense''" + quote("附件.pdf"), "附件.pdf"),
        ("attachment; filename=" + quote("附件.pdf"), "附件.pdf"),
        ("attachment; filename=" + quote("附件.pdf".encode("gbk")), "附件.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\公文\\a.pdf"', "a.pdf"),
        ('attachment; filename="..%2F..%2F.a.pdf"', "a.pdf"),
        ('attachment; filename="a\\"b.pdf"', "a_b.pdf"),
        ("attachment; filename*=UTF-8''caf%C3%A9.pdf", "café.pdf"),
        ('inline; filename=""', "get.action"),
        ("inline", "get.action"),
    ],
)
def test_names_from_content_disposition(disposition: str, name: str) -> None:
    assert file_name("http://a/get.action", "", disposition.encode()) == name


@pytest.mark.parametrize(
    ("url", "kind", "name"),
    [
        ("http://a/b/c.pdf?x=/y.txt#z", "", "c.pdf"),
        ("http://a/b/C.PDF", "text/html", "C.PDF"),
        ("http://a/b/t1.htm", "text/html; charset=gbk", "t1.html"),
        ("http://a/b/t1.htm", "", "t1.html"),
        ("http://a/b/t1.shtml", "text/html", "t1.html"),
        ("http://a/b/t1.jsp", "text/html", "t1.html"),
        ("http://a/b/t1.jsp", "", "t1.jsp"),
        ("http://a/b/t1.aspx;jsessionid=1.txt", "TEXT/HTML", "t1.html"),
        ("http://a/b/t1.php", "application/pdf", "t1.pdf"),
        ("http://a/b/t1", "text/html", "t1.html"),
        ("http://a/b/第2.1节", "text/plain", "第2.1节.txt"),
        ("http://a/b/", "text/html", "document.html"),
        ("http://a", "text/html", "document.html"),
        ("http://a", "", "document"),
        ("http://a/x", "text/markdown", "x.md"),
        ("http://a/x", DOCX, "x.docx"),
        ("http://a/x", "application/ofd", "x.ofd"),
        ("http://a/x", "application/x-ofd", "x.ofd"),
        ("http://a/x", "application/zip", "x.zip"),
        ("http://a/x", "application/jsonl", "x.jsonl"),
        ("http://a/x.doc", "application/msword", "x.doc"),
        ("http://a/" + quote("公文.txt".encode("gbk")), "", "公文.txt"),
        ("http://a/" + quote("公文.txt"), "", "公文.txt"),
        ("http://a/..%2f..%5cx.txt", "", "x.txt"),
        ("http://a/" + "公" * 300 + ".txt", "", "公" * 60 + ".txt"),
    ],
)
def test_names_from_addresses(url: str, kind: str, name: str) -> None:
    assert file_name(url, kind) == name


@given(
    st.text(),
    st.sampled_from(["", "text/html", "application/pdf", ";"]) | st.text(),
    st.binary() | st.text().map(lambda t: f"a; filename={t}".encode("utf-8", "replace")),
)
def test_a_name_is_always_a_plain_file_name(path: str, kind: str, disposition: bytes) -> None:
    name = file_name("http://a/" + path, kind, disposition)
    assert PurePath(name).name == name
    assert name.isprintable()
    assert not set(name) & set('/\\:*?"<>|')
    assert len(name.encode()) < 250


def test_a_list_of_addresses() -> None:
    text = (
        "\ufeff# list\r\nhttp://a/1  # the first\r\n\n  https://b/2#top\nHTTP://A/1\nhttp://a/1#x\nhttp://中国.cn/文\n"
    )
    assert read_urls(text, "urls.txt") == ["http://a/1", "https://b/2#top", "http://中国.cn/文"]


@pytest.mark.parametrize(
    "line", ["a", "ftp://a/b", "http://", "http://u:p@a", "http://a http://b", "/etc/passwd", "http://a/" + "x" * 4000]
)
def test_a_bad_line_is_named(line: str) -> None:
    with pytest.raises(BadInput, match=r"urls\.txt: line 3: "):
        read_urls(f"http://a\n\n{line}\nhttp://b", "urls.txt")


def test_a_list_is_neither_empty_nor_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="no address"):
        read_urls("# none\n", "urls.txt")
    monkeypatch.setattr(fetch, "MOST_URLS", 2)
    assert len(read_urls("http://a\nhttp://b\nhttp://a", "urls.txt")) == 2
    with pytest.raises(BadInput, match="line 3: more than 2 addresses"):
        read_urls("http://a\nhttp://b\nhttp://c", "urls.txt")


@given(st.text() | st.lists(st.text().map("http://".__add__)).map("\n".join))
def test_any_list_is_read_or_refused(text: str) -> None:
    try:
        urls = read_urls(text, "urls.txt")
    except BadInput:
        return
    assert urls
    assert all(url.lower().startswith(("http:", "https:")) for url in urls)


@given(st.text(), st.text(min_size=1))
def test_any_robots_txt_is_read(robots: str, path: str) -> None:
    import httpx

    reply = fetch._Reply(200, httpx.Headers(), f"User-agent: *\nDisallow: {robots}\n".encode("utf-8", "replace"))
    rules = fetch._rules_in(reply, "gongwen")
    assert rules.robots is not None
    assert rules.robots.can_fetch(f"http://a/{quote(path, errors='replace')}", "gongwen") in (True, False)
