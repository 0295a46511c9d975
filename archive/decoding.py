"""From bytes to text: a byte order mark, what the file declares, strict UTF-8, then the plausible one.

A declared charset counts only when the bytes read well in it: web pages that say gb2312 and are UTF-8,
or the other way round, are common. GB18030 and Big5 cannot be told apart by validity, since nearly every
pair of bytes is a character in both; they are told apart by how many characters are common ones.
"""

from __future__ import annotations

import codecs
import re

from archive.errors import BadInput

LARGEST_FILE = 64 * 1024 * 1024

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 200_000
_GUESSED = ("gb18030", "big5", "cp950", "big5hkscs", "utf-16-le", "utf-16-be")
_ALIASES = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "big-5": "big5"}
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_\-]{3,20})""")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_STRANGE = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f\x80-\x9f\uac00-\ud7af\u0600-\u06ff\u0370-\u03ff]")
_LATIN = re.compile("[\u0080-\u00ff]")
_MOST_LATIN = 0.3
_MOST_BROKEN = 0.002
_FEWEST_COMMON = 0.12
_ENOUGH_HAN = 20
_FEW_BYTES = 64

# The commonest characters of modern Chinese prose and of official writing, simplified and traditional.
_COMMON = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运"
    "這個們來時會為國對過發後裡種經麼學動現當還進從實軍無與長機關點業將兩間問戰應體見產論處義幾認條係氣題爾變總電數報結場計資許統區隊決術領確傳師觀識帶導爭運設書則聽達強難權記類據邊張該規萬覺讓話員開門號該務質專單華標準條約監督檢查審批申請補貼辦縣鄉鎮"
    "章款项目规定办法通知应当可以机关部门人民政府法律行政管理工作单位依照本条例责任处罚申请审批监督检查标准办理服务社会保障医疗教育住房补贴企业项目发展改革委员会省市县区乡镇街道村居委关于印发实施意见方案公告局厅"
)


def decode(raw: bytes, name: str, declared: str = "") -> str:
    """The text of a file. Raises BadInput for what is too large or stays garbled.

    `declared` is the charset of an HTTP header, if there is one; a <meta> in the bytes is found here.
    """
    if len(raw) > LARGEST_FILE:
        raise BadInput(f"{name}: {len(raw):,} bytes; the largest file taken has {LARGEST_FILE:,}: split it")
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return checked(_strictly(raw, encoding, name), name)
    text = _utf8(raw)
    if text is None or "\x00" in text or _is_doubtful(raw, text):
        text = _most_plausible(raw, name, declared)
    return checked(text, name)


def checked(text: str, name: str) -> str:
    """The text itself. Raises BadInput when it reads as garbled."""
    sample = text[:_SAMPLE]
    lost = sample.count("\ufffd")
    if lost > max(3, _MOST_BROKEN * len(sample)) or "锟斤拷" in sample or sample.count("\x00") > 3:
        raise BadInput(f"{name}: garbled, characters were lost before it was saved; take the original file")
    han = _HAN.findall(sample)
    latin = len(_LATIN.findall(sample))
    if latin >= _ENOUGH_HAN and latin > _MOST_LATIN * (len(sample) - sample.count(" ")):
        raise BadInput(f"{name}: garbled, it was once read as Latin-1; take the original file")
    if len(han) >= _ENOUGH_HAN and _common_share(han) < _FEWEST_COMMON and not _is_table_of_names(sample, han):
        raise BadInput(f"{name}: garbled, it was once read in the wrong charset; take the original file")
    return text


def _is_doubtful(raw: bytes, text: str) -> bool:
    """A few bytes of GBK can be valid UTF-8 (通知 reads as two letters of other scripts)."""
    return len(raw) <= _FEW_BYTES and not text.isascii() and not _COMMON.intersection(text)


def _utf8(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _is_table_of_names(sample: str, han: list[str]) -> bool:
    """Few characters over and over, or few of them among other text, are no sign of a wrong charset."""
    return len(han) < 0.05 * len(sample) or len(set(han)) < 0.1 * len(han)


def plausibility(text: str) -> float:
    """How much a text reads like Chinese or ASCII: share of common characters, less what no text holds."""
    if not text:
        return 0.0
    han = _HAN.findall(text)
    share = _common_share(han) if han else 0.0
    return share - 4 * len(_STRANGE.findall(text)) / len(text)


def _common_share(han: list[str]) -> float:
    return sum(c in _COMMON for c in han) / len(han)


def _most_plausible(raw: bytes, name: str, declared: str) -> str:
    """The declared charset when it reads as well as any, else the best of those that fit the bytes."""
    found: list[tuple[float, str, str]] = []
    for encoding in dict.fromkeys([*_declared(raw, declared), *_GUESSED]):
        text = _loosely(raw, encoding)
        if text is not None:
            found.append((round(plausibility(text[:_SAMPLE]), 2), encoding, text))
    broken = _with_losses(raw)
    if broken is not None:
        found.append((round(plausibility(broken[:_SAMPLE]), 2), "utf-8", broken))
    if not found:
        raise BadInput(f"{name}: not text in UTF-8, GB18030 or Big5; save it as UTF-8")
    return max(found, key=lambda each: (each[0], "\ufffd" not in each[2]))[2]


def _declared(raw: bytes, declared: str) -> list[str]:
    match = _DECLARED.search(raw[:4096])
    names = [declared.strip().lower(), match[1].decode("ascii").lower() if match else ""]
    return [known for known in (_known(_ALIASES.get(n, n)) for n in names if n) if known]


def _known(name: str) -> str:
    """A text encoding's name as Python knows it, or nothing. Single-byte charsets fit any bytes and prove nothing."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    return found.name if found.name in (*_GUESSED, "utf-16", "euc_jp", "shift_jis", "euc_kr") else ""


def _loosely(raw: bytes, encoding: str) -> str | None:
    """Strictly decoded, or with a few losses; None when the charset does not fit."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode(encoding, "replace")
        return text if text.count("\ufffd") <= _MOST_BROKEN * len(text) else None


def _with_losses(raw: bytes) -> str | None:
    """UTF-8 with a character cut here and there, as scripts that shorten text by bytes leave it."""
    text = raw.decode("utf-8", "replace")
    return text if text.count("\ufffd") <= _MOST_BROKEN * len(text) else None


def _strictly(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{name}: not {encoding} although it begins so ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from error
