"""The catalogue and the parameters that a new installation starts with.

Prices are ceilings in yuan a unit (the upper end of what rural north-west contracts paid) and are meant to be replaced
by the county's own price inquiry (询价). Everything here is a dated row afterwards, never a constant in code.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from shangmen import database
from shangmen.foundation.catalogue.queries import Values
from shangmen.foundation.catalogue.states import Proof, ServiceKind, ServiceUnit
from shangmen.foundation.catalogue.tables import ServiceItem

VALID_FROM = date(2021, 10, 1)

GB = "GB/T 43153-2023; 询价"
OWN = "宁民发〔2021〕48号; 询价"


@dataclass(frozen=True)
class Item:
    """A catalogue line: see ServiceItem for the fields."""

    code: str
    name: str
    english: str
    unit: ServiceUnit
    kind: ServiceKind
    minutes: int
    least: int
    ceiling: str
    staff: int = 1
    qualification: str = ""
    same_sex: bool = False
    minors_check: bool = False
    proof: tuple[Proof, ...] = (Proof.POSITION, Proof.SIGNATURE)
    source: str = GB

    def first_version(self) -> ServiceItem:
        """The row of its first version."""
        return ServiceItem(
            code=self.code,
            name=self.name,
            english=self.english,
            unit=self.unit,
            kind=self.kind,
            standard_minutes=self.minutes,
            minimum_minutes=self.least,
            staff_count=self.staff,
            required_qualification=self.qualification,
            same_sex=self.same_sex,
            minors_check=self.minors_check,
            proof=database.to_json(self.proof),
            price_ceiling=Decimal(self.ceiling),
            valid_from=VALID_FROM,
            source=self.source,
        )


_PHOTO = (Proof.POSITION, Proof.PHOTO, Proof.SIGNATURE)
_RECEIPT = (Proof.POSITION, Proof.RECEIPT, Proof.SIGNATURE)
_VITALS = (Proof.POSITION, Proof.VITALS, Proof.SIGNATURE)
_VISIT, _HOUR = ServiceUnit
_COMPANY, _CARE = ServiceKind  # 访视, 照料

ITEMS: tuple[Item, ...] = (
    Item("V01", "上门探访", "Home visit", _VISIT, _COMPANY, 30, 20, "40", source=OWN),
    Item("V02", "电话/视频探访", "Telephone or video visit", _VISIT, _COMPANY, 10, 5, "8", proof=(), source=OWN),
    Item(
        "V03", "儿童家庭探访", "Child home visit", _VISIT, _COMPANY, 45, 30, "80",
        minors_check=True, source="未成年人保护法第62条; 询价",
    ),
    Item("V04", "紧急/极端天气查访", "Emergency or severe-weather check", _VISIT, _COMPANY, 20, 10, "50", source=OWN),
    Item("C01", "助餐", "Meals at home", _VISIT, _CARE, 60, 15, "40", 1, "health_certificate", proof=_PHOTO),
    Item("C02", "助浴·擦浴", "Bed bath", _VISIT, _CARE, 45, 30, "80", 1, "care_worker", True, proof=_VITALS),
    Item("C03", "助浴·上门助浴", "Full bath at home", _VISIT, _CARE, 75, 60, "150", 2, "bath_training", True,
         proof=_VITALS),
    Item("C04", "足部护理/剪指甲/理发", "Foot care, nails, hair", _VISIT, _CARE, 30, 20, "30", proof=_PHOTO),
    Item("C05", "助洁·居室清洁", "House cleaning", _HOUR, _CARE, 60, 60, "40", proof=_PHOTO),
    Item("C06", "助洁·洗衣被", "Laundry", _VISIT, _CARE, 60, 30, "30"),
    Item("C07", "助行·陪同外出", "Escort outdoors", _HOUR, _CARE, 60, 30, "40"),
    Item("C08", "助医·陪诊", "Escort to the clinic", _VISIT, _CARE, 240, 120, "150", proof=_RECEIPT),
    Item("C09", "助医·取药/用药提醒", "Medicine errands", _VISIT, _CARE, 30, 15, "25", proof=_RECEIPT),
    Item("C10", "助急·紧急呼叫响应", "Emergency response", _VISIT, _CARE, 60, 15, "60", 1, "first_aid"),
    Item("C11", "代办·代购/代缴/代领", "Errands", _VISIT, _CARE, 30, 15, "20", proof=_RECEIPT),
    Item("C12", "协助翻身/体位/如厕/口腔清洁", "Basic nursing", _HOUR, _CARE, 60, 30, "50", 1, "care_worker", True),
    Item("C13", "健康监测", "Health checks", _VISIT, _CARE, 10, 10, "10", proof=_VITALS),
    Item(
        "N01", "压疮换药/导尿/鼻饲护理/造口", "Clinical nursing", _VISIT, _CARE, 45, 30, "200", 1, "nurse",
        source="互联网+护理服务; 询价",
    ),
    Item("R01", "康复训练", "Rehabilitation", _VISIT, _CARE, 45, 30, "120", 1, "rehab_therapist"),
    Item("P01", "精神慰藉/心理疏导", "Counselling", _VISIT, _COMPANY, 60, 45, "150", 1, "social_worker", source=OWN),
    Item("P02", "资源链接/政策咨询/协助申请", "Resource linking", _VISIT, _COMPANY, 30, 15, "50", 1, "social_worker",
         source=OWN),
    Item("P03", "能力提升", "Capacity building", _VISIT, _COMPANY, 90, 60, "100", 1, "social_worker", source=OWN),
    Item("P04", "社会融入小组", "Inclusion group", _VISIT, _COMPANY, 90, 60, "2000", 2, "social_worker", source=OWN),
    Item("P05", "个案服务", "Casework", _VISIT, _COMPANY, 60, 30, "300", 1, "social_worker",
         source="MZ/T 094-2017; 询价"),
    Item("L01", "喘息服务", "Respite care", _VISIT, _CARE, 240, 240, "200", 1, "care_worker"),
    Item("L02", "日间照料", "Day care", _VISIT, _CARE, 480, 240, "80"),
    Item("L03", "集中托养", "Residential care (a month)", _VISIT, _CARE, 1440, 1440, "3500",
         source="GB 38600-2019; GB/T 37516-2019; 询价"),
    Item("A01", "适老化/无障碍改造与安全排查", "Home safety and adaptation", _VISIT, _CARE, 120, 60, "3000", 2,
         proof=_PHOTO, source="询价"),
    Item("T01", "家庭经济状况调查等事务", "Administrative support", _VISIT, _COMPANY, 60, 30, "50", 2,
         source="最低生活保障审核确认办法第16条; 询价"),
)  # fmt: skip


@dataclass(frozen=True)
class Value:
    """A parameter's first value."""

    name: str
    value: Values
    unit: str
    source: str
    valid_from: date = field(default=VALID_FROM)


