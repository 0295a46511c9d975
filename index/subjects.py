"""What a figure counts: the noun phrase of its own clause that it belongs to, as a stretch of the text.

公职律师86人 counts what stands before it, 86名公职律师 what stands after it. A growth without a noun (、增长5%) and a
sum (总数达到98家) belong to what was counted before them; of 城镇、农村居民收入分别增长5%、6% each takes its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.figures import Figure, figures
from archive.text import sentences
from archive.types import Span
from index.words import Tagged, tagged

_Tokens = list[Tagged]

_NOUNS = ("n", "j", "l", "s", "i", "vn", "an", "eng", "zg", "t")
_NO_THING = frozenset("x m q f t d".split())
_BREAKS = frozenset("p d c uj r y u ul ad".split())
_CLOSING = "、，,。；;：:！!？?)）\n"
_QUOTES = "“”\"'‘’《》〈〉「」()（）—-·"
# what leads from a thing to its amount; the words that say how come before and after it
_HOW = (
    "同比 环比 年均 平均 实际 预计 预期 力争 累计 合计 总计 共计 共有 共 均 都 又 再 已 将 首次 历史性 进一步 "
    "持续 继续 一举 分别 约 近 超 逾 目标 现 仅 只 大 还 净 率先 成功 稳步 陆续 先后 全年 当年 年内 当前 目前 左右 "
    "也 仍 只有 大约 至少 最多 可 可以 能 应当 应 须 不得 连续"
)
_LINKS = (
    "增长 下降 提高 降低 提升 减少 上升 增加 回落 压减 缩减 增 减 降 升 增至 降至 升至 增长到 提高到 提高至 "
    "提升到 提升至 下降到 下降至 降低到 降低至 增加到 增加至 上升到 上升至 达到 达 达成 至 到 为 是 有 占 突破 "
    "超过 破 高于 低于 多于 少于 稳定在 保持在 控制在 保持 维持在 稳定 控制 压降 退出 开行 完成 实现 排名 位居 "
    "居 拥有 扩大 扩大到 扩大至 扩大为 缩短 缩短至 缩短到 压缩 压缩至 压缩到 延长 延长至 建成 投产 建成投产 "
    "竣工 开工 投用 落地 超 跃升 跃升至 跃升到 攀升至 降幅达 降幅 增幅达 增幅 在 以 按 按照 设 设有 收 交 罚 处 "
    "从 由 历时 时隔 连跨 跨上 迈上 站上 登上 跃上 踏上 "
    "需 需要 发 成交 新增 净增 增加了 减少了 提高了 下降了 增长了 上调 下调 上调至 下调至 提至 减至"
)
_TRAILING = re.compile(
    "(?:"
    + "|".join(sorted({*_HOW.split(), *_LINKS.split()}, key=len, reverse=True))
    + r"|(?:较|(?<![占同环对])比(?![重例率]))[^，,、。]{1,14}"
    r"|(?:高于|低于|高出|超出|超过|超|高|低)(?:全[国省市区县]|国家|上年|去年)[^，,、。]{0,8}"
    r"|每(?:平方米|立方米|平方公里|千人|万人|百人|人|生|户|年|月|天|亩|吨)"
    r"|全[国省市区县]|[了的])$"
)
_EMPTY = re.compile(
    r"(?:总数|总量|总额|总计|数量|占比|比重|比例|增速|增幅|涨幅|降幅|规模|同比|环比|其中|合计|高|低|高于|低于|全[国省市区县]|平均水平|平均|上年|去年|左右|、|，|,|和|及|并|且|由|从|自|又|的)*"
)
_WHEN = frozenset(
    (
        _HOW + " 去年 今年 上年 年末 年底 截至目前 迄今 现在 至今 同时 其中 日前 期间 确保 推动 调度 "
        "今年以来 去年以来 年初以来 近年来"
    ).split()
)
_FIRST = re.compile(
    rf"[{re.escape(_CLOSING)} ]*(?:[①-⑳]|[一二三四五六七八九十]{{1,3}}是|\d+[.．、])?"
    r"(?:(?:新|大)?(?:台阶|关口|大关|新高|新低)、)?(?:(?:19|20)\d{2}年(?:度|全年|以来|底|末)?)?"
)
_AND = frozenset("和与及")
_ENDS = frozenset("，,；;")
_NEVER_LAST = "达超破占"
_LAST = frozenset("雷达 发达 马达 到达 抵达 侵占 高超".split())
_DO = (
    "新增 新增加 新建 新改建 新培育 改建 改造 更新 更新改造 建成 建设 建立 打造 培育 实施 完成 发放 办理 举办 "
    "开展 组织 发展 办结 引进 化解 查处 整治 出台 制定 修订 审查 受理 推出 创建 投入 下达 争取 安排 减免 兑现 "
    "选派 认定 获批 设立 招聘 处置 排查 检查 整改 签约 落地 开工 竣工 投产 取消 下放 调解 破获 抓获 侦破 立案 "
    "布局 开通 新设 收治 接待 救助 帮扶 资助 奖励 筹集 拨付 募集 接收 捐赠 生产 储备 配备 派出 出动 实现 服务 "
    "覆盖 惠及 带动 推动 促进 支持 吸引 集聚 拥有 保障 解决 供应 处理 重组 确保 力争 推进 启动 完善 提升 提高 "
    "治理 恢复 修复 淘汰 关闭 清退 建 有 为 使 让 获 获得 荣获 入选 成为 累计 应对 避让 曝光 撤销 规范 加快 "
    "共建 扩建 续建 改扩建 盘活 新开 新开工 新开通 推广 参加 参与 发布 发生 查获 追回 挽回 缴获 调处 走访 慰问 "
    "检测 采集 录入 办 办成 做好 抓好 办好 压减 压降 减少 增加 降低 缩短 扩大 安置 转移 招引 引育 征集 收集 "
    "梳理 制发 印发 提请 审议 报告 承办 核发 核查 查办 起诉 批捕 审结 受案 执结 审判 开行 喜摘 摘得 斩获 现有 "
    "实有 已有 选树 评选 命名 表彰 遴选 推荐 输送 调整 优化 布设 投放 投用 启用 运营 建好 建强 做强 做大 聘任 "
    "聘用 任命 录用 招录 招收 延续 执行 清理 攻克 签署 签订 达成 撤并 废止 消除 "
    "加密 出让 收回 提供 免费 提取 发挥 投运 开办 创办 兴办 创造 搭建 构建 组建 筹建 修建"
)
_VERBS = frozenset(_DO.split())
# of these, what also stands before a noun as a part of its name: 改造项目, 保障房
_NAMING = frozenset(
    (
        "服务 保障 治理 建设 培育 监测 推广 生产 储备 发展 改造 更新 调整 优化 供应 检查 修复 恢复 报告 更新改造 "
        "检测 审判 起诉 运营 推荐 安置 转移 救助 帮扶 资助 奖励 配备 培训 组织 调解 整治 审查 创建 规范 提升 处理 "
        "共建 扩建 续建 改扩建 "
        "投入 创造 布局 安排 减免 排查 受理 办理 接待 处置 招聘 投放 任命 表彰 采集 签约 提高 扩大"
    ).split()
)
_MAIN = _VERBS - _NAMING
_PREDICATES = frozenset(
    (
        "实现 获 获批 获评 入选 进入 获得 荣获 开工 建成 投产 投用 启动 落地 通过 完成 达到 加快 推进 纳入 参加 "
        "上榜 成为 投入 位列 退出 运营 开通 上线 全部 擦亮 远离 带动 覆盖 升格 向 在 以 被 将 已 均 全面 稳步 "
        "持续 取得 免费 提前 成功 可 应当 可以 应 须 不得 提供 享受 担任 晋级 晋升 梯次 统筹 倍感 新 如期 "
        "如期完成 组成 负责 决定 连续 顺利 相继 陆续 首次 高速 快速 有序 中 内 投入使用"
    ).split()
)
# verbs that stand before a noun as its attribute: 脱贫人口
_ATTRIBUTES = frozenset("脱贫 失业 参保 在建 离岛 入境 出境 返贫 流动 在校 招生 就业 集采 跨境".split())
# what begins the name of a thing, though it looks like what is measured, or is short: 规模以上企业, 非刚性支出
_ATTRIBUTIVE = frozenset("规模 非".split())
_GROUPS = frozenset("人员 家庭 群众 对象 群体 人群 户".split())
# what is measured of a doing: 死亡人数, 应诉率, 信访总量
_MEASURED = tuple("数 率 量 额 值 比例 比重 占比 面积 能力 强度 水平 时间 时长 期限 成本 速度 规模".split())
_PERSONS = frozenset("人 名 位 人次".split())
_EVERYWHERE = frozenset(
    "全局 全省 全市 全区 全县 全州 全国 全系统 我局 我市 我省 我区 本局 全院 全校 全镇 全乡 全街道 全旗 全盟".split()
)
# what some measure words count, by its last characters
_PERSON = tuple(
    (
        "人 员 者 生 师 警 兵 手 工 匠 干部 群众 居民 村民 农民 专家 人才 代表 博士后 博士 硕士 户 骨干 儿童 劳动力"
    ).split()
)
_HOUSE = tuple(
    ("企业 公司 机构 单位 银行 医院 店 厂 社 院 所 馆 中心 集团 户 平台 协会 部门 主体 小巨人 独角兽 园 站").split()
)
_SCHOOL = tuple("学校 院校 大学 高校 中学 小学 幼儿园 学院 高中 初中 医院 馆 所 中心 站".split())
_HOUSEHOLD = tuple("户 家庭 人家 居民 农民 村民 群众 企业 主体 商家".split())
_FOLK = tuple("群众 居民 农民 村民 农户 农牧户 牧民 学生 老年人".split())
_COUNTED = {**dict.fromkeys(("人", "名", "位"), _PERSON), "家": _HOUSE, "所": _SCHOOL, "户": _HOUSEHOLD, "": _FOLK}
# what a growing thing passes: it is this that the figure is of
_REACHED = frozenset("台阶 新台阶 大台阶 关口 大关 位次 名次".split())
_PLACES = frozenset("所 院 区 站 室 点 馆 园 县 市 村 镇 乡 队 库 带 圈 港 厂".split())
# how far words are read from a figure, and figures in a list: a clause of a hostile text has no end
_REACH = 100
_LONGEST_LIST = 12
_OF_ALL = re.compile("占[^，,、]{1,30}(?:比重|比例|份额)$")
# 一年来 and 近16年新高 say of what time something else is
_SINCE = re.compile("以?来(?![源自访往])|(?:新高|新低|最[高低好大小多少快]|同期)")
_PARENTHESIS = re.compile(r"[（(][^（）()]*[）)]$")


def subjects(text: str, within: Span) -> Iterator[tuple[Figure, Span | None]]:
    """The figures of a stretch of canonical text, in order, each with what it counts; None where nothing says it."""
    for sentence in sentences(text, within):
        carried: Span | None = None
        found = list(figures(text, sentence))
        for at, figure in enumerate(found):
            subject = _subject(text, found, at, carried)
            carried = subject or carried
            yield figure, subject


def _subject(text: str, found: list[Figure], at: int, carried: Span | None) -> Span | None:
    figure = found[at]
    if figure.kind == "duration" and _SINCE.match(text, figure.after.start, figure.after.end):
        return None
    if figure.kind == "duration" and (done := _done_within(text, figure)):
        return done
    after = _after(text, _behind(found, at), figure.unit)
    if after and (figure.kind == "count" or _is_of_it(text, figure) or _stands_first(text, figure)):
        return after
    before = _share_of(text, found, at) or _before(text, figure.before, figure.kind == "count")
    if not before or before.of(text) in _EVERYWHERE:
        before = _what_they_did(text, figure) or before
    if not before or (after and _is_doing(text, before)):
        before = _done_to(text, figure, after) or before
    return before or carried or after


def _is_doing(text: str, span: Span) -> bool:
    return all(token.word in _VERBS for token in tagged(text, span))


def _behind(found: list[Figure], at: int) -> Span:
    """The words after a figure; of 40万3岁以下婴幼儿 those after both."""
    touches = at + 1 < len(found) and found[at].span.end == found[at + 1].span.start
    return found[at + touches].after


def _done_within(text: str, figure: Figure) -> Span | None:
    """六十日内作出决定: what is to be done in that time."""
    stretch = _first_of(figure.after).of(text)
    match = re.match(r"[之以]?内[,，]?(?P<done>[^,，、。；;：:]{2,})", stretch)
    if not match and figure.hedge.endswith("内"):
        match = re.match(r"[,，]?(?P<done>[^,，、。；;：:]{2,})", stretch)
    return Span(figure.after.start + match.start("done"), figure.after.start + match.end("done")) if match else None


def _is_of_it(text: str, figure: Figure) -> bool:
    """94%的农村人口, 六成降雨."""
    return figure.kind == "share" and (figure.unit in ("", "成") or text.startswith("的", figure.after.start))


def _stands_first(text: str, figure: Figure) -> bool:
    """50%以上村卫生室, 8英寸晶圆: nothing before it that it could be of."""
    return figure.kind in ("share", "size") and not figure.before.of(text).strip()


def _what_they_did(text: str, figure: Figure) -> Span | None:
    """101人通过考试: persons are told apart by what they do."""
    tokens = tagged(text, _first_of(figure.after)) if figure.unit in _PERSONS else []
    end = next((at for at, token in enumerate(tokens) if token.word in _CLOSING), len(tokens))
    return _trimmed(text, tokens[:end]) if end and tokens[0].kind in ("v", "vn", "p") else None


def _done_to(text: str, figure: Figure, after: Span | None) -> Span | None:
    """设立20亿元基金: a verb before the figure takes what stands after it."""
    tokens = tagged(text, _last_of(figure.before))
    return after if tokens and tokens[-1].word in _VERBS else None


def _after(text: str, stretch: Span, unit: str) -> Span | None:
    """The noun phrase that a stretch begins with, up to what this measure word counts."""
    start = stretch.start + text.startswith("的", stretch.start, stretch.end)
    tokens = tagged(text, _first_of(Span(start, stretch.end)))
    if not tokens or tokens[0].word in _CLOSING or tokens[0].word in _PREDICATES:
        return None
    taken: _Tokens = []
    quoted = False
    for at, token in enumerate(tokens):
        quoted = (quoted or token.word in "“‘「") and token.word not in "”’」"
        if token.word in "（(" or not (quoted or _goes_on(token, taken, tokens[at + 1 :])):
            break
        taken.append(token)
    if len(taken) > 1 and taken[-1].word == "建设" and _is_noun(taken[-2]):
        taken.pop()
    if taken and taken[-1].word in _REACHED:
        return None
    return _trimmed(text, _up_to_counted(taken, unit))


def _up_to_counted(taken: _Tokens, unit: str) -> _Tokens:
    """Of 2200家企业交通线上监管 the 企业, for 家 counts no 监管: up to the last word that the measure word fits."""
    fitting = _COUNTED.get(unit, ())
    last = next((at for at in range(len(taken) - 1, -1, -1) if taken[at].word.endswith(fitting)), len(taken) - 1)
    return taken[: last + 1] if fitting else taken


def _goes_on(token: Tagged, taken: _Tokens, rest: _Tokens) -> bool:
    if token.word in _QUOTES:
        return True
    if taken and (_ends_a_name(token, rest) or _joins_attributes(taken[-1], token, rest)):
        return True
    if token.word in _CLOSING or token.kind in _BREAKS:
        return token.kind == "uj" and bool(taken) and _begins_a_thing(rest)
    if not any(map(_is_noun, taken)):
        return True
    if token.word == "新":
        return bool(rest) and _is_noun(rest[0])
    if _begins_a_predicate(token, rest):
        return False
    if token.word in _MAIN:
        return bool(rest) and _ends_a_name(rest[0], rest[1:])
    return token.kind != "v" or _names(rest)


def _begins_a_thing(rest: _Tokens) -> bool:
    """医生, 退休医生."""
    is_attribute = len(rest) > 1 and rest[0].kind in ("v", "a", "b") and _is_noun(rest[1])
    return bool(rest) and (_is_noun(rest[0]) or is_attribute)


def _begins_a_predicate(token: Tagged, rest: _Tokens) -> bool:
    """党支部|开展, 派出所|全面推广, 工程|汛前完工, 事项|基础上."""
    if (
        token.word in _PREDICATES
        or token.word.startswith(("全面", "提前"))
        or (token.kind == "t" and token.word[-1] in "前后")
    ):
        return True
    return token.word in ("基础", "情况", "过程") and bool(rest) and rest[0].word in ("上", "下", "中")


def _joins_attributes(last: Tagged, token: Tagged, rest: _Tokens) -> bool:
    """省级和国家级绿色工厂, 宜居宜业和美乡村, 低保和特困人员."""
    following = rest[0].word if token.word in _AND and rest else ""
    if following and len(rest) > 1 and rest[1].word in _GROUPS and last.word not in _GROUPS:
        return True
    return following == "美" or (last.word.endswith("级") and following.endswith("级"))


def _names(rest: _Tokens) -> bool:
    """Whether a verb is a part of a name: after it, and other verbs, comes one noun and no more (城中村改造项目)."""
    at = next((at for at, token in enumerate(rest) if token.kind != "v"), len(rest))
    if at < len(rest) and any(_ends_a_name(token, rest[n + 1 :]) for n, token in enumerate(rest[at : at + 2], at)):
        return True
    if at == len(rest) or not _is_noun(rest[at]):
        return False
    following = rest[at + 1] if at + 1 < len(rest) else None
    return (
        following is None
        or following.word in _CLOSING
        or following.kind in (*_BREAKS, "v")
        or following.word in _PREDICATES
    )


def _ends_a_name(token: Tagged, rest: _Tokens) -> bool:
    """Whether this is the 所 of 示范所 or the 区 of 集聚区, whatever it is tagged as."""
    return token.word in _PLACES and (not rest or rest[0].word in _CLOSING)


def _is_noun(token: Tagged) -> bool:
    return token.kind.startswith(_NOUNS) and token.word not in _QUOTES


def _before(text: str, stretch: Span, counts: bool = False) -> Span | None:
    """The noun phrase that the words before a figure end with; of what is counted, less 总数."""
    stretch = _unlinked(text, _last_of(_lead(text, stretch)))
    if counts and (total := re.search("(?:总数|总量|数量)$", stretch.of(text))):
        stretch = _unlinked(text, Span(stretch.start, stretch.start + total.start()))
    if beside := _PARENTHESIS.search(stretch.of(text)):
        stretch = Span(stretch.start, stretch.start + beside.start())
    if _EMPTY.fullmatch(stretch.of(text)):
        return None
    share = _OF_ALL.search(stretch.of(text))
    if share and not share.start():  # 占全部出口比重: of what stands before
        return None
    closed = stretch.start + share.start() if share else stretch.end
    tokens = _last_phrase(_without_lead(tagged(text, stretch)), closed)
    while tokens and (tokens[0].kind == "uj" or tokens[0].word == "好"):  # 推进好总投资
        tokens.pop(0)
    if any(token.word in _AND for token in tokens[:2]):  # 新建和改造提升高标准农田
        tokens = _without_lead(tokens)
    return _trimmed(text, tokens) if any(token.word not in _MAIN for token in tokens) else None


def _last_phrase(tokens: _Tokens, closed: int) -> _Tokens:
    """The words after the last one that a noun phrase cannot go on from; not within quotes, nor from `closed` on."""
    quoted = bool(tokens) and tokens[-1].word in "”’」"
    for at in range(len(tokens) - 2, -1, -1):
        quoted = (quoted or tokens[at].word in "”’」") and tokens[at].word not in "“‘「"
        if not quoted and tokens[at].span.start < closed and _breaks(tokens[at], tokens[at + 1 :]):
            return tokens[at + 1 :]
    return tokens


def _without_lead(tokens: _Tokens) -> _Tokens:
    """The words less those that lead to the thing: verbs, times, adverbs."""
    at = 0
    while at + 1 < len(tokens):
        if _joins_verbs(tokens[at : at + 3]):
            at += 2
        elif _leads_in(tokens[at], tokens[at + 1]) and not _joins_names(tokens[at : at + 2]):
            at += 1
        else:
            break
    return tokens[at:]


def _joins_verbs(tokens: _Tokens) -> bool:
    """新建和改造."""
    return len(tokens) == 3 and tokens[1].word in _AND and {tokens[0].word, tokens[2].word} <= _VERBS


def _joins_names(tokens: _Tokens) -> bool:
    """和美乡村, 本科及以上."""
    return tokens[0].word in _AND and tokens[1].word.startswith(("美", "以"))


def _breaks(token: Tagged, rest: _Tokens) -> bool:
    """Whether a noun phrase cannot go on from this word; it does from what is measured of doings (调处化解率)."""
    if len(rest) == 1 and rest[0].word in _PLACES:  # 集聚区
        return False
    if token.word in _MAIN or (token.kind == "l" and token.word[-2:] in _MAIN):
        thing = next((t for t in rest if t.word not in _MAIN and t.kind != "v"), rest[-1])
        nearest = (rest[0],) if token.word == "累计" else (rest[0], thing)
        return not any(t.word.startswith(_MEASURED) for t in nearest)
    if (token.word == "等" and len(rest) == 1) or (token.kind == "ad" and rest[0].word == "、"):
        return False
    return (token.kind in _BREAKS - {"uj"} and token.word not in _AND) or token.word in _ENDS


def _leads_in(first: Tagged, second: Tagged) -> bool:
    if first.word in _VERBS or (first.kind == "v" and first.word not in _ATTRIBUTES):
        is_thing = len(second.word) > 1 and not second.word.endswith(_MEASURED)
        return is_thing or second.word in _QUOTES or second.word in _ATTRIBUTIVE
    if first.word in _EVERYWHERE and second.kind == "v":  # 全区接待游客
        return True
    return first.word in _WHEN or first.word in _CLOSING or first.kind in ("d", "c", "p", "ad") or first.word == "新"


def _lead(text: str, stretch: Span) -> Span:
    start = stretch.start
    start += len(_FIRST.match(text, start, stretch.end)[0])  # type: ignore[index]  # it matches nothing at least
    return Span(start, stretch.end)


def _unlinked(text: str, stretch: Span) -> Span:
    """The stretch without the words at its end that lead to the amount."""
    end = stretch.end
    while match := _TRAILING.search(text[stretch.start : end].rstrip()):
        if not match[0]:
            break
        cut = stretch.start + match.start()
        if _splits(text, Span(stretch.start, end), cut):
            break
        end = cut
    while end > stretch.start and text[end - 1] in " （(":
        end -= 1
    return Span(stretch.start, max(end, stretch.start))


def _first_of(stretch: Span) -> Span:
    return Span(stretch.start, min(stretch.end, stretch.start + _REACH))


def _last_of(stretch: Span) -> Span:
    return Span(max(stretch.start, stretch.end - _REACH), stretch.end)


def _splits(text: str, stretch: Span, cut: int) -> bool:
    """Whether a cut goes through a word (增|长率, 水|平)."""
    if stretch.end - cut > 1:
        return False
    word = next((t.word for t in tagged(text, stretch) if t.span.start < cut < t.span.end), "")
    return bool(word) and (word[-1] not in _NEVER_LAST or word in _LAST)


def _share_of(text: str, found: list[Figure], at: int) -> Span | None:
    """Of A、B和C分别…x、y和z the one that is at the figure's place."""
    first = at
    while first > at - _LONGEST_LIST and first and _is_list(text, found[first - 1], found[first]):
        first -= 1
    words = _last_of(_lead(text, found[first].before))
    match = re.match(r"(?P<things>.+?)(?P<each>分别|各|依次)", words.of(text), re.DOTALL)
    if not match or match["each"] == "各":
        return None
    count = 1
    while (
        count < _LONGEST_LIST
        and first + count < len(found)
        and _is_list(text, found[first + count - 1], found[first + count])
    ):
        count += 1
    things = list(re.finditer("[^、]+", match["things"]))
    if len(things) < count:  # 和 also stands inside of names
        things = list(re.finditer("(?:[^、和与及]|(?<=[普以涉惠])及)+", match["things"]))
    if len(things) < count or at - first >= count:
        return None
    thing = things[len(things) - count + at - first]
    span = Span(words.start + thing.start(), words.start + thing.end())
    return _before(text, span) or span


def _is_list(text: str, one: Figure, other: Figure) -> bool:
    return text[one.span.end : other.span.start].strip() in ("、", "和", "与", "及", "，", ",")


def _trimmed(text: str, tokens: _Tokens) -> Span | None:
    """The stretch of some tokens, which must hold a noun or be one word, less marks at its ends."""
    tokens = list(tokens)
    while tokens and tokens[0].word in _CLOSING + "）)”’—-·":
        tokens.pop(0)
    while tokens and tokens[-1].word in _CLOSING + "（(“‘—-·":
        tokens.pop()
    if not tokens or all(t.kind in _NO_THING for t in tokens):
        return None
    span = Span(tokens[0].span.start, tokens[-1].span.end)
    beside = _PARENTHESIS.search(span.of(text))
    return Span(span.start, span.start + beside.start()) if beside and beside.start() else span
