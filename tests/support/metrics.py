"""Reading Prometheus' text format as a scraper does."""

from prometheus_client.parser import text_string_to_metric_families


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return every sample of a scrape by its name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    """Return one sample; 0 where there is none yet."""
    return samples(text).get((name, frozenset(labels.items())), 0.0)


def families(text: str) -> dict[str, str]:
    """Return the type of every family of a scrape by the name that Prometheus stores it under."""
    suffixes = {"counter": "_total"}
    return {family.name + suffixes.get(family.type, ""): family.type for family in text_string_to_metric_families(text)}
