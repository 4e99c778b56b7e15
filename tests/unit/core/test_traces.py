"""W3C Trace Context: what is taken over, and what is ignored."""

import pytest

from apps.core.traces import parse_traceparent

_TRACE, _SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "header", [f"00-{_TRACE}-{_SPAN}-01", f"00-{_TRACE}-{_SPAN}-00", f"cc-{_TRACE}-{_SPAN}-01-more"]
)
def test_a_well_formed_header_is_taken_over(header: str) -> None:
    caller = parse_traceparent(header)

    assert caller is not None
    assert caller.log_fields == {"trace_id": _TRACE, "span_id": _SPAN}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "00-1-2-01",
        f"00-{_TRACE.upper()}-{_SPAN}-01",
        f"00-{'0' * 32}-{_SPAN}-01",
        f"00-{_TRACE}-{'0' * 16}-01",
        f"ff-{_TRACE}-{_SPAN}-01",
        f"00-{_TRACE}-{_SPAN}-01-more",
        f"00-{_TRACE}-{_SPAN}-01\n",
        f"00-{_TRACE}-{_SPAN}",
    ],
)
def test_a_malformed_header_is_ignored(header: str) -> None:
    assert parse_traceparent(header) is None
