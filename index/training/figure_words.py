"""Words that the rules of `index.training.figure_pairs` know."""

from __future__ import annotations


def _pairs(listed: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in listed.split("|"))


WHEN = frozenset(  # begin a clause and tell the time
    ("全年 目前 去年 今年 上年 当前 年末 年底 截至目前 迄今 现在 现 至今 同时 其中 日前 期间").split()
)
ADVERBS = frozenset(  # stand before the verb
    (
        "已 已经 共 共有 现有 拥有 累计 总共 共计 合计 一共 又 还 还有 先后 再 陆续 成功 着力 力争 预计 计划 将 "
        "并 已有 年内 即 也 直接 全面 至少 最多 确保 推动"
    ).split()
)
PERSON_UNITS = frozenset(  # measure people
    ("人 名 位").split()
)
COUNT_UNITS = frozenset(  # measure what can be counted
    (
        "人 名 位 个 件 起 宗 项 条 种 类 处 家 所 户 间 栋 座 台 套 辆 艘 架 部 份 场 期 次 批 支 只 株 例 片 组 "
        "对 幅 篇 册 本 件次 人次 批次 场次 车次 架次 户次 班次 趟 桩 颗 枚 张 床 眼"
    ).split()
)
FREQUENCY = frozenset(  # measure how often
    ("次 件次 人次 批次 场次 车次 架次 户次 班次 趟").split()
)
VAGUE = frozenset(  # say too little by themselves to ask for
    (
        "目标 任务 时间 地区 项目 工作 方面 情况 问题 总量 总数 数量 人数 增速 增幅 规模 比例 比重 总额 方式 部分 "
        "内容 阶段 水平 以上 其他 其余 预期 位数 左右 活动 单位 总计 全部 个 万 分 人均 总共 平均 幅度 资金 投资 "
        "人 面积 标准 金额 月 年 日 条件 原则 制度 份额 一 指标 产值 总产值 总投资 总规模 大 点 类型 层次 领域 "
        "因素"
    ).split()
)
VERBS = _pairs(  # take what is counted as their object; the English passive
    "新增:newly added|改建:rebuilt|新改建:built or rebuilt|荣获:won|获得:won|推广:promoted|盘活:put to use|"
    "更新:renewed|更新改造:renewed|新增加:newly added|新建:newly built|建成:built|建设:built|"
    "新建成:newly built|培育:fostered|改造:renovated|实施:carried out|完成:completed|发放:paid out|"
    "办理:handled|举办:held|开展:carried out|组织:organised|发展:recruited|办结:concluded|引进:brought in|"
    "引育:brought in|化解:resolved|培训:trained|查处:dealt with|整治:put in order|出台:issued|制定:drawn up|"
    "修订:revised|制修订:drawn up or revised|审查:reviewed|受理:accepted|推出:introduced|打造:created|"
    "投入:spent|下达:allocated|争取:obtained|安排:set aside|减免:waived|兑现:paid out|选派:sent out|"
    "认定:recognised|获批:approved|设立:set up|创建:created|招聘:hired|处置:disposed of|排查:checked|"
    "检查:inspected|整改:put right|签约:signed|落地:started|开工:begun|新开工:newly begun|竣工:completed|"
    "投产:put into operation|取消:abolished|下放:delegated|调解:mediated|调处:mediated|破获:solved|"
    "抓获:caught|侦破:solved|立案:filed|建立:set up|布局:set up|开通:opened|新开通:newly opened|"
    "新设:newly set up|收治:admitted|接待:received|救助:helped|帮扶:helped|资助:supported|奖励:rewarded|"
    "入选:selected|筹集:raised|拨付:paid out|募集:raised|接收:received|捐赠:donated|生产:produced|储备:stored|"
    "配备:provided|派出:sent out|抽调:sent out|出动:sent out"
)
USUAL = _pairs(  # what reports usually count, where the dictionary's first gloss is not what is meant
    "率:rate|数:number|量:volume|额:amount|员:staff|区:area|县:county|村:village|粮食:grain|地方:local|"
    "地区:regional|地区生产总值:gross regional product|生产总值:gross domestic product|城镇:urban|乡村:rural|"
    "农村:rural|调查失业率:surveyed unemployment rate|失业率:unemployment rate|规模以上:above-scale|"
    "规上:above-scale|居民:residents|数字:digital|数字经济:digital economy|"
    "固定资产投资:fixed-asset investment|社会消费品:consumer goods|零售总额:total retail sales|"
    "零售额:retail sales|可支配收入:disposable income|人均可支配收入:per capita disposable income|"
    "一般公共预算:general public budget|高标准农田:high-standard farmland|高新技术企业:high-tech enterprises|"
    "营业收入:revenue|主营业务收入:main business revenue|新增就业:new jobs|就业:employment|增加值:value added|"
    "常住人口:permanent residents|城镇化率:urbanisation rate|覆盖率:coverage rate|"
    "重点:key|全国:national|国家:national|重大:major|高技能人才:highly skilled workers|骨干:key|"
    "老旧小区:old residential communities|养老机构:elderly care institutions|床位:beds|产量:output|"
    "总产量:total output|工业:industrial|进出口:import and export|项目:projects|企业:enterprises|病例:cases|"
    "确诊病例:confirmed cases|疑似病例:suspected cases|患者:patients|居民消费价格:consumer price|涨幅:rise|"
    "技改:technical upgrading|民间:private|制造业:manufacturing|服务业:service industry|新能源:new energy|"
    "占比:share|贷款:loans|贷款余额:outstanding loans|群众:people|人次:visits|游客:tourists"
)
