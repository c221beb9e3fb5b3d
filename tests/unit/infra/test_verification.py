"""The findings of all checks are added up."""

from __future__ import annotations

from infra.home import Endpoints
from infra.side_by_side import Others
from infra.verification import CheckReport, verified

ENDPOINTS = Endpoints("kafka:9092", "sqlite://", None)


def test_reports_are_added_up_and_one_difference_is_enough() -> None:
    def fine(_: Endpoints) -> CheckReport:
        return CheckReport({"receipts": 2}, [])

    def differs(_: Endpoints) -> CheckReport:
        return CheckReport({"receipts": 1, "matches": 4}, [{"match": "a", "log": 1, "sql": 2}])

    assert verified([fine], ENDPOINTS, Others(None)).ok
    report = verified([fine, differs], ENDPOINTS, Others(None))
    assert not report.ok
    assert report.checked == {"receipts": 3, "matches": 4}
    assert report.differences == ({"match": "a", "log": 1, "sql": 2},)
