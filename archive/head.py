"""What a document prints about itself: number (文号), issuers, dates, and what it repeals or amends.

A number is `国发〔2023〕12号` in any bracket and width (GB/T 9704-2012 §7.2.5), or an order's `令第181号`. The
成文日期 is printed at the end, below the issuer, in figures or Chinese numerals (§7.3.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from archive.numerals import value_of
from archive.structure import DAY, SIGNATURE
from archive.text import fold
from archive.types import Facts, Relation, Section, Span

_YEAR = r"(?:19|20|１９|２０)[0-9０-９]{2}"
_NUMBER = re.compile(
    rf"([\u4e00-\u9fff]{{1,16}})[ ]?[〔\[［【(（﹝〈{{][ ]?({_YEAR})[ ]?年?[〕\]］】)）﹞〉}}][ ]?第?[ ]?([0-9０-９]{{1,5}})[ ]?号"
)
_ORDER = re.compile(
    rf"(?:令|公告|通告)[ ]?[（(]?[ ]?(?:({_YEAR})年)?[ ]?第[ ]?([0-9０-９]{{1,5}}|[一二三四五六七八九十百〇零]{{1,6}})[ ]?号[)）]?|第[ ]?([0-9０-９]{{1,5}})[ ]?号令"
)
_CITED = re.compile(r"《[^《》]*》(?:[（(][^（）()]*[)）])?")
_DAY = re.compile(DAY)
_NUMERIC_DAY = re.compile(rf"({_YEAR})[ ]?[-年/.．][ ]?([0-9０-９]{{1,2}})[ ]?[-月/.．][ ]?([0-9０-９]{{1,2}})日?")
_TIME = re.compile(rf"(?:{_NUMERIC_DAY.pattern}|{DAY})(?:[ ]?[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?)?")
_HAN_DAY = re.compile(
    r"([〇○零O0一二三四五六七八九]{4})年[ ]?([一二三四五六七八九十〇]{1,3})月[ ]?([一二三四五六七八九十〇]{1,3})日"
)
_DONE = re.compile(r"通过|公布|发布|修正|修订|批准|施行|颁布|印发|会议|大会")
_DONE_ON = re.compile(rf"{DAY}(?:(?!{DAY})[^起]){{0,120}}?(?:通过|公布|发布|修正|修订|批准|颁布|印发|会议|大会)")
_SPOKEN = re.compile(rf"^[（(—–\-─ ]*(?P<day>{DAY})[ ]?(?:在|，).{{2,60}}(?:会议|大会|常委会|次全会)上?", re.M)
_THIS = r"本(?![市省区县院局人次地村校单])[\u4e00-\u9fff]{0,6}?(?:法|法典|条例|办法|规定|细则|规则|准则|通则|章程|解释|规程|通知|公告|通告|意见|决定|命令|令|方案|规划|措施|预案|制度|标准|指南|指引|目录|清单|规范|政策)"
_EFFECTIVE = re.compile(
    rf"{_THIS}(?:[^。；\n第]{{0,40}}[，,]|[^。；，,\n第]{{0,12}})(?:自|从)[ ]?(?P<day>{DAY})[ ]?起[^，。；]{{0,4}}(?:施行|实施|执行|生效)"
)
_AT_ONCE = re.compile(
    rf"{_THIS}[^，。；第]{{0,12}}(?P<since>自(?:公布|发布|印发|颁布|发文)之日起(?:满?[^，。；]{{1,6}}[日天月年]后)?)(?:正式|开始|起)?(?:施行|实施|执行)"
)
_ORGAN = (
    r"(?:人民政府|办公厅|办公室|委员会|总局|总署|总会|联合会|管理局|中心|法院|检察院|银行|大队|支队|总队|军委|党委|工委|省委|市委|区委|县委|中央|国务院|政协"
    r"|局|委|厅|部|署|院|办|会|府|处|社|集团|公司)"
)
ENDS_IN_ORGAN = re.compile(_ORGAN + "$")
_BY_TITLE = re.compile(
    rf"^(?P<by>[\u4e00-\u9fff、，（）() ]{{2,80}}?{_ORGAN}(?:等[0-9一二三四五六七八九十]*(?:个)?(?:部门|单位))?)[ ]?(?:印发|转发|发布|公布)?(?:《|关于|印发|[0-9]{{4}}年)"
)
_MADE_BY = re.compile(
    r"(?:第[^\s第]{1,6}届)?(?:^|(?<=[日 ，（(届]))([\u4e00-\u9fff]{0,12}?人民代表大会(?:常务委员会)?)(?:第|公告|\d|主席团)|(国务院)令|(?:^|(?<=[日 ，（(]))([\u4e00-\u9fff]{2,12}(?:部|局|委员会|人民政府|署|行|总局|院))令"
)
_AT_MEETING = re.compile(r"在.{2,40}(?:会议|大会)上")
RED_HEAD = re.compile(r"(?P<by>[^，。：《》]{2,40}?)(?:文件|公报|明电)")
_CITING = re.compile("根据|按照|依照|依据")
_TERM = re.compile(r"第[一二三四五六七八九十百\d]{1,4}届")
_REPEALS = re.compile(r"同时废止|予以废止|即行废止|自行废止|相应废止|停止执行|同时失效")
_TITLE_AMENDS = re.compile(r"关于(修改|修订|修正|废止)[《〈](.+)[》〉](?:等[^的]*)?的?(?:部分条款)?的?决定")
_AMENDED = re.compile(
    r"[《〈]((?:[^《》〈〉]*[〈《])?[^《》]*关于修[改订正][^《》]*?)[》](?:[^，。；]{0,12})(?:修正|修订|第[一二三四五六七八九十]+次)"
)
_NAME = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》(?:[（(]([^（）()]*号)[)）])?")

_LABELS = {
    "number": "文号|发文字号|文件编号|发文文号",
    "issued_on": "成文日期|发文日期|制定日期|签发日期|印发日期|公布日期|颁布日期",
    "published_on": "发布日期|发布时间|发表时间|公开日期|日期|时间|更新时间|来稿时间",
    "issuer": "发文机关|发文机构|发文单位|制定机关|颁布单位|颁布部门",
    "publisher": "来源|信息来源|文章来源|稿源|稿件来源|发布机构|发布单位|发布机关|公开机构|责任部门|供稿单位",
    "index_number": "索引号|索取号|信息索引号",
    "category": "主题分类|主题|分类|信息分类|体裁分类|主题词|组配分类",
    "effective_on": "施行日期|实施日期|生效日期",
    "title": "标题|名称|信息名称|文件名称",
}
_FIELD = re.compile("|".join(rf"(?P<{name}>(?:{labels}))" for name, labels in _LABELS.items()))


def _spaced(labels: str) -> str:
    """Alternatives, longest first, that may be printed with blanks inside (来 源, 索 引 号)."""
    return "|".join("[ ]?".join(label) for label in sorted(labels.split("|"), key=len, reverse=True))


_IDLE = "有效性|文件状态|废止日期|失效日期|作者|责任编辑|编辑|公开方式|公开形式|公开范围|发布状态|有效期|审核|校对|签发人|公文种类|文种"
_WIDGET = r"(?:浏览|阅读|访问|点击)(?:次数|量|数|率)?[ ]?[:：]|(?:浏览)?(?:字号|字体)(?:大小)?[ ]?[:：]?|分享到?(?:至)?[ ]?[:：]?|打印(?:本页)?|关闭(?:窗口)?|听全文|收藏"
_LABEL = re.compile(
    rf"(?<![\u4e00-\u9fff])(?:{_spaced('|'.join([*_LABELS.values(), _IDLE]))})[ ]?[:：】]"
    rf"|(?:(?<=[ \d])|(?<=^))[【\[]?(?:{_WIDGET})|(?:浏览|阅读|访问|点击)(?:次数|量|数|率)[ ]?[:：]"
)
_LONGEST_FIELDS = 400
_LONGEST_SIGN = 16
_LONGEST_SENTENCE = 600
_NO_VALUE = re.compile(r"[-—–/无暂 ]*")


def normalised_number(printed: str) -> str:
    """`国发[2023]12号`, `国发（２０２３）第12号` → `国发〔2023〕12号`; anything else as printed, half-width."""
    match = _NUMBER.search(printed)
    if not match:
        return fold(printed).replace(" ", "")
    return f"{match[1]}〔{fold(match[2])}〕{int(fold(match[3]))}号"


def is_number(line: str) -> bool:
    """Whether a line is a 文号 and nothing else."""
    return _NUMBER.fullmatch(line.strip("（）() ")) is not None


def numbers_in(text: str) -> Iterator[tuple[Span, str]]:
    """Every 文号 or order's number of a text with its place, as a document that prints it would have it as its own.

    What stands directly before the issuer's sign belongs to the match (请问国发〔2023〕12号): only a list of numbers can
    tell where the sign begins.
    """
    found = [(Span(*m.span()), normalised_number(m[0])) for m in _NUMBER.finditer(text)]
    for match in _ORDER.finditer(text):
        sign = re.search(r"[^\W\d_日]*$", text[max(0, match.start() - _LONGEST_SIGN) : match.start()])
        start = match.start() - (len(sign[0]) if sign else 0)
        found.append((Span(start, match.end()), fold(text[start : match.end()]).replace(" ", "").strip("()")))
    yield from sorted(found)


def labelled(line: str) -> dict[str, str] | None:
    """The head fields of a line: `发布日期：2024-03-05 来源：司法局` → {"published_on": …, "publisher": …}.

    None for a line that holds anything else; empty when its labels have no value or none worth keeping. A row of
    a table may hold label and value in cells of their own.
    """
    if len(line) > _LONGEST_FIELDS:
        return None
    line = (
        re.sub(r"(?:^|(?<= \| ))([\u4e00-\u9fff]{2,5}) \| ", _joined_cells, line).replace(" | ", " ").strip("[]【】 ")
    )
    labels = list(_LABEL.finditer(line))
    if not labels:
        return None
    before = line[: labels[0].start()].strip(" |[]")
    found = {"published_on": _printed_day(before)} if _TIME.search(before) and len(before) < 160 else {}
    if before and not found:
        return None
    for label, after in zip(labels, [*labels[1:], None], strict=True):
        value = line[label.end() : after.start() if after else len(line)].strip(" |[]【】")
        name = _FIELD.fullmatch(re.sub("[ :：】]", "", label[0]))
        if name and name.lastgroup and not _NO_VALUE.fullmatch(value):
            found.setdefault(name.lastgroup, _printed_day(value) if name.lastgroup.endswith("_on") else value)
    return found


def _printed_day(value: str) -> str:
    match = _TIME.search(value)
    return match[0] if match else value


def _joined_cells(match: re.Match[str]) -> str:
    return f"{match[1]}：" if _LABEL.fullmatch(match[1] + "：") else match[0]


def day_in(text: str) -> date | None:
    """The first day printed in figures or Chinese numerals; None without one or for an impossible one."""
    return next(days_in(text), None)


def days_in(text: str) -> Iterator[date]:
    """Every day printed, in order."""
    found = [(m.start(), m.groups()) for p in (_NUMERIC_DAY, _HAN_DAY) for m in p.finditer(text)]
    for _, (year, month, day) in sorted(found):
        try:
            yield date(_year(year), int(value_of(month) or 0), int(value_of(day) or 0))
        except ValueError:
            continue


def _year(printed: str) -> int:
    return int(
        "".join(
            str("〇一二三四五六七八九".find(c)) if c in "一二三四五六七八九" else c
            for c in fold(printed).translate(_ZERO)
        )
    )


_ZERO = str.maketrans("〇○零o", "0000")


def read_facts(text: str, title: str, fields: dict[str, str], sections: Sequence[Section]) -> Facts:
    """The facts a document prints, from its fields, title, opening lines and signature."""
    opening = _opening(text, sections)
    signature = _signature(text, sections)
    issued = (
        day_in(fields.get("issued_on", ""))
        or _last_day(opening)
        or day_in(signature)
        or _spoken_on(text)
        or day_in(fields.get("published_on", ""))
    )
    return Facts(
        title=title,
        issuer=_issuer(title, opening, signature, fields),
        number=_number(fields, title, opening),
        issued_on=issued,
        publisher=fields.get("publisher", "")[:60],
        effective_on=day_in(fields.get("effective_on", "")) or _effective_on(text, issued),
        index_number=fields.get("index_number", "")[:60],
        category=fields.get("category", "")[:60],
        relations=tuple(dict.fromkeys(_relations(text, title, opening))),
    )


def _opening(text: str, sections: Sequence[Section]) -> list[str]:
    """The lines between title and first heading, at most the first dozen."""
    end = sections[1].span.start if len(sections) > 1 else len(text)
    return text[:end].split("\n")[1:13]


def _signature(text: str, sections: Sequence[Section]) -> str:
    return next((s.span.of(text) for s in sections if s.path == (SIGNATURE,)), "")


def _last_day(opening: Sequence[str]) -> date | None:
    """The latest 通过, 公布 or 修订 that stands under a statute's title."""
    days = [
        day
        for line in opening
        if len(line) < 400 and _DONE.search(line) and (_DAY.match(line.lstrip("（(— ")) or "号公布" in line)
        for done in _DONE_ON.finditer(line)
        if (day := day_in(done[0]))
    ]
    return max(days, default=None)


