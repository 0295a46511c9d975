from __future__ import annotations

import pytest

from index.mentions import Mention, places_asked


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("南开区公安分局有多少名公职律师", ("南开",)),
        ("浦东新区公安局负责人出庭多少件次", ("浦东",)),
        ("北京市朝阳区的派出所", ("北京", "朝阳")),
        ("襄阳市生产总值", ("襄阳",)),
        ("广西壮族自治区的目标", ("广西",)),
        ("全区有多少辆警车", ()),
        ("港区新建了几个停车场", ()),
        ("How many police in Beijing?", ("北京",)),
        ("How many lawyers does the Nankai District police have?", ("nankai",)),
        ("How many lawyers does the bureau have?", ()),
    ],
)
def test_the_places_of_a_question(question: str, expected: tuple[str, ...]) -> None:
    assert tuple(place.name for place in places_asked(question)) == expected


def test_a_name_is_a_place_where_the_dictionary_says_so() -> None:
    question = "How often did leaders of the Pudong police appear in court?"
    assert places_asked(question) == ()
    assert places_asked(question, lambda name: ["浦东新区"] if name == "Pudong" else []) == (
        Mention("pudong", "pudong"),
    )
    foreign = "Which city of the state of California is the largest?"
    assert places_asked(foreign, lambda name: ["加利福尼亚州"]) == ()


def test_a_place_is_found_by_its_characters_or_spelled() -> None:
    binhai, pudong = Mention("滨海", "滨海新区"), Mention("pudong", "pudong")
    assert binhai.stands_in("天津市滨海新区公安局")
    assert binhai.stands_whole_in("天津市滨海新区公安局")
    assert not binhai.stands_whole_in("天津滨海公安局")
    assert Mention("binhai", "binhai").stands_in("天津市滨海新区公安局")
    assert not pudong.stands_in("天津市滨海新区公安局")
    assert Mention("北京", "北京市").is_province
    assert not pudong.is_province


def test_a_city_of_a_provinces_name_is_the_city() -> None:
    (city,) = places_asked("吉林市有多少公职律师")
    assert not city.is_province
    assert city.stands_in("2023年，吉林市公职律师86人")
    assert not city.stands_in("2023年，吉林省公职律师86人")
    (province,) = places_asked("吉林省有多少公职律师")
    assert province.is_province
    assert province.stands_in("吉林公职律师86人")


@pytest.mark.parametrize("text", ["南京东路街道有床位", "南京路上", "在南京西路"])
def test_a_road_is_no_city(text: str) -> None:
    assert not Mention("南京", "南京").stands_in(text)


@pytest.mark.parametrize(
    ("province", "text", "is_named"),
    [
        ("四川", "川渝省际通道增至30个", True),
        ("天津", "京津冀协同发展", True),
        ("江苏", "京津冀协同发展", False),
        ("上海", "沪上名家", False),
    ],
)
def test_the_letter_of_a_province_stands_for_it_among_others(province: str, text: str, is_named: bool) -> None:
    assert Mention(province, province).stands_in(text) is is_named


@pytest.mark.parametrize(
    "question", ["推广安全生产的单位有多少", "使用复合肥料的有多少户", "隆重庆祝的活动有几场", "黄河南岸有多少公里"]
)
def test_a_name_across_words_is_none(question: str) -> None:
    assert places_asked(question) == ()


def test_what_cannot_be_spelled_in_pinyin_is_no_place_of_china() -> None:
    assert not places_asked("What year did Jacksonville become part of Duval County?")
    assert not places_asked("How many companies are in the Science and Innovation City?")
    assert [place.name for place in places_asked("How many lawyers does the Nankai District have?")] == ["nankai"]


@pytest.mark.parametrize(
    ("question", "towns"),
    [
        ("宝山区顾村镇还有多少户没动迁", ["顾村镇"]),
        ("义乌市佛堂镇有多少户", ["佛堂镇"]),
        ("杭州余杭区仓前街道有几件", ["仓前街道"]),
        ("宝山区各乡镇有多少户", []),
        ("宝山区乡镇企业有多少家", []),
        ("宝山区有多少个镇", []),
        ("天津市新增城镇就业多少人", []),
        ("天津市新型城镇化率是多少", []),
        ("上海市返乡人员有多少", []),
        ("顾村镇有多少户", []),
    ],
)
def test_a_town_is_named_behind_its_district(question: str, towns: list[str]) -> None:
    found = [place.full for place in places_asked(question) if place.full.endswith(("镇", "街道"))]
    assert [name for name in found if not name.startswith("各")] == towns


def test_a_street_by_its_whole_name_is_no_road() -> None:
    (street,) = [place for place in places_asked("杭州余杭区仓前街道有几件") if place.full.endswith("街道")]
    assert street.stands_in("仓前街道办事处")
    assert not street.stands_in("仓前镇")
