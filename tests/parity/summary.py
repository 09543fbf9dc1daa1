"""A pytest plugin: prints the counts at the end of ``make parity``, and writes the page unless a row was lost."""

from typing import Any

from . import page
from .oracle import Verdict


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Gather what the tests of rows and optimizers recorded, from all workers."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.getreports(kind)]
    found = [Verdict(**value) for r in reports for name, value in r.user_properties if name == "parity"]
    optimizers = [value for r in reports for name, value in r.user_properties if name == "optimizer"]
    if optimizers:
        whole = sum(o["right"] == o["total"] and not o["problems"] for o in optimizers)
        right, total = sum(o["right"] for o in optimizers), sum(o["total"] for o in optimizers)
        terminalreporter.write_line(f"optimizers: {whole} of {len(optimizers)}, {right} of {total} configurations")
    modules = [value for r in reports for name, value in r.user_properties if name == "module"]
    if modules:
        whole = sum(m["samples"] > 0 and not m["problems"] and not m["refusals"] for m in modules)
        terminalreporter.write_line(
            f"modules: {whole} of {len(modules)}, {sum(m['samples'] for m in modules)} configurations run"
        )
    schedules: dict[str, bool] = {}
    for report in reports:
        for schedule in (value for name, value in report.user_properties if name == "schedule"):
            schedules[schedule] = schedules.get(schedule, True) and report.passed
    if schedules:
        terminalreporter.write_line(f"schedules: {sum(schedules.values())} of {len(schedules)}")
    if not found:
        return
    before = page.recorded()
    lost = {v.row for v in found if before.get(v.row) == "right" and v.status != "right"}
    if {v.row for v in found} == set(before) and not lost:
        page.write(found)
    terminalreporter.write_line(page.summary(found))
