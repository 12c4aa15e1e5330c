"""The kind of list that names lots and contracts, a row for each service that is bought."""

import re

from shangmen.access import Role
from shangmen.foundation.imports.cells import days
from shangmen.foundation.imports.cells.amounts import money
from shangmen.foundation.imports.cells.reading import Raw, Unread, free, plain, words_of
from shangmen.foundation.imports.kinds import Column, Fill, Kind
from shangmen.supply.contracts.lists.actions import commit
from shangmen.supply.contracts.lists.rules import judge
from shangmen.supply.contracts.tables import Contract, ContractLine, Lot, LotArea, LotService


def quantity(cell: Raw) -> str | None:
    """How many units: 1200, 1,200次, 480小时. Raises Unread."""
    match = re.match(r"[约共计]*([\d,，.]+万?)[一-龥·/]*$", plain(cell))
    text = match[1] if match else plain(cell)
    try:
        return money(text)
    except Unread:
        raise Unread("COUNT_UNREADABLE", "“%(cell)s” is not a quantity.", cell=plain(cell)) from None


CONTRACTS = Kind(
    name="contracts",
    label="Lots and contracts with their lines",
    roles=frozenset({Role.BUREAU_OFFICER}),
    columns=(
        Column(
            "lot",
            "Lot",
            ("(采购)?(标段|标项|分包|包号|包件)(名称|编号|号)?", "(采购|服务|合同)?项目名称|合同名称|包"),
            free,
            fill=Fill.BLOCK,
            title="标段",
            sample="（示例）一标段 某片区照料",
        ),
        Column("number", "Number", ("合同(编号|号)",), words_of, fill=Fill.BLOCK, title="合同编号"),
        Column(
            "provider",
            "Provider",
            (
                "(合同)?乙方(名称)?",
                "(承接|中标|成交|服务|供应|乙方)(单位|机构|主体|商|方|人|组织|企业|公司)?(名称)?",
                "(中标|成交|入围|合同)?(供应商|承接商|承接主体|服务商|乙方单位)(名称)?|乙方|单位名称",
            ),
            words_of,
            "采购|甲方",
            fill=Fill.BLOCK,
            title="承接单位",
        ),
        Column(
            "townships",
            "Townships",
            ("(服务|覆盖|实施)(区域|范围|乡镇|片区|地域|地点)|乡镇|片区",),
            words_of,
            fill=Fill.BLOCK,
            title="服务区域",
        ),
        Column(
            "item",
            "Service",
            (
                "服务(项目|内容|事项|品目|子项)(名称)?",
                "(采购|购买|合同)?(内容|事项|品目|服务项|明细项目?)(名称)?",
                "(采购|购买|合同)?项目(名称)?|服务(名称|类别)|明细",
            ),
            words_of,
            title="服务项目",
        ),
        Column(
            "rate",
            "Rate",
            ("(中标|成交|合同|服务|综合)?(单价|价格|收费标准)(元.*)?", "单位?价"),
            money,
            title="单价（元）",
        ),
        Column("pricing", "Priced", ("(计价|计费|结算)(方式|单位|标准)|单位|计量单位",), words_of, title="计价方式"),
        Column(
            "quantity",
            "Quantity",
            (
                "(预计|预算|暂定|合同|采购|服务|计划|年度?|全年)*(数量|工作量|总量|次数|总次数|人次|服务量|总时长|时长)",
            ),
            quantity,
            title="数量",
        ),
        Column(
            "amount",
            "Amount",
            ("(合同|中标|成交|采购)?(总)?(金额|价款|总价|总额|资金)(元|万元)?", "小计|合价"),
            money,
            fill=Fill.MERGED,
            title="合同金额（元）",
        ),
        Column(
            "term",
            "Term",
            ("(合同|服务|履约)?(起止|起讫)(日期|时间|期限)?", "(合同|服务|履约)(期限?|周期|时间|有效期)"),
            days.term,
            fill=Fill.BLOCK,
            title="起止日期",
            sample="2026-07-01至2027-06-30",
        ),
        Column(
            "begins",
            "Valid from",
            ("(合同|服务|履约)?(开始|起始|生效)(日期?|时间)|起",),
            days.first_day,
            fill=Fill.BLOCK,
        ),
        Column(
            "ends",
            "Valid to",
            ("(合同|服务|履约)?(结束|终止|截止|到期)(日期?|时间)|止",),
            days.last_day,
            fill=Fill.BLOCK,
        ),
        Column("signed_on", "Signed on", ("(合同)?签(订|署|约)(日期?|时间)",), days.first_day, fill=Fill.BLOCK),
    ),
    needed=(("provider", "item", "rate"), ("lot", "item", "rate")),
    identity=("item",),
    judge=judge,
    commit=commit,
    tables=(ContractLine, Contract, LotService, LotArea, Lot),
    begins=("lot", "provider", "term"),
    page="contracts.show",
    named=("lot", "provider", "item"),
)