def _spoken_on(text: str) -> date | None:
    match = _SPOKEN.search(text[:2000])
    return day_in(match["day"]) if match else None


def effective(text: str) -> list[Span]:
    """Where a text prints from when it is in force itself (本办法自…): days, or 自公布之日起; none twice."""
    found = [Span(*m.span("day")) for m in _EFFECTIVE.finditer(text)]
    found += [Span(*m.span("since")) for m in _AT_ONCE.finditer(text)]
    return list({span.of(text): span for span in sorted(found)}.values())


def _effective_on(text: str, issued: date | None) -> date | None:
    printed = [span.of(text) for span in effective(text)]
    days = [day for words in printed if (day := day_in(words))]
    if days:
        return days[-1]
    return issued if printed and not printed[-1].endswith("后") else None


def _number(fields: dict[str, str], title: str, opening: Sequence[str]) -> str:
    if fields.get("number"):
        return normalised_number(fields["number"])[:60]
    for line in opening[:8]:
        if len(line) <= 60 and is_number(line):
            return normalised_number(line)
    lines = [title, *opening[:8]]
    for line in [*lines, *map("".join, pairwise(lines[:3]))]:
        longest = 200 if line[:1] in "（(" else 60
        bare = _CITED.sub("", line)
        if (match := _ORDER.search(bare)) and len(line) <= longest and not _CITING.search(bare[: match.start()]):
            return _order(bare, match)
    match = _NUMBER.search(_CITED.sub("", title))
    return normalised_number(match[0]) if match else ""


