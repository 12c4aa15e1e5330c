"""Pages of the roll: upload, preview, commit."""

import io

import xlsxwriter
from litestar import Controller, Response, get, post

from shangmen.access import Scope
from shangmen.demand.recipients import phrases
from shangmen.demand.recipients.rolls import actions, columns, queries
from shangmen.demand.recipients.rolls.forms import RollForm
from shangmen.errors import Refused
from shangmen.web.forms import AnyForm, Form, bind, press
from shangmen.web.gate import FILE_BYTES
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see

# The heads of the sheet that is offered for filling in, with an example that no check lets through by mistake.
_TEMPLATE = (
    ("姓名", "（示例）张某某"),
    ("身份证号", "18位，单元格设为文本"),
    ("救助类别", "低保"),
    ("户号", ""),
    ("批准日期", "2026-01-01"),
    ("乡镇", ""),
    ("村", ""),
    ("地址", ""),
    ("电话", ""),
    ("居住状况", "独居"),
    ("残疾证号", ""),
    ("清真", "是"),
    ("方言", ""),
    ("监护人", ""),
    ("监护人电话", ""),
    ("纬度", ""),
    ("经度", ""),
    ("坐标系", "GPS / 高德 / 百度"),
    ("无身份证原因", ""),
    ("性别", ""),
    ("出生日期", ""),
    ("备注", ""),
)


class RollsController(Controller):
    """Importing a roll (花名册)."""

    path = "/recipients/rolls"

    @get("/", name="recipients.roll")
    async def roll(self, request: Rq, viewer: Viewer) -> Answer:
        return await self._upload_page(request, viewer, Form())

    @get("/template", name="recipients.roll_template")
    async def template(self, request: Rq, viewer: Viewer) -> Answer:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
            sheet = book.add_worksheet("花名册")
            text = book.add_format({"num_format": "@"})
            bold = book.add_format({"bold": True})
            sheet.set_column(0, len(_TEMPLATE), 16, text)
            sheet.freeze_panes(1, 0)
            for column, (head, hint) in enumerate(_TEMPLATE):
                sheet.write_string(0, column, head, bold)
                if hint:
                    sheet.write_comment(0, column, hint)
        return Response(
            buffer.getvalue(),
            media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            headers={"Content-Disposition": "attachment; filename=roll.xlsx"},
        )

    @post("/", name="recipients.upload_roll", request_max_body_size=FILE_BYTES)
    async def upload(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, RollForm)
        sheet: list[list[str]] = []
        if form.value is not None:
            try:  # read before the transaction: it takes a process and some seconds
                sheet = await actions.read_sheet(form.value.file)
            except Refused as refused:
                form.fault(refused.field, refused.message, **refused.parameters)

        async def store(scope: Scope, value: RollForm) -> int:
            return await actions.store_roll(scope, sheet, value.file, str(form.values.get("file") or "roll.xlsx"))

        id = await form.attempt(store, viewer)
        if form.faults:
            return await self._upload_page(request, viewer, form)
        return see(request, "recipients.preview_roll", id=id)

    @get("/{id:int}", name="recipients.preview_roll")
    async def preview(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        roll = await queries.roll(viewer, id)
        sheet = queries.sheet_of(roll)
        order = [queries.Verdict.FAULT, queries.Verdict.NEW, queries.Verdict.THERE]
        lines = sorted(sheet.rows, key=lambda line: (order.index(line.verdict), line.row))
        return page(
            request,
            "recipients/roll_preview.html",
            roll=roll,
            rows=lines[:500],
            hidden=max(0, len(lines) - 500),
            unknown=sheet.unknown,
            columns=[phrases.field(_SHOWN.get(name, name)) for name in sheet.columns],
            counts={verdict: sum(line.verdict is verdict for line in lines) for verdict in queries.Verdict},
        )

    @post("/{id:int}/commit", name="recipients.commit_roll")
    async def commit(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        count = await press(request, actions.commit_roll, viewer, id)
        return see(
            request,
            "recipients.preview_roll",
            notice=_("%(count)s people are registered from the roll.", count=count),
            id=id,
        )

    async def _upload_page(self, request: Rq, viewer: Viewer, form: AnyForm) -> Answer:
        return page(
            request,
            "recipients/roll.html",
            form.status,
            form=form,
            rolls=await queries.latest(viewer),
            heads=[words[0] for words in columns.HEADS.values()],
        )


# Fields of the form whose column in the file has another name.
_SHOWN = {"household_number": "number", "household_from": "valid_from", "household_to": "valid_to"}
