from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import shared
from hypothesis import given
from hypothesis import strategies as st

from archive.figures import figures
from archive.types import Span
from index.subjects import subjects

sys.path.insert(0, str(Path(__file__).parent / "quality"))


def read(text: str) -> list[tuple[str, str]]:
    return [(f.span.of(text), s.of(text) if s else "") for f, s in subjects(text, Span(0, len(text)))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("目前,已发展公职律师86人,专(兼)职法制员280人。", ["公职律师", "专(兼)职法制员"]),
        ("新增86名公职律师。", ["公职律师"]),
        ("2024年全省研发经费投入强度达2.1%。", ["全省研发经费投入强度"]),
        ("软件企业超过6400家、主营业务收入预计达到4200亿元。", ["软件企业", "主营业务收入"]),
        ("技术合同成交额1900亿元、增长11.2%,高于全国3个百分点。", ["技术合同成交额"] * 3),
        ("新增养老机构16家、总数达到98家。", ["养老机构", "养老机构"]),
        ("外贸、内贸企业分别增加20家和30家。", ["外贸", "内贸企业"]),
        ("租赁和商务服务业、仓储和邮政业收入分别增长11%、8%。", ["租赁和商务服务业", "仓储和邮政业收入"]),
        ("覆盖94%的农村人口。", ["农村人口"]),
        ("设立20亿元母基金。", ["母基金"]),
        ("实施20个城中村改造项目。", ["城中村改造项目"]),
        ("26个区县实现动态清零。", ["区县"]),
        (
            "全局共101人通过法律职业资格考试,208人通过高级执法资格考试。",
            ["通过法律职业资格考试", "通过高级执法资格考试"],
        ),
        ("应当自受理之日起六十日内作出决定。", ["作出决定"]),
        ("还有40万3岁以下婴幼儿。", ["婴幼儿", "婴幼儿"]),
        ("建设养老综合体（农村幸福院）30个。", ["养老综合体"]),
        ("86人。", [""]),
        ("推进10个公安现代化示范所、3个示范交警大队建设。", ["公安现代化示范所", "示范交警大队"]),
        ("培育10个海洋特色产业集聚区。", ["海洋特色产业集聚区"]),
        ("建设300个村级互助幸福院。", ["村级互助幸福院"]),
        ("39个户籍派出所全面推广改革。", ["户籍派出所"]),
        ("实现2200余家企业交通线上监管。", ["企业"]),
        ("碳市场累计成交5136万吨。", ["碳市场"]),
        ("产品出口120亿元，占全部出口比重超过50％。", ["产品出口", "产品出口"]),
        ("选派100名副高级以上职称的退休医生。", ["副高级以上职称的退休医生"]),
        ("推进320个年度共建项目。", ["年度共建项目"]),
        ("新增规模以上工业企业400户以上。", ["规模以上工业企业"]),
        ("收回非重点非刚性支出167亿元。", ["非重点非刚性支出"]),
        ("全区出让矿业权558个。", ["矿业权"]),
        ("引进28支台湾团队参与乡建乡创。", ["台湾团队"]),
        ("95个县市区提前完成清零。", ["县市区"]),
        ("惠及19.2万户家庭购房权益。", ["家庭"]),
        ("全区接待游客2.73亿人次。", ["游客"]),
        ("救助95万低保和特困人员。", ["低保和特困人员"]),
        ("支持20所县属高中改善办学条件。", ["县属高中"]),
        ("1万名高校毕业生基层就业。", ["高校毕业生"]),
        ("依托天地E寻搭建模型1850个。", ["模型"]),
        ("今年以来警务协同系统启动协同任务4.6万余件。", ["协同任务"]),
        ("2023年以来各类矛盾纠纷调处化解率达到99.44%。", ["矛盾纠纷调处化解率"]),
        ("参与行政裁决、行政复议、行政诉讼等工作1500余件次。", ["行政裁决、行政复议、行政诉讼等工作"]),
        ("粮食产量继续保持500亿斤以上。", ["粮食产量"]),
        ("地区生产总值连跨4个千亿台阶，2024年达到1.3万亿元、增长5.8%。", ["地区生产总值"] * 3),
        ("经费最低标准从每生每年6000元提高至7000元。", ["经费最低标准"] * 2),
        ("新增405万皖北群众喝上引调水。", ["皖北群众"]),
        ("推进好总投资1.78万亿元的289个重点项目。", ["总投资", "重点项目"]),
        ("安排100亿元财政资金支持产业发展。", ["财政资金"]),
        ("新建和改造提升高标准农田200万亩。", ["高标准农田"]),
        ("装配式建筑面积占新建建筑比重超75%。", ["装配式建筑面积占新建建筑比重"]),
        ("卫生厕所普及率、垃圾和污水治理率分别达到87%、100%、75%。", ["卫生厕所普及率", "垃圾", "污水治理率"]),
        ("清理统一市场政策文件309件。", ["统一市场政策文件"]),
        ("实现脱贫人口就业110.3万人。", ["脱贫人口就业"]),
        ("完成13个事项基础上又推出10个。", ["事项", "事项"]),
        ("粮食产量超过220亿斤、创近16年新高、增长5%。", ["粮食产量", "", "粮食产量"]),
        ("建成9个医疗集团，50%以上村卫生室实现一体化管理。", ["医疗集团", "村卫生室"]),
        ("8英寸碳化硅衬底等产品应用。", ["碳化硅衬底"]),
        ("新增建设和改造提升高标准农田300万亩以上。", ["高标准农田"]),
        ("和美乡村覆盖率达60%以上。", ["和美乡村覆盖率"]),
        ("培育30个省级和国家级绿色工厂。", ["省级和国家级绿色工厂"]),
        ("十四是文化活动1万场。", ["文化活动"]),
        ("新建桥梁5座和公路20公里。", ["桥梁", "公路"]),
        ("启动危旧楼房改建和简易楼腾退20.6万平方米。", ["简易楼腾退"]),
        ("要求将一年来法治学习情况列入。", [""]),
    ],
)
def test_what_a_figure_counts(text: str, expected: list[str]) -> None:
    assert [subject for _, subject in read(text)] == expected


@given(
    st.text(alphabet="公职律师企业增长达到新建分别和、，。（）“”的内以上率数0123456789%人家个万亿元年日", max_size=60)
)
def test_every_figure_comes_with_a_stretch_beside_it(text: str) -> None:
    whole = Span(0, len(text))
    found = list(subjects(text, whole))
    assert [figure.span for figure, _ in found] == [figure.span for figure in figures(text, whole)]
    for figure, subject in found:
        assert subject is None or (subject.of(text).strip() and whole.covers(subject))
        assert subject is None or subject.end <= figure.span.start or figure.span.end <= subject.start


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text", ["达" * 20000 + "5个", "增5人" * 4000, "1人" * 6000, "分别" + "、".join(["1个"] * 4000)]
)
def test_no_text_takes_long(text: str) -> None:
    """In time that grows with the length: a clause of a hostile text has no end."""
    assert list(subjects(text, Span(0, len(text))))


def test_subjects_in_real_sentences_are_found() -> None:
    """A floor, below what tests/quality/figure_reading.py prints."""
    from figure_reading import judge_subjects, labelled

    result = judge_subjects(list(labelled(shared("documents/docx").parent.parent)))
    assert result.precision >= 0.92
    assert result.recall >= 0.92
