"""Whether a question wants yes or no.

In Chinese it ends in 吗 or 吧, or gives a word and its denial (要不要, 通车了没有, 是否), and has no word that asks for
anything else. In English a verb comes first, after what is said beforehand (in Zhejiang, must ...), or a tag last
(right?).
"""

from __future__ import annotations

import re

_OTHERWISE = re.compile(
    r"多少|多[久长大高远近快深厚重宽](?![吗程]|[^?？]{0,12}也)|(?<![好这那近])几(?!乎)|哪(?!怕)|什么(?!的)|谁(?!都)|如何|怎[么样]|为何|为啥|何[时地人日年种]"
)
# 快递网点要办执照吗?快递暂行条例怎么规定; （保安服务管理条例）
_BESIDE = re.compile(
    r"(?<=[?？，,。])[^?？，,。]{0,24}(?:怎么|如何|是怎样)(?:规定|说|讲)的?[?？。]?$|[（(][^（()）]{0,40}[）)](?=[?？。]?$)"
)
_ZH = re.compile(
    r"[吗么吧](?:[?？。]|$)|[吗吧](?=[，,])|是否|可否|能否|有无|有没有|(?P<deed>[\u4e00-\u9fff])[\u4e00-\u9fff]?不(?P=deed)(?!同|等)"
    r"|(?:[了过着住到成妥完好齐]|[\u4e00-\u9fff]{3})没有?[?？。]?$|(?:对|好|可以|行|合法|允许)不[?？。]?$"
)
_VERB = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|may|might|must|should|shall|will|would)(?:n't|n’t)?"
_WH = re.compile(r"\b(?:what|which|who|whom|whose|when|where|why|how)\b")
_EN_FIRST = re.compile(rf"^\W*(?:and |but |so )?{_VERB}\b")
_WHO = (
    r"(?:an?|the|this|that|these|those|all|any|every|each|both|only|i|you|we|they|he|she|it|my|your|their|its|there)\b"
)
_EN_LATER = re.compile(
    rf"(?:[,;:.]\s*|^\W*(?:in|under|during|by|per|for|on|at|within|besides|as)\b[^,;:?]{{2,60}}\s){_VERB}\s+(?:{_WHO}|[a-z-]+s\b)"
)
_EN_AFTER_COMMA = re.compile(rf"[,;:]\s*{_VERB}\s+[^,]*\?\W*$")
_EN_TAG = re.compile(
    rf",\s*(?:right|correct|true|yes|no|{_VERB}\s+(?:not\s+)?(?:it|they|there|he|she|we|you|i)(?:\s+not)?)\s*\?\W*$"
)
# when an official gets several sanctions, what is ...
EN_CLAUSE_BEFORE = re.compile(
    r"^\W*(?:when|if|where|while|once|after|before|unless|in|under|for|according to|on|at|with)\b"
    r"(?!\W*(?:what|which|how|who|whom|whose|did|does|do|is|are|was|were|will|must|may|can|and|where)\b)[^?]*?,\s*"
    r"(?=(?:(?:by|within|at|in|for|to|from|on|under|of) )?(?:what|which|how|who|whom|whose|when|where|may|must|can"
    r"|could|is|are|was|were|does|do|did|has|have|should|will)\b)"
)
# is it city or county: one of two is wanted
_ONE_OF_TWO = re.compile(r"^\W*(?:is|are|was|were|do|does|did)\b(?!\s+there\s+any\b).*\bor\b.*\?")


def zh_wants_yes_or_no(folded: str) -> bool:
    """By a folded question in Chinese, less its 《titles》."""
    bare = _BESIDE.sub("", folded)
    return _ZH.search(bare) is not None and _OTHERWISE.search(bare) is None


def en_wants_yes_or_no(lowered: str) -> bool:
    """By a folded question in English."""
    if _EN_TAG.search(lowered):
        return _WH.search(lowered) is None
    lowered = EN_CLAUSE_BEFORE.sub("", lowered)
    if _ONE_OF_TWO.search(lowered):
        return False
    if _EN_FIRST.search(lowered):
        return True
    later = _EN_LATER.search(lowered) or _EN_AFTER_COMMA.search(lowered)
    return later is not None and not _WH.search(lowered, 0, later.end())
