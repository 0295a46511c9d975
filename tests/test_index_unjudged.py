from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from archive.ingest import build_document
from archive.sources import Source, parse
from archive.types import Document
from index.passages import encoded_text, passages
from index.training.examples import Judged
from index.training.unjudged import cropped, headed

PLAN = """某市交通局2023年工作总结

（一）加快公路建设
全年新建农村公路310公里，改造危桥12座，完成投资8.6亿元，超额完成了年初确定的各项目标任务，群众出行条件明显改善。坚持把农村公路作为乡村振兴的先行工程，建立县乡村三级路长制，落实养护资金一点二亿元，创建省级示范路四条，沿线群众的满意度明显提高。

（二）提升公共交通服务
新增公交线路15条，更新新能源公交车200辆，中心城区公交分担率达到百分之三十五，乘客满意度继续位居全省前列。推进城乡公交一体化，所有建制村全部通了公交，老年人和残疾人凭证免费乘车，高峰时段的发车间隔缩短到六分钟以内。

（三）强化安全生产监管
开展道路运输安全大检查46次，排查整治隐患1200余处，没有发生较大以上的生产安全事故，形势总体平稳。对重点营运车辆实行动态监控，处理超速和疲劳驾驶的驾驶员三十余人，约谈企业负责人九次，组织应急演练五场，从业人员的安全意识不断增强。
"""


def document(text: str) -> Document:
    source = Source("plan", "plan.txt", text.encode())
    return build_document(source, parse(source))


def of(found: list[Judged]) -> dict[str, str]:
    return {example.question: example.passages[0] for example in found}


def test_a_heading_asks_without_its_number_for_the_text_below_it() -> None:
    plan = document(PLAN)
    found = [example for seed in range(20) for example in headed(plan, random.Random(seed))]
    asked = of([example for example in found if not example.question.startswith(plan.title)])
    assert set(asked) == {"加快公路建设", "提升公共交通服务", "强化安全生产监管"}
    assert asked["加快公路建设"].startswith("全年新建农村公路310公里")
    titled = of([example for example in found if example.question.startswith(plan.title)])
    assert titled[f"{plan.title} 强化安全生产监管"].startswith("开展道路运输安全大检查46次")


def test_what_stands_below_other_headings_is_wrong() -> None:
    plan = document(PLAN)
    for example in headed(plan, random.Random(1)):
        assert len(example.negatives) == 2
        assert example.passages[0] not in example.negatives


def test_a_crop_has_most_words_of_one_clause_and_finds_its_passage() -> None:
    plan = document(PLAN)
    texts = [encoded_text(plan, passage) for _, passage in passages(plan)]
    found = [example for seed in range(50) for example in cropped(plan, random.Random(seed), 2)]
    assert len(found) > 30
    for example in found:
        (text,) = example.passages
        assert text in texts
        assert text not in example.negatives
        assert set(example.negatives) <= set(texts)
        assert set(example.question.split(" ")[-1]) <= set(text)
    assert len({example.question for example in found}) > 25


def test_no_more_passages_are_cropped_than_asked_for() -> None:
    assert max(len(list(cropped(document(PLAN), random.Random(seed), 1))) for seed in range(9)) == 1
    assert list(cropped(document(PLAN), random.Random(0), 0)) == []


@given(st.text("一、二（）第条章.12 \n，。甲乙丙丁戊己庚", max_size=400), st.integers(0, 5))
def test_any_text_teaches_something_or_nothing(text: str, seed: int) -> None:
    read = document("标题\n" + text)
    for example in [*headed(read, random.Random(seed)), *cropped(read, random.Random(seed), 3)]:
        assert example.question.strip()
        assert example.passages[0].strip()
        assert example.passages[0] not in example.negatives


def test_what_stands_below_a_heading_is_not_wrong_for_it() -> None:
    nested = document(
        PLAN.replace(
            "（一）",
            "一、主要工作完成情况\n今年围绕全市中心工作，"
            + "统筹推进各项交通建设和运输服务任务，" * 18
            + "取得明显成效。\n（一）",
        )
    )
    found = of_negatives(list(headed(nested, random.Random(3))))
    parent = next(question for question in found if question.endswith("主要工作完成情况"))
    assert found[parent] == ()
    child = next(question for question in found if question.endswith("加快公路建设"))
    assert len(found[child]) == 2


def of_negatives(found: list[Judged]) -> dict[str, tuple[str, ...]]:
    return {example.question: example.negatives for example in found}
