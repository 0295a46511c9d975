"""What kind of answer a question wants: a figure, a date, a name, a list, yes or no, a definition, or a passage."""

from __future__ import annotations

import re
from typing import Literal

from index.closed import EN_CLAUSE_BEFORE, en_wants_yes_or_no, zh_wants_yes_or_no

Asked = Literal["figure", "date", "span", "list", "yesno", "definition", "passage"]
NUMBERS: tuple[Asked, ...] = ("figure", "date")

# asks for a number; 好几个, 这几年 and 几乎 ask for none
ZH_SOME = r"(?<![好这那近])几(?!乎)"
# 多近 asks how near; 许多, 更多 and 多远程 ask nothing
ZH_HOW = "(?<![许更众诸很繁])多"
_ZH_HOW_FAR = rf"{ZH_HOW}[远近](?![程洋海郊期])"
_ZH_FIGURE = re.compile(
    rf"多少|{ZH_SOME}|百分之几|{ZH_HOW}(?:[大高长久宽厚快]|深(?![化入])|重(?![点要差]))|{_ZH_HOW_FAR}"
)
ZH_QUANTITY = re.compile(
    r"(?:率|比例|比重|占比|数量|总数|[人件次家户场期批天]数|人次|件次|批次|场次|金额|总额|总量|面积|期限|时限|年限|年龄|罚款|额度|保额|上限|下限"
    r"|里程|增速|增幅|增长目标|目标数|(?<=[\u4e00-\u9fff]{2})数)(?:是|为|达到?|有|[是有为]?多少|[?？。]|$)"
    r"|(?:怎么|如何|最高|最多)罚"
)
# bare keywords that end in, or hold, what is measured (粮食产量 2024年, 城镇新增就业 2025年目标)
_ZH_ASKS = re.compile(r"什么|[哪谁吗呢么]|如何|怎|是否|为何|何|多|几|[?？]")
_ZH_MEASURED = re.compile(
    r"产量|总产|吞吐量|分数线?$|周岁$|最[低高大小]年龄$|(?:收费|缴费|补助|补贴|赔偿|奖励|罚款)(?:标准|数额|金额)$|票价$|学费$|房价$|每(?:公斤|平方米|平米|[人户次天月年吨亩斤])[^,，]{0,8}(?:标准|费用?|价格?)$|[成交]易?额|货运量|客运量|装机|生产总值|gdp|(?:预算|财政|营业|人均)收入|[增涨降]幅|幅度|倍数|[套列个人次户天]数"
    r"|有效期|面积|里程|震级|(?:距离|间距|高度|宽度|深度|半径|浓度)$|资金$|罚款(?:上限|下限)?$|(?:提高|增长|下降|达)到$"
    r"|(?<!工作)(?<!主要)(?<!发展)(?<!总体)(?<!任务)目标$"
)
_HAN_COUNT = "[二两三四五六七八九十]|\\d+"
_ZH_LIST = re.compile(
    rf"哪些|哪(?:几|{_HAN_COUNT})[^年月天日号]|有哪|几(?:项|种|类|个|条|点|方面|大)[^?？。]*(?:是什么|是哪|叫什么|指什么|指的是)"
    rf"|(?:{_HAN_COUNT})(?:项|种|类|个|条|点|方面|大)[^?？。]{{0,14}}(?:是什么|是哪|叫什么|指什么|指的是|分别(?!有?多少|有?几)|各是)|分别(?:是|有|为|指|叫)(?!多少|几)|包括什么|都有什么|都有啥|有啥|有什么"
)
_ZH_DEFINITION = re.compile(
    r"^什么(?:是|叫)(?!什么)|^[^的,，]{2,14}(?:是指?|指的?)什么(?:意思)?[?？。]?$|什么意思|何谓|所称|的定义|的含义"
)
# a number that is a name counts nothing
_ZH_NUMBER = re.compile(r"电话|热线|号码|传真|邮编|账号|第几|文号|号是多少")
# 热线人员培训多少学时 counts, 热线是多少 asks for a number that is a name
_ZH_SO_MANY = re.compile("多少(?![呢啊吗呀哦号合])[\u4e00-\u9fff]")
_ZH_TITLE = re.compile("《[^》]*》")
_ZH_SHARES = re.compile(r"率(?!先|领)|比例|占比|百分之几")
_ZH_MORE = re.compile(r"(?:哪|谁).*更?[多高大少低小](?:一些|一点)?[?？。]?$|相差|差多少|多多少|少多少|高多少|低多少")
_ZH_SPAN = re.compile(
    r"谁|哪|何[地人处]|什么(?!是|时|样|措施|变化)|叫(?:什么|啥)|名称|名字|全称|电话|号码|地址|网址|邮箱|第几条"
)
# what is answered at length: whole clauses, not a name
_ZH_AT_LENGTH = re.compile(
    r"措施|举措|政策|要求|内容|条件|规定|部署|安排|补贴|支持|优惠|处罚|职责|任务|目标|作用|标准|流程|程序|材料|成效|成绩|成果|进展|问题|原因|情况|目的|意义|影响|好处|如何|怎么|怎样|为什么"
)
_ZH_DATE = re.compile(
    r"何时|什么时候|什么时间|哪一?年|哪一?天|哪个?月|几月|何日|何年|(?:时间|日期)(?:是|为|[?？。]?$)|起施行的时间|哪日"
)
_EN_FIGURE = re.compile(
    r"\bhow (?:many|much|often|frequently|long|old|large|big|high|tall|far|near|close|deep|wide|thick|heavy|fast)\b"
    r"|\b(?:number|percentage) of\b|\bwhat number\b|\b(?:within|at|from|above|below|beyond|under|over|up to|after) what"
    r" (?:[a-z-]+ )?(?:distance|radius|range|angle|height|depth|temperature|age|amount|number|size|level of|percentage"
    r"|period|sum|price)\b"
)
_EN_QUANTITY = re.compile(
    r"\b(?:budget|(?<!infinite )(?<!large )amount|total|cost|expenditure|spending|revenue)\b"
    r"|\bwhat (?:is|was|are|were) the (?:[a-z-]+ )?(?:average|population|length|area|size|output|income|volume"
    r"|life expectancy|gdp|fine|minimum|maximum|deadline|longest|shortest|most|least|cap|ceiling|distance|angle"
    r"|height)\b"
    r"|\bwhat (?:[\w.&'-]+ ){0,4}(?:output|throughput|value|level|income|population|length|area|intensity|revenue"
    r"|investment|deposits|fine|volume|gdp|multiple|age|share|weight|magnitude|(?:sales|growth) figure)\b"
    r"|\bhow (?:soon|quickly)\b|\b(?:validity|time limit|multiple)\b|\bwithin what (?:time|period)\b"
    r"|\b(?:growth|output|grain|export|import|job|investment) (?:target|goal|rate)s?\b"
    r"|\bgrowth (?:of|in)\b|\bfines? for\b|\b(?:hours|days|months|years) per\b|\bmileage\b"
)
# bare keywords about something measured (grain output in 2024)
_EN_PRICED = re.compile(r"\b(?:pass mark|scores?|fees?|fares?|prices?|salary|in yuan|in rmb)\b")
_EN_ASKS = re.compile(
    r"^\W*(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|has|have|can|may|must|should|will|list"
    r"|name|under what|in what|by what)\b"
)
_EN_MEASURED = re.compile(
    r"\b(?:output|volume|value|capacity|throughput|turnover|units|targets?|gdp|length|fines?|deadline|days|months|hours|maximum"
    r"|minimum|magnitude|concentration|funds|upper limit|number|income|raised to|distance|radius"
    r"|how (?:many|long|often|much|far|close|near))\b"
)
_EN_COUNTED = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|\d+|[a-z]+ing|main|major|key|various|different|other|named)"
)
_EN_LIST = re.compile(
    rf"\b(?:which|what)\s+(?:(?!is\b|are\b|was\b|were\b|did\b|does\b|do\b)[a-z-]+\s+){{0,4}}(?!(?:\w*(?:ss|us|is|news|basis))\b)[a-z]{{3,}}s\b(?!\s+the\b)"
    rf"|\bwhat (?:are|were) the\b|\blist (?:the|all)\b|\bwhat else\b|\bwhat {_EN_COUNTED}\b"
)
_EN_DEFINITION = re.compile(
    r"\bmeaning of\b|\bdefin(?:ed|ition|e)\b|\bwhat (?:does|do) .* (?:mean|refer to)\b|\bmeant by\b"
    r"|^\W*what (?:is|are) (?:an? )?(?!the\b)[\w\s'“”\"-]{3,40}\?*$"
)
_EN_MORE = re.compile(
    r"\bwhich (?:district|province|city|county|area|bureau|place|year|one|of)\b"
    r".*\b(?:more|higher|larger|fewer|lower|less|smaller|bigger)\b|\bdifference (?:in|between)\b|\bcompare\b"
)
_EN_SPAN = re.compile(r"\b(?:who|whom|whose|where|which|name|called|telephone|phone|address|website|what)\b")
_EN_AT_LENGTH = re.compile(
    r"^\W*(?:how|why)\b|\b(?:measures?|policy|policies|requirements?|conditions?|procedures?|steps|reasons?|purpose|happens|support)\b"
)
# what is said of one beside the other
_EN_HOW_COMPARE = re.compile(r"^\W*how (?:do|does|did) .*\bcompare\b")
_EN_DATE = re.compile(
    r"^\W*when\b|\bdate of\b|\b(?:what|which) (?:date|day|month|year)\b|\bsince when\b|(?<!within )\bwhat time\b"
)
_EN_SHARES = re.compile(r"\b(?:percentage|percent|rates?|ratio|proportion|share)\b")


