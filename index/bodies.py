"""The national bodies a question names (公安部, 国家能源局, 央行), which what answers it must speak of."""

from __future__ import annotations

import re

from index.names import organ

_MINISTRIES = (
    "外交 国防 教育 科学技术 科技 工业和?信息化 工信 公安 国家安全 民政 司法 财政 人力资源和?社会保障 人社 "
    "自然资源 国土资源 生态环境 环境保护 住房和?城乡建设 住建 交通运输 交通 水利 农业农村 农业 商务 "
    "文化和?旅游 文旅 退役军人事务 应急管理"
).split()
_COMMISSIONS = "发展和?改革 发改 卫生健康 卫健 国资 国有资产监督管理".split()
_BUREAUS = (
    "能源 邮政 民用?航空? 铁路 医疗保障 医保 统计 文物 移民管理 知识产权 药品监督管理 药监 "
    "林业和?草原 林草 外汇管理 外汇 中医药管理 中医药"
).split()
_CHIEF = "税务 市场监督?管?理? 质检 广播?电视? 体育 工商".split()
_OTHERS = (
    "国务院 海关总署 审计署 人民银行 (?<!中)央行(?!政) 国开行 国家开发银行 农发行 银保监会 银监会 保监会 证监会 "
    "网信办 国铁集团 全国总工会 全国妇联 共青团中央 最高人民?法院 最高人民?检察院 红十字会"
).split()
_BODY = re.compile(
    "|".join(
        (
            rf"(?:{'|'.join(_MINISTRIES)})部(?!门|分|队|级|署|长|委|位|落|件)",
            rf"(?:{'|'.join(_COMMISSIONS)})委",
            rf"国家(?:{'|'.join(_BUREAUS)})局",
            rf"(?:{'|'.join(_CHIEF)})总局",
            *_OTHERS,
        )
    )
)
# one body's names as `organ` leaves them
_SAME = tuple(
    tuple(names.split())
    for names in (
        "央行 人民银行",
        "国开行 国家开发银行",
        "农发行 农业发展银行",
        "银保监会 银行保险监督管理委",
        "证监会 证券监督管理委",
        "银监会 银行业监督管理委",
        "保监会 保险监督管理委",
        "国家医保局 国家医疗保障局",
        "国家药监局 国家药品监督管理局",
        "国家林草局 国家林业草原局",
        "国家外汇局 国家外汇管理局",
        "国家中医药局 国家中医药管理局",
        "市场监管总局 市场监督管理总局",
        "广电总局 广播电视总局",
        "国资委 国有资产监督管理委",
        "科技部 科学技术部",
        "交通部 交通运输部",
        "文旅部 文化旅游部",
        "网信办 互联网信息办公室",
        "国铁集团 国家铁路集团",
    )
)


def bodies_asked(question: str) -> tuple[str, ...]:
    """The national bodies a question names, each once, comparable to `organ` of a text."""
    return tuple(dict.fromkeys(organ(match[0]) for match in _BODY.finditer(question)))


def stands_in(body: str, comparable: str) -> bool:
    """Whether a text that was made comparable (`organ`) names a body, by this name or another of its own."""
    names = next((names for names in _SAME if body in names), (body,))
    return any(re.search(re.escape(name) + "(?!门)", comparable) for name in names)