POLICY = "平台默认，由县民政局调整"  # a suggested default, for the county to decide
COUNTY = "县政策，由县民政局确定"

PARAMETERS: tuple[Value, ...] = (
    # eligibility
    Value("grace_period_months", 18, "months", "宁民发〔2021〕48号"),
    Value("grace_period_months_national", 6, "months", "民政部2022年（国家口径，就业后渐退）"),
    Value("household_recheck_months", 3, "months", "民政部2022年（成员死亡后家庭复核）"),
    Value("elder_age", 60, "years", "老年人权益保障法第2条"),
    Value("minor_age", 18, "years", "未成年人保护法第2条"),
    Value("consent_age", 14, "years", "个人信息保护法第31条"),
    Value("living_alone_age", 16, "years", "未成年人保护法第21条"),
    Value("assessment_review_months", 12, "months", "GB/T 42195-2022"),
    # what waits
    Value("task_overdue_days", 7, "days", POLICY),  # then the bureau hears of it
    Value("held_reminder_days", 7, "days", POLICY),
    Value("held_raised_days", 14, "days", POLICY),
    Value("objection_answer_days", 7, "working days", POLICY),
    Value("planning_notice_days", 7, "days", POLICY),
    # people who come
    Value("background_check_months", 12, "months", "未成年人保护法第62条"),
    Value("office_hours", [480, 1080], "minutes of the day", POLICY),
    Value("worker_day_minutes", 600, "minutes", POLICY),
    Value("worker_day_visits", 14, "visits", POLICY),
    Value("worker_month_days", 26, "days", POLICY),
    # who may supply
    Value(
        "supplier_papers",
        {"all": ["registration"], "C01": ["food_licence"], "N01": ["nursing_licence"], "L03": ["care_filing"]},
        "papers",
        "政府采购法第22条；食品安全法第35条；医疗机构管理条例第24条；养老服务机构备案",
    ),
    Value("halal_papers", {"C01": ["halal_kitchen"]}, "papers", "宁夏回族自治区清真食品管理条例"),
    Value("barred_code_prefixes", [11, 13], "first digits", "财政部令第102号第6、8条"),
    Value("doubtful_code_prefixes", [12], "first digits", "财政部令第102号第6、8条（公益一类事业单位不得承接）"),
    # contracts and offers
    Value("supplement_share", 0.10, "share", "政府采购法第49条"),
    Value("contract_warning_shares", [0.8, 0.9, 1.0], "shares", POLICY),
    Value("offer_answer_days", 3, "working days", COUNTY),
    # statements
    Value(
        "deduction_shares",
        {"appraisal_good": 0.05, "appraisal_fair": 0.20},
        "share of the gross",
        "财预〔2020〕10号评价等级（80–89分良、60–79分中）；扣减比例为平台默认，由合同约定",
    ),
    Value("payment_days", 30, "days", "保障中小企业款项支付条例"),
    # distance and travel
    Value("distance_limit_metres", 60_000, "metres", COUNTY),
    Value("detour_plain", 1.25, "factor", "引黄灌区道路估算"),
    Value("detour_hills", 1.7, "factor", "黄土丘陵道路估算"),
    Value("speed_plain_kmh", 50, "km/h", "引黄灌区道路估算"),
    Value("speed_hills_kmh", 32, "km/h", "黄土丘陵道路估算"),
    Value("village_access_minutes", 5, "minutes", POLICY),
    Value("travel_share_percent", 75, "percent", POLICY),  # of the two ways that one visit of a round carries
    Value("caseload_per_worker", 60, "needs", POLICY),
    Value("declined_offer_days", 60, "days", POLICY),
    # proof
    Value("geofence_rural_metres", 500, "metres", POLICY),
    Value("geofence_town_metres", 200, "metres", POLICY),
    Value("position_accuracy_metres", 200, "metres", POLICY),
    Value("clock_skew_minutes", 5, "minutes", POLICY),
    Value("position_age_minutes", 5, "minutes", POLICY),
    Value("photo_likeness_bits", 14, "of 128", POLICY),
    Value("photo_time_minutes", 30, "minutes", POLICY),
    Value("late_entry_hours", 48, "hours", POLICY),
    Value("max_speed_kmh", 80, "km/h", POLICY),
    Value("start_tolerance_minutes", 120, "minutes", POLICY),
    Value("overlong_share", 2, "factor", POLICY),
    Value("identical_positions", 3, "visits", POLICY),
    Value("identical_positions_days", 30, "days", POLICY),
    Value("telephone_households", 5, "households", POLICY),
    Value("shared_phone_hours", 4, "hours", POLICY),
    Value("pattern_visits", 8, "visits", POLICY),
    Value("pattern_percent", 80, "percent", POLICY),
    Value("month_end_days", 3, "days", POLICY),
    Value("month_end_factor", 2.5, "factor", POLICY),
    # what the people say
    Value("call_back_percent", 10, "percent", POLICY),
    Value("site_visit_percent", 5, "percent", POLICY),
    Value("call_back_days", 5, "working days", POLICY),
    Value("complaint_answer_days", 10, "working days", POLICY),
)

