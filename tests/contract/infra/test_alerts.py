"""The files for Prometheus speak of metrics that exist, and every alert says what it means and what to do.

Without a YAML library in our lock the files are read as text here; promtool reads them as Prometheus does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.home import Home
from schemas import topics
from tests.contract.infra.watched import FOLDER, LABELS, RUNBOOK, SAMPLES

#: What Prometheus adds to every sample of ours, by ``prometheus.yml`` and the file of targets.
ADDED = {"job", "instance", "process"}
NAME = re.compile(r"\btechdock_[a-z_]+")
FILES = sorted(FOLDER.glob("*.yml"))
RULES = (FOLDER / "alerts.yml").read_text(encoding="utf-8")
TESTS = (FOLDER / "alerts_test.yml").read_text(encoding="utf-8")
#: Each alert with the lines that describe it.
ALERTS = {part.split("\n", 1)[0].strip(): part for part in RULES.split("- alert:")[1:]}

each_alert = pytest.mark.parametrize("alert", ALERTS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_metric_that_is_named_exists(file: Path) -> None:
    assert set(NAME.findall(file.read_text(encoding="utf-8"))) <= SAMPLES


@pytest.mark.parametrize("text", [RULES, TESTS], ids=["rules", "tests"])
def test_labels_that_are_asked_for_exist(text: str) -> None:
    for name, selector in re.findall(r"(techdock_[a-z_]+)\{([^}]*)\}", text):
        assert set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", selector)) <= LABELS[name] | ADDED, name


def test_topics_that_are_named_exist() -> None:
    known = {topic.name for topic in topics.CATALOGUE}

    assert set(re.findall(r"techdock\.[a-z-]+\.v\d+", RULES + TESTS)) <= known


def test_there_are_alerts() -> None:
    assert len(ALERTS) >= 8
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+", alert) for alert in ALERTS)


@each_alert
def test_an_alert_says_what_it_means_and_how_bad_it_is(alert: str) -> None:
    for part in ("summary: ", "description: ", "runbook: "):
        assert len(re.findall(rf"^ +{part}\S.*$", ALERTS[alert], re.MULTILINE)) == 1, part
    assert re.search(r"severity: (critical|warning)$", ALERTS[alert], re.MULTILINE)


@each_alert
def test_the_runbook_says_what_to_do(alert: str) -> None:
    headings = re.findall(r"^## (\w+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)

    assert f"runbook: docs/runbook.md#{alert.lower()}\n" in ALERTS[alert]
    assert alert in headings


def test_the_runbook_speaks_of_alerts_that_exist() -> None:
    anchors = re.findall(r"^## ([A-Z][a-z]+[A-Z]\w+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)

    assert set(anchors) == set(ALERTS)


@each_alert
def test_an_alert_is_tested_firing_quiet_and_without_series(alert: str) -> None:
    cases = [case for case in TESTS.split("- name: ")[1:] if case.startswith(f"{alert} ")]
    firing = [case for case in cases if "exp_alerts" in case]
    quiet = [case for case in cases if "exp_alerts" not in case and "input_series: []" not in case]
    absent = [case for case in cases if "input_series: []" in case]

    assert firing
    assert quiet
    assert absent
    assert all(re.search(rf"alertname: {alert}$", case, re.MULTILINE) for case in cases)


def test_prometheus_looks_where_the_supervisor_writes() -> None:
    text = (FOLDER / "prometheus.yml").read_text(encoding="utf-8")
    (named,) = re.findall(r"- (\S+targets\.json)", text)
    checkout = FOLDER.parents[1]

    assert (FOLDER / named).resolve() == Home(checkout / ".techdock").targets.resolve()


def _promtool(*arguments: str) -> None:
    """Runs promtool; where it is missing that is said, and is a failure where TECHDOCK_REQUIRE names it."""
    tool = shutil.which("promtool")
    if tool is None:
        sentence = (
            "promtool is not installed (Debian: apt-get install prometheus): nobody read the rules as Prometheus does"
        )
        if "promtool" in os.environ.get("TECHDOCK_REQUIRE", "").split(","):
            pytest.fail(sentence)
        pytest.skip(sentence)
    done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_reads_the_configuration_and_the_rules() -> None:
    _promtool("check", "rules", str(FOLDER / "alerts.yml"))
    _promtool("check", "config", str(FOLDER / "prometheus.yml"))


def test_alerts_fire_and_stay_quiet_as_their_tests_say() -> None:
    _promtool("test", "rules", str(FOLDER / "alerts_test.yml"))