def zh_asked(folded: str) -> Asked:
    """By a folded question in Chinese, less the 《titles》 that it names; what gives a number or a date away comes
    first."""
    folded = _ZH_TITLE.sub("《》", folded)
    if zh_wants_yes_or_no(folded):
        return "yesno"
    if _ZH_MORE.search(folded):
        return "figure"
    if _ZH_DATE.search(folded):
        return "date"
    if _ZH_LIST.search(folded):
        return "list"
    if _ZH_NUMBER.search(folded) and not _ZH_SHARES.search(folded) and not _ZH_SO_MANY.search(folded):
        return "span"
    if _ZH_FIGURE.search(folded) or ZH_QUANTITY.search(folded):
        return "figure"
    if not _ZH_ASKS.search(folded) and _ZH_MEASURED.search(folded.strip()):
        return "figure"
    if _ZH_DEFINITION.search(folded):
        return "definition"
    return "span" if _ZH_SPAN.search(folded) and not _ZH_AT_LENGTH.search(folded) else "passage"


def _says_quantity(lowered: str) -> bool:
    quantities = (_EN_SHARES, _EN_QUANTITY, _EN_MEASURED, _EN_FIGURE)
    return any(map(str.isdigit, lowered)) or any(pattern.search(lowered) for pattern in quantities)


def en_asked(lowered: str) -> Asked:
    """By a folded question in English, less what it says beforehand."""
    if en_wants_yes_or_no(lowered):
        return "yesno"
    lowered = EN_CLAUSE_BEFORE.sub("", lowered)
    if _EN_MORE.search(lowered):
        return "passage" if _EN_HOW_COMPARE.search(lowered) and not _says_quantity(lowered) else "figure"
    if _EN_DATE.search(lowered):
        return "date"
    if _EN_FIGURE.search(lowered) or _EN_SHARES.search(lowered) or _EN_QUANTITY.search(lowered):
        return "figure"
    is_bare = not _EN_ASKS.search(lowered) and "?" not in lowered
    if is_bare and (_EN_MEASURED.search(lowered) or _EN_PRICED.search(lowered)):
        return "figure"
    if _EN_LIST.search(lowered):
        return "list"
    if _EN_DEFINITION.search(lowered):
        return "definition"
    return "span" if _EN_SPAN.search(lowered) and not _EN_AT_LENGTH.search(lowered) else "passage"