def _order(line: str, match: re.Match[str]) -> str:
    by = re.search(r"[^\W\d_日]*$", line[: match.start()])
    return fold((by[0] if by else "") + match[0]).replace(" ", "").strip("()")


def _issuer(title: str, opening: Sequence[str], signature: str, fields: dict[str, str]) -> str:
    if match := _BY_TITLE.match(title):
        return "、".join(_organs(match["by"]))
    if red_head := next(filter(None, map(RED_HEAD.fullmatch, opening[:3])), None):
        return "、".join(_organs(red_head["by"]))
    if made := [
        m for line in opening if len(line) < 400 and not _AT_MEETING.search(line) and (m := _MADE_BY.search(line))
    ]:
        return _TERM.sub("", next(filter(None, made[0].groups()), ""))
    by = [re.sub(DAY, "", line).strip("（）() ") for line in signature.split("\n")]
    organs = [organ for line in by if line and re.search(_ORGAN + "$", line) for organ in _organs(line)]
    return "、".join(organs) or fields.get("issuer", "")[:60]


def _organs(printed: str) -> list[str]:
    """`广州市民政局 广州市财政局`, also without the blank, as two."""
    found: list[str] = []
    for piece in re.split(r"[ 、，]+", printed):
        place = piece[:2]
        found += re.split(rf"(?<=[局委厅部会府院办])(?={re.escape(place)})", piece) if len(place) == 2 else [piece]
    return [organ for organ in found if organ]


def _relations(text: str, title: str, opening: Sequence[str]) -> Iterator[Relation]:
    if match := _TITLE_AMENDS.search(title):
        yield Relation("repeals" if match[1] == "废止" else "amends", match[2])
    for match in _REPEALS.finditer(text):
        for name in _NAME.finditer(_sentence_before(text, match.end())):
            yield Relation("repeals", name[1], normalised_number(name[2]) if name[2] else "")
    for line in opening:
        for match in _AMENDED.finditer(line[:_LONGEST_SENTENCE]):
            yield Relation("amended_by", match[1])


def _sentence_before(text: str, end: int) -> str:
    """What stands between the last sentence end and here."""
    return re.split(r"[。；\n]", text[max(0, end - _LONGEST_SENTENCE) : end])[-1]
