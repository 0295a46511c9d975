"""Provinces and cities of China, and which of them a text names.

The table holds the 34 units of the first level and the cities and prefectures of the second (GB/T 2260), by their
short names, with the pinyin of those that English texts speak of.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass

from archive.text import fold
from archive.types import Span

_PROVINCES = """
北京 beijing peking|天津 tianjin|上海 shanghai|重庆 chongqing|河北 hebei|山西 shanxi|辽宁 liaoning|吉林 jilin
黑龙江 heilongjiang|江苏 jiangsu|浙江 zhejiang|安徽 anhui|福建 fujian|江西 jiangxi|山东 shandong|河南 henan|湖北 hubei
湖南 hunan|广东 guangdong|海南 hainan|四川 sichuan|贵州 guizhou|云南 yunnan|陕西 shaanxi|甘肃 gansu|青海 qinghai
内蒙古 inner-mongolia|广西 guangxi|西藏 tibet xizang|宁夏 ningxia|新疆 xinjiang|台湾 taiwan|香港 hong-kong hongkong
澳门 macao macau
"""
_CITIES = """
河北 石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 雄安
山西 太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁
内蒙古 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 兴安盟 锡林郭勒 阿拉善
辽宁 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛
吉林 长春 四平 辽源 通化 白山 松原 白城 延边
黑龙江 哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 大兴安岭
江苏 南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁
浙江 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水
安徽 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城
福建 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德
江西 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶
山东 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽
河南 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店 济源
湖北 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 仙桃 潜江 天门 神农架
湖南 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西
广东 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮
广西 南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左
海南 海口 三亚 三沙 儋州
四川 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 阿坝 甘孜 凉山
贵州 贵阳 六盘水 遵义 安顺 毕节 铜仁 黔西南 黔东南 黔南
云南 昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 楚雄 红河 文山 西双版纳 大理 德宏 怒江 迪庆
西藏 拉萨 日喀则 昌都 林芝 山南 那曲 阿里
陕西 西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛
甘肃 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 临夏 甘南
青海 西宁 海东 海北 黄南 果洛 玉树 海西
宁夏 银川 石嘴山 吴忠 固原 中卫
新疆 乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉 博尔塔拉 巴音郭楞 阿克苏 喀什 和田 伊犁 塔城 阿勒泰 石河子
"""
_CITY_PINYIN = """
shijiazhuang 石家庄|xiongan 雄安|taiyuan 太原|hohhot 呼和浩特|shenyang 沈阳|dalian 大连|changchun 长春|harbin 哈尔滨
nanjing 南京|wuxi 无锡|xuzhou 徐州|suzhou 苏州|nantong 南通|yangzhou 扬州|hangzhou 杭州|ningbo 宁波|wenzhou 温州
jiaxing 嘉兴|shaoxing 绍兴|hefei 合肥|wuhu 芜湖|xiamen 厦门|quanzhou 泉州|nanchang 南昌|jinan 济南|qingdao 青岛
yantai 烟台|zhengzhou 郑州|luoyang 洛阳|wuhan 武汉|yichang 宜昌|changsha 长沙|guangzhou 广州|canton 广州|shenzhen 深圳
zhuhai 珠海|foshan 佛山|dongguan 东莞|huizhou 惠州|nanning 南宁|guilin 桂林|haikou 海口|sanya 三亚|chengdu 成都
mianyang 绵阳|guiyang 贵阳|zunyi 遵义|kunming 昆明|lhasa 拉萨|xian 西安|xi'an 西安|lanzhou 兰州|xining 西宁
yinchuan 银川|urumqi 乌鲁木齐|kashgar 喀什
"""
# Words of the language too, or parts of other words: a place only with what it is (日照市, 阿里地区).
_NEED_KIND = frozenset(
    "日照 大同 长治 中山 朝阳 安康 白银 天水 黑河 大理 文山 阿里 海北 海东 海西 海口 山南 来宾 百色 河源 东营 "
    "保山 保定 普洱 定西 安顺 吉安 新余 新乡 平凉 固原 和田 红河 怒江 内江 黄山 凉山 中卫 四平 本溪 通化 玉树 "
    "天门 德州 宜春 达州 北海".split()
)
_KINDS = ("市", "州", "地区", "盟", "省", "自治")
_EN_WORDS = re.compile(r"[a-z]+(?:['’-][a-z]+)*")
_SHORTEST, _LONGEST = 2, 4


def _pairs(table: str) -> Iterator[list[str]]:
    return (row.split() for row in re.split(r"[|\n]", table.strip()))


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place by its levels (天津, "", 滨海新区); empty where it is not said."""

    province: str = ""
    city: str = ""
    county: str = ""

    def fit(self, other: Place) -> int:
        """How another place fits this one: 1 it is this or lies in it, 0 it holds this, -1 it is elsewhere."""
        levels = list(zip(_levels(self), _levels(other), strict=True))
        if any(mine and theirs and mine != theirs for mine, theirs in levels):
            return -1
        mine, theirs = next(pair for pair in reversed(levels) if pair[0])
        return int(mine == theirs)


