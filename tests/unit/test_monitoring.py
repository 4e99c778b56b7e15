"""Dashboard, alerts and documents speak of metrics that a real scrape has, in expressions that Prometheus can read."""

import json
import re
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from django.test import Client

from apps.core.metrics import REGISTRY
from tests.support.metrics import families, samples

_DOCS = Path(__file__).resolve().parents[2] / "docs" / "operations"
_FILES = _DOCS / "monitoring"
_OF_PROMETHEUS = {"up": {"job"}}
_EVERY_SAMPLE = {"job", "instance"}


def _scrape() -> str:
    return Client().get("/metrics").content.decode()


def _metrics() -> dict[str, tuple[str, set[str]]]:
    """Return type and labels of every family of a scrape."""
    text = _scrape()
    labels = {name: set(getattr(made, "_labelnames", ())) for name, made in REGISTRY._names_to_collectors.items()}
    for name, found in samples(text):
        labels.setdefault(name, {label for label, _ in found})
    return {name: (kind, labels[name]) for name, kind in families(text).items()}


def _series() -> dict[str, set[str]]:
    """Return every series that a query may name, with its labels."""
    found = {name: _EVERY_SAMPLE | labels for name, labels in _OF_PROMETHEUS.items()}
    for name, (kind, labels) in _metrics().items():
        if kind == "histogram":
            found[f"{name}_bucket"] = _EVERY_SAMPLE | labels | {"le"}
            found[f"{name}_sum"] = found[f"{name}_count"] = _EVERY_SAMPLE | labels
        else:
            found[name] = _EVERY_SAMPLE | labels
    return found


def _rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((_FILES / "alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def _panels() -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = json.loads((_FILES / "grafana.json").read_text(encoding="utf-8"))["panels"]
    return panels


_EXPRESSIONS = {rule["alert"]: rule["expr"] for rule in _rules()} | {
    f"{panel['title']} {target['refId']}": target["expr"] for panel in _panels() for target in panel.get("targets", ())
}


def _selectors(node: Any) -> list[Any]:
    return [each for each in _nodes(node) if isinstance(each, promql_parser.VectorSelector)]


def _nodes(node: Any) -> list[Any]:
    """Return an expression and everything in it."""
    children = [getattr(node, name, None) for name in ("lhs", "rhs", "expr", "param", "vector_selector")]
    children += list(getattr(node, "args", None) or ())
    return [node, *(each for child in children if child is not None for each in _nodes(child))]


@pytest.mark.parametrize("name", _EXPRESSIONS)
def test_an_expression_can_be_read_and_names_series_and_labels_that_there_are(name: str) -> None:
    nodes = _nodes(promql_parser.parse(_EXPRESSIONS[name].replace("$__rate_interval", "5m")))
    series = _series()

    selectors = _selectors(nodes[0])
    assert {node.name for node in selectors} - set(series) == set()
    assert selectors
    for node in selectors:
        assert {matcher.name for matcher in node.matchers.matchers} - series[node.name] == set()
    grouped = {label for node in nodes for label in _grouping(node)}
    assert grouped - set().union(*(series[node.name] for node in selectors)) == set()


@pytest.mark.parametrize("name", _EXPRESSIONS)
def test_only_what_never_falls_is_asked_for_its_rate(name: str) -> None:
    nodes = _nodes(promql_parser.parse(_EXPRESSIONS[name].replace("$__rate_interval", "5m")))

    rated = [
        inner.name
        for node in nodes
        if isinstance(node, promql_parser.Call) and node.func.name in {"rate", "increase"}
        for inner in _selectors(node)
    ]

    assert [each for each in rated if not each.endswith(("_total", "_bucket", "_sum", "_count"))] == []


def _grouping(node: Any) -> set[str]:
    modifier = getattr(node, "modifier", None) if isinstance(node, promql_parser.AggregateExpr) else None
    return set(modifier.labels) if modifier is not None else set()


def test_every_alert_says_how_urgent_it_is_and_what_to_look_at() -> None:
    rules = _rules()

    assert len({rule["alert"] for rule in rules}) == len(rules)
    assert {rule["labels"]["severity"] for rule in rules} == {"page", "ticket"}
    assert [rule["alert"] for rule in rules if set(rule["annotations"]) != {"summary", "description"}] == []


def test_prometheus_is_told_where_the_rules_are_and_where_the_token() -> None:
    document = yaml.safe_load((_FILES / "prometheus.yml").read_text(encoding="utf-8"))

    assert [(_FILES / name).is_file() for name in document["rule_files"]] == [True]
    assert all("authorization" in job for job in document["scrape_configs"])
    jobs = {job["job_name"] for job in document["scrape_configs"]}
    assert set(re.findall(r'job="([^"]+)"', str(_EXPRESSIONS))) <= jobs


def test_the_dashboard_s_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    panels = _panels()
    cells = [
        (x, y)
        for panel in panels
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23


def test_every_metric_of_a_scrape_is_described_with_its_type_and_labels() -> None:
    rows = re.findall(
        r"^\| `(stockwire_\w+)` \| (\w+) \|([^|]*)\| .+ \|$",
        (_DOCS / "monitoring.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )

    described = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}

    assert described == _metrics()
