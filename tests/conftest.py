from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FakeEncoder
from filelock import FileLock
from hypothesis import settings as hypothesis_settings

from api.settings import Settings
from api.wiring import Engine
from archive.ingest import ingest
from archive.sources import find_sources
from archive.store import Archive
from archive.types import Document

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"

hypothesis_settings.register_profile("gongwen", deadline=None, derandomize=True, print_blob=True)
hypothesis_settings.load_profile("gongwen")


def _shared_data() -> Path:
    """The shared data: beside the checkout or one of the folders above it, else below a top-level folder."""
    beside = [folder / "shared" / "data" for folder in ROOT.parents]
    return next((path for path in [*beside, *sorted(Path("/").glob("*/shared/data"))] if path.is_dir()), beside[0])


SHARED = _shared_data()


def shared(folder: str) -> Path:
    """A folder of the shared data; skips where it is missing, but never in CI."""
    path = SHARED / folder
    if not path.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must have {path}")
        pytest.skip(f"no {path}")
    return path


NOTICE = """关于做好2022年社区矫正工作的通知
发布日期: 2022-04-01 09:00 来源: 区司法局
各街道办事处:
一、工作情况
(一)队伍建设。全区现有社区矫正专职工作者45人,志愿者120余名。开展培训12期,覆盖率达到98.5%。
(二)监督管理。一是严格报到。全年接收社区矫正对象300人。二是加强走访。走访家庭1,500余户次。
二、有关要求
2022年6月30日前完成自查。
三、保障措施
(一)加强组织领导。各街道办事处要把社区矫正工作列入重要议事日程,主要负责人亲自研究部署,分管负责人具体抓好落实,及时解决人员、场所、设备等方面的困难。
(二)加强经费保障。区财政局会同区司法局按照规定落实社区矫正工作经费,专款专用,任何单位和个人不得截留、挪用,并接受审计部门的监督检查。
(三)加强宣传引导。通过政府网站、微信公众号和社区宣传栏等方式广泛宣传社区矫正法律法规,引导社会力量参与,营造良好的社会氛围。
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def notice_file(tmp_path: Path) -> Path:
    path = tmp_path / "notice.txt"
    path.write_text(NOTICE, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def models(pytestconfig: pytest.Config) -> Path:
    """The model and the glossary, made once and kept between runs, where the real home looks for them."""
    assert pytestconfig.cache is not None
    return pytestconfig.cache.mkdir("gongwen-home") / "models"


@pytest.fixture
def engine(home: Path, models: Path, notice_file: Path) -> Engine:
    """A tiny archive, indexed with the fake encoder."""
    settings = Settings(home=home, models=models, corpus=notice_file.parent / "none", reranker="")
    engine = Engine(settings, FakeEncoder())
    assert [o.state for o in engine.add(notice_file)] == ["added"]
    engine.build(lambda done, total: None)
    return engine


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    """The documents that ship, without an index."""
    archive = Archive(tmp_path_factory.mktemp("shipped"))
    assert {o.state for o in ingest(archive, find_sources(CORPUS))} == {"added"}
    return archive.documents(limit=100)


@pytest.fixture(scope="session")
def report(shipped: list[Document]) -> Document:
    return next(d for d in shipped if d.collection == "reports")


@pytest.fixture(scope="session")
def real(pytestconfig: pytest.Config, models: Path) -> Engine:
    """The shipped corpus, indexed with the real model; kept between runs, since vectors are cached. Of the processes
    that run tests side by side one makes it."""
    assert pytestconfig.cache is not None
    home = pytestconfig.cache.mkdir("gongwen-home")
    with FileLock(home / "tests.lock", timeout=250):
        engine = Engine(Settings(home=home, models=models, corpus=CORPUS))
        assert not [o for o in engine.add_corpus() if o.state == "refused"]
        engine.build(lambda done, total: None)
        engine.searcher().understand("lawyers")  # makes the glossary, for the commands that tests start
    return engine


@pytest.fixture(autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    found = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("GONGWEN_")}
    yield
    os.environ.update(found)