def _levels(place: Place) -> tuple[str, str, str]:
    return place.province, place.city, place.county


PROVINCES = tuple(row[0] for row in _pairs(_PROVINCES))
_PLACES = {name: Place(name) for name in PROVINCES} | {
    city: Place(row[0], city) for row in _pairs(_CITIES) for city in row[1:]
}
_ENGLISH = {name: _PLACES[row[0]] for row in _pairs(_PROVINCES) for name in row[1:]} | {
    name: _PLACES[city] for name, city in _pairs(_CITY_PINYIN)
}
FIRST_CHARACTERS = frozenset(name[0] for name in _PLACES)
SECOND_CHARACTERS = frozenset(name[1] for name in _PLACES)


def place_at(text: str, at: int) -> tuple[str, Place] | None:
    """The province or city whose name begins at a character, as (name, place)."""
    for size in range(_LONGEST, _SHORTEST - 1, -1):
        name = text[at : at + size]
        if name in _PLACES and (name not in _NEED_KIND or text.startswith(_KINDS, at + size)):
            return name, _PLACES[name]
    return None


def places_named(text: str, counties: Container[str] = frozenset()) -> list[tuple[Span, Place]]:
    """The places a text names, in order, in Chinese or pinyin; `counties` are names with their kind (滨海新区).

    Neighbours that name one place from the top down (天津市滨海新区) are one.
    """
    found: list[tuple[Span, Place]] = []
    at = 0
    while at < len(text):
        named = place_at(text, at) or _county_at(text, at, counties)
        if named is None:
            at += 1
            continue
        end = skip_kind(text, at + len(named[0]))
        _join(found, text, Span(at, end), named[1])
        at = end
    return sorted([*found, *_in_english(text)])


def mostly_spoken_of(text: str) -> frozenset[str]:
    """The province that a text names more often than any other, itself or by its cities, and of these cities those
    that are named as often as another; empty when two provinces are named alike, or none."""
    named = [place for _, place in places_named(text)]
    (first, count), (_, second) = (*Counter(p.province for p in named if p.province).most_common(2), ("", 0), ("", 0))[
        :2
    ]
    if count == second:
        return frozenset()
    cities = Counter(place.city for place in named if place.city and place.province == first)
    most = max(cities.values(), default=0)
    return frozenset([first, *(city for city, times in cities.items() if times == most)])


def _county_at(text: str, at: int, counties: Container[str]) -> tuple[str, Place] | None:
    for size in range(8, 1, -1):
        name = text[at : at + size]
        if len(name) == size and name in counties:
            return name, Place(county=name)
    return None


_KIND = re.compile(
    r"(?:(?:壮族|回族|维吾尔|藏族|蒙古|[\u4e00-\u9fff]{1,4}族)*(?:自治区|自治州)|特别行政区|地区|[省市州盟])(?![内外长民场])"
)


def skip_kind(text: str, at: int) -> int:
    """Where what a place is (省, 市, 壮族自治区) ends after its name."""
    match = _KIND.match(text, at)
    return match.end() if match else at


def _join(found: list[tuple[Span, Place]], text: str, span: Span, place: Place) -> None:
    if found and found[-1][0].end == span.start:
        before, above = found[-1]
        if place.county and not above.county:
            found[-1] = Span(before.start, span.end), Place(above.province, above.city, place.county)
            return
        if place.city and above == Place(place.province):
            found[-1] = Span(before.start, span.end), place
            return
    found.append((span, place))


def _in_english(text: str) -> Iterator[tuple[Span, Place]]:
    lowered = fold(text).replace("hong kong", "hong-kong").replace("inner mongolia", "inner-mongolia")
    for match in _EN_WORDS.finditer(lowered):
        word = match[0].replace("’", "'").removesuffix("'s")
        if word in _ENGLISH:
            yield Span(match.start(), match.start() + len(word)), _ENGLISH[word]
