"""The place that other tests change is itself without fault, so that what they find is their own doing."""

from pathlib import Path

from tests.places import check, read, values, write_place

from wholeplace.measure import indicator_values


def test_it_has_no_finding(tmp_path: Path) -> None:
    report = check(write_place(tmp_path))
    assert report.findings == []
    assert report.as_dict() == {
        "ok": True,
        "findings": [],
        "areas": {"area": 4, "ward": 2},
        "rows_outside": {"indicators/values/wide.csv": 0},
    }


def test_values_move_to_wards_and_the_place(tmp_path: Path) -> None:
    place, _ = read(write_place(tmp_path))
    assert values(place, "residents") == {"A1": 100, "A2": 200, "A3": 300, "A4": 400}
    moved = indicator_values(place, "residents").select("geography", "area", "value").rows()
    # W1 = 100 + 200, W2 = 300 + 400, Testham = 1000
    assert moved[4:] == [("ward", "W1", 300.0), ("ward", "W2", 700.0), ("place", "T01", 1000.0)]
