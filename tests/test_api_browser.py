"""The three uses in Debian's Chromium: the page, the document at its sentence, the widget in a portal."""

from __future__ import annotations

import functools
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import CORPUS, ROOT
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from api.wiring import Engine

DRIVER, CHROMIUM = shutil.which("chromedriver"), shutil.which("chromium")
SENTENCE = "目前,已发展公职律师86人,专(兼)职法制员280人。"

pytestmark = [
    pytest.mark.real,
    pytest.mark.browser,
    pytest.mark.skipif(
        not (DRIVER and CHROMIUM) and os.environ.get("CI") != "true",
        reason="needs Debian's chromium and chromium-driver",
    ),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A web server on another port that knows nothing of Gongwen."""
    folder = tmp_path_factory.mktemp("portal")
    handler = functools.partial(QuietHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", folder
    server.shutdown()
    thread.join()
    server.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def serve(real: Engine) -> Iterator[Callable[[str], str]]:
    """Start `gongwen serve` with some allowed origins; gives its address."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(origins: str) -> str:
        port = free_port()
        settings = {
            "GONGWEN_HOME": str(real.settings.home),
            "GONGWEN_CORPUS": str(CORPUS),
            "GONGWEN_ALLOWED_ORIGINS": origins,
        }
        command = [sys.executable, "-m", "api", "serve", "--port", str(port)]
        processes.append(
            subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )
        address = f"http://127.0.0.1:{port}"
        for _ in range(150):
            try:
                with urllib.request.urlopen(f"{address}/health/ready", timeout=5):
                    return address
            except OSError:
                time.sleep(0.2)
        raise AssertionError("the server did not become ready")

    yield start
    for process in processes:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = Options()
    options.binary_location = str(CHROMIUM)
    for flag in (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --disable-dev-shm-usage --window-size=1000,900"
    ).split():
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


def test_the_page_leads_to_the_sentence(browser: webdriver.Chrome, serve: Callable[[str], str]) -> None:
    browser.get(serve(""))
    box = browser.find_element(By.NAME, "q")
    box.send_keys("how many lawyers are on staff")
    box.submit()
    wait = WebDriverWait(browser, 20)
    answer = wait.until(lambda b: b.find_element(By.CSS_SELECTOR, ".answer .text"))
    assert answer.text == "86人"
    assert browser.find_element(By.CSS_SELECTOR, ".answer blockquote").text == SENTENCE
    browser.find_element(By.CSS_SELECTOR, ".answer figcaption a").click()
    mark = wait.until(lambda b: b.find_element(By.ID, "quote"))
    assert mark.text == SENTENCE
    box_top = browser.execute_script("return document.getElementById('quote').getBoundingClientRect().top")
    assert 0 <= box_top <= browser.execute_script("return window.innerHeight")
    assert not [entry for entry in browser.get_log("browser") if "Content Security Policy" in entry["message"]]


def test_the_widget_in_a_portal(
    browser: webdriver.Chrome, serve: Callable[[str], str], portal: tuple[str, Path]
) -> None:
    address, folder = portal
    server = serve(address)
    page = f'<!doctype html><meta charset="utf-8"><script src="{server}/widget.js"></script><gongwen-ask question="全局有多少公职律师"></gongwen-ask>'
    (folder / "index.html").write_text(page, encoding="utf-8")
    browser.get(f"{address}/index.html")
    shown = WebDriverWait(browser, 20).until(lambda b: widget_text(b) if "86" in widget_text(b) else None)
    assert "86人" in shown
    assert SENTENCE in shown
    link = browser.execute_script("return document.querySelector('gongwen-ask').shadowRoot.querySelector('a').href")
    assert link.startswith(f"{server}/documents/")


def test_a_portal_that_is_not_allowed_gets_nothing(
    browser: webdriver.Chrome, serve: Callable[[str], str], portal: tuple[str, Path]
) -> None:
    address, folder = portal
    page = f'<!doctype html><meta charset="utf-8"><script src="{serve("")}/widget.js"></script><gongwen-ask question="应诉率"></gongwen-ask>'
    (folder / "other.html").write_text(page, encoding="utf-8")
    browser.get(f"{address}/other.html")
    shown = WebDriverWait(browser, 20).until(lambda b: widget_text(b) if "origin" in widget_text(b) else None)
    assert "100%" not in shown


def widget_text(browser: webdriver.Chrome) -> str:
    script = "return document.querySelector('gongwen-ask').shadowRoot.textContent"
    return str(browser.execute_script(script))
