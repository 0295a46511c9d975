from __future__ import annotations

import random

import pytest

from index.training.figure_pairs import FigurePair, figure_pairs
from index.training.figure_questions import translated

STAFF = "目前，已发展公职律师86人，专（兼）职法制员280人。"
ECONOMY = "全年青山县粮食产量达到12.5万吨、增长3.2%，森林覆盖率达到61%，新建农村公路40公里，新增30家科技企业。"


def pairs(text: str, seed: int = 1) -> list[FigurePair]:
    return list(figure_pairs(text, random.Random(seed)))


def asked(text: str) -> dict[str, set[str]]:
    """By subject, the answers as printed, over several seeds."""
    found: dict[str, set[str]] = {}
    for seed in range(8):
        for pair in pairs(text, seed):
            for q in pair.questions:
                found.setdefault(q.subject, set()).add(pair.text[q.start : q.end])
    return found


def test_each_figure_is_asked_for_by_what_it_counts() -> None:
    assert asked(STAFF) == {"公职律师": {"86人"}, "专兼职法制员": {"280人"}}


@pytest.mark.parametrize("seed", range(12))
def test_a_question_names_its_own_subject_and_no_figure(seed: int) -> None:
    for pair in pairs(ECONOMY + STAFF, seed):
        for question in pair.questions:
            if question.language == "zh":
                assert question.subject in question.question
                assert any(word in question.question for word in ("多少", "几", "增速", "增幅", "多高", "多久"))
            else:
                assert question.question.isascii()
                assert question.question.endswith("?")
            assert pair.text[question.start : question.end] not in question.question


def test_growth_that_follows_a_level_is_of_the_same_thing() -> None:
    found = asked("青山县粮食产量达到12.5万吨、增长3.2%，森林覆盖率达到61%。")
    assert found["青山县粮食产量"] == {"12.5万吨", "3.2%"}


def test_the_hedge_and_the_unit_belong_to_the_answer() -> None:
    assert asked("全镇调解邻里纠纷50余件次，培训网格骨干120余名。") == {
        "邻里纠纷": {"50余件次"},
        "网格骨干": {"120余名"},
    }


def test_a_noun_after_its_figure_is_counted_by_it() -> None:
    assert asked("去年新建3个村级图书室，培育12家种茶合作社。") == {"村级图书室": {"3个"}, "种茶合作社": {"12家"}}


def test_a_clear_clause_is_asked_as_it_stands() -> None:
    found = asked("去年青山县农机合作社共检修插秧机75台，合作社共有20名技师。")
    assert found == {"青山县农机合作社共检修插秧机": {"75台"}, "合作社共有": {"20名"}}


def test_a_limit_is_asked_for_by_what_must_be_done() -> None:
    found = asked("茶园管理处应当自收到申请之日起十五日内核发采摘证。采摘人应当自领证之日起三个月内交回采摘记录。")
    assert found == {"核发采摘证": {"十五日"}, "交回采摘记录": {"三个月"}}


def test_the_words_between_two_figures_of_one_clause_count_neither() -> None:
    assert asked("全县30个乡镇完成水渠修缮400公里，森林覆盖率达到61%，新增苗木基地7个。").keys() == {
        "森林覆盖率",
        "苗木基地",
    }


@pytest.mark.parametrize(
    "text",
    [
        "茶叶、水果产量分别增长3%、5%。",
        "处警告或者二百元以下罚款，情节严重的处三个月以下停业。",
        "公职律师86人，律师20人。",
        "去年培训网格员20人，今年培训网格员30人。",
        "第三条规定了两个原则，第四条规定了三个方面。",
        "",
    ],
)
def test_what_is_unclear_is_left_out(text: str) -> None:
    assert pairs(text) == []


def test_the_year_is_asked_for_only_when_the_sentence_begins_with_it() -> None:
    years = "".join(q.question for s in range(30) for p in pairs("2023年，" + STAFF[3:], s) for q in p.questions)
    none = "".join(q.question for s in range(30) for p in pairs("比2023年好，" + STAFF, s) for q in p.questions)
    assert "2023" in years
    assert "2023" not in none


def test_the_same_seed_gives_the_same_pairs() -> None:
    assert pairs(ECONOMY * 3 + STAFF, 5) == pairs(ECONOMY * 3 + STAFF, 5)


def test_a_stretch_is_short_and_holds_both_figures() -> None:
    filler = "各村按时召开村民会议，认真听取意见，逐项记录在册。"
    for pair in pairs(filler * 30 + ECONOMY + filler * 30):
        assert len(pair.text) <= 260
        assert all(0 <= q.start < q.end <= len(pair.text) for q in pair.questions)


def test_english_is_asked_where_the_dictionary_knows_every_part() -> None:
    english = [q for s in range(5) for p in pairs(STAFF, s) for q in p.questions if q.language == "en"]
    assert {q.subject for q in english} <= {"公职律师", "专兼职法制员"}
    assert translated("公职律师") == "public lawyer"
    assert translated("粮食产量") == "grain output"
    assert translated("粮食䶮䶮") == ""
