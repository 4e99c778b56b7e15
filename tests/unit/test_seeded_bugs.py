"""The seeded bugs are kept in step with the code: every patch applies, and the tests that must notice exist."""

from pathlib import Path

import pytest

from sandbox.state_dir import CHECKOUT
from tests.seeded_bugs.bugs import BUGS, PATCHES, Bug
from tests.seeded_bugs.patching import DoesNotApply, hunks, patched

_PATCH = """What it does.

--- a/stock.py
+++ b/stock.py
@@ -1,2 +1,2 @@
 def sell(there, wanted):
-    assert wanted <= there
+    assert wanted
"""


@pytest.mark.parametrize("bug", BUGS, ids=[bug.name for bug in BUGS])
def test_a_bug_can_be_put_into_the_code_of_today(bug: Bug) -> None:
    changed = patched(CHECKOUT, bug.patch.read_text(encoding="utf-8"))
    assert all(text != path.read_text(encoding="utf-8") for path, text in changed.items())
    assert all((CHECKOUT / test.partition("::")[0]).exists() for test in bug.tests)


def test_every_patch_is_a_bug_and_there_are_enough() -> None:
    assert {path.stem for path in PATCHES.glob("*.patch")} == {bug.name for bug in BUGS}
    assert len(BUGS) >= 10


def test_a_patch_applies_where_its_lines_have_moved_to(tmp_path: Path) -> None:
    (tmp_path / "stock.py").write_text(
        "# new\ndef sell(there, wanted):\n    assert wanted <= there\n", encoding="utf-8"
    )
    assert list(patched(tmp_path, _PATCH).values()) == ["# new\ndef sell(there, wanted):\n    assert wanted\n"]


@pytest.mark.parametrize(
    "text", ["", "def sell(there, wanted):\n    assert there >= wanted\n", f"{hunks(_PATCH)[0].old}" * 2]
)
def test_a_patch_does_not_apply_where_its_lines_have_changed(tmp_path: Path, text: str) -> None:
    (tmp_path / "stock.py").write_text(text, encoding="utf-8")
    with pytest.raises(DoesNotApply, match=r"stock\.py has these lines"):
        patched(tmp_path, _PATCH)