# The least and the most that each parameter may be set to, both inclusive: beyond them no rule makes sense. Papers
# by service (supplier_papers, halal_papers) have none.
LIMITS: dict[str, tuple[float, float]] = {
    "deduction_shares": (0, 1),
    "grace_period_months": (0, 120),
    "grace_period_months_national": (0, 120),
    "household_recheck_months": (1, 24),
    "elder_age": (50, 100),
    "minor_age": (14, 25),
    "consent_age": (8, 18),
    "living_alone_age": (8, 18),
    "assessment_review_months": (1, 60),
    "task_overdue_days": (1, 365),
    "held_reminder_days": (1, 365),
    "held_raised_days": (1, 365),
    "call_back_percent": (0, 100),
    "site_visit_percent": (0, 100),
    "call_back_days": (1, 60),
    "complaint_answer_days": (1, 60),
    "objection_answer_days": (1, 90),
    "planning_notice_days": (1, 31),
    "background_check_months": (1, 60),
    "office_hours": (0, 1440),
    "worker_day_minutes": (60, 1440),
    "worker_day_visits": (1, 100),
    "worker_month_days": (1, 31),
    "barred_code_prefixes": (10, 99),
    "doubtful_code_prefixes": (10, 99),
    "supplement_share": (0, 0.10),  # 政府采购法第49条; the database holds to it
    "contract_warning_shares": (0.01, 1),
    "offer_answer_days": (1, 60),
    "payment_days": (1, 365),
    "distance_limit_metres": (1_000, 500_000),
    "detour_plain": (1, 5),
    "detour_hills": (1, 5),
    "speed_plain_kmh": (5, 120),
    "speed_hills_kmh": (5, 120),
    "village_access_minutes": (0, 240),
    "travel_share_percent": (0, 100),
    "caseload_per_worker": (1, 1_000),
    "declined_offer_days": (0, 730),
    "geofence_rural_metres": (20, 10_000),
    "geofence_town_metres": (20, 10_000),
    "position_accuracy_metres": (5, 5_000),
    "clock_skew_minutes": (1, 60),
    "position_age_minutes": (1, 60),
    "photo_likeness_bits": (0, 15),  # more and the index does not find them all
    "photo_time_minutes": (1, 1440),
    "late_entry_hours": (1, 720),
    "max_speed_kmh": (10, 200),
    "start_tolerance_minutes": (0, 1440),
    "overlong_share": (1, 20),
    "identical_positions": (2, 100),
    "identical_positions_days": (1, 365),
    "telephone_households": (1, 1000),
    "shared_phone_hours": (1, 24),
    "pattern_visits": (3, 100),
    "pattern_percent": (50, 100),
    "month_end_days": (1, 10),
    "month_end_factor": (1.1, 20),
}
