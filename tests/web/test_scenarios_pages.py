"""Pages and API of scenarios: a place small enough to work out by hand, on loopback and off it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from scipy.stats import binomtest

from wholeplace.build import build_place, open_build
from wholeplace.build.scenario_results import TRIALS
from wholeplace.web.chances import amount, chance, chance_range
from wholeplace.web.settings import configure
from wholeplace.web.site import Sites

FILES = {
    "registers/services.csv": (
        "id,name,rto_h,max_tolerable_h\nmeals,Meals on wheels,4,24\ncalls,Calls,,\nquiet,Quiet,1,2\n"
    ),
    "registers/service_users.csv": "service,geography,area,group,people\nmeals,place,T,,200\nmeals,place,T,65-plus,150\n",
    "registers/systems.csv": "id,name\nrota,Rota & rounds\n",
    "registers/sites.csv": "id,name\nwest,Cloud West\n",
    "registers/utilities.csv": "id,name,kind\ngrid,Grid,power\nspare,Generator,power\n",
    "registers/dependencies.csv": (
        "dependent,provider,group,required,degraded_to,notes\n"
        "service:meals,system:rota,,,,Assumption: nobody was asked\nservice:calls,system:rota,,,0.5,\n"
        "system:rota,site:west,,,,\nsite:west,utility:grid,power,1,,\nsite:west,utility:spare,power,1,,\n"
    ),
    "scenarios/power.toml": (
        '[scenario]\nname = "Power & water"\nhorizon_h = 48\nstart = 2026-01-15T06:00:00\n'
        '[[event]]\nkind = "fail"\nat_h = 2\nitems = ["utility:*"]\nchance = 0.5\nrepair = "fixed(6)"\n'
        '[[event]]\nkind = "fail"\nat_h = 2\nitems = ["site:west"]\nchance = 0.1\nrepair = "fixed(30)"\n'
    ),
    "registers/risks.csv": "id,name,kind,scenario\ndark,The lights go out,system-failure, power\n"
    "unplayed,Something else,democracy,no-such-file\n",
    "scenarios/rare.toml": (
        '[scenario]\nname = "Rare"\nhorizon_h = 48\n'
        '[[event]]\nkind = "fail"\nat_h = "uniform(0, 1)"\nitems = ["site:west"]\nchance = 0.001\nrepair = "fixed(6)"\n'
    ),
    "scenarios/nothing.toml": (
        '[scenario]\nname = "Nothing there"\nhorizon_h = 48\n'
        '[[event]]\nkind = "fail"\nat_h = 0\nitems = ["system:*"]\nwhere = "hosting == \'cloud\'"\n'
        'repair = "fixed(6)"\n'
    ),
}
HOME = "/p/testham/estate/scenarios/"
API = "/api/v1/p/testham/estate/scenarios"


def write_place(folder: Path) -> Path:
    """Testham: meals and calls stand on one system, that on one site, that on either of two sources of power.

    Grid and generator fail with a chance of 1/2 each, the site with 1/10, all at hour 2: what stands on the site is
    down with a chance of 1 - (1 - 1/4)(1 - 1/10) = 0.325, for 6 or 30 hours.
    """
    folder.mkdir(parents=True)
    (folder / "place.toml").write_text('[place]\ncode = "T"\nname = "Testham"\n', encoding="utf-8")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_place(tmp_path_factory.mktemp("scenarios") / "testham")
    with pytest.MonkeyPatch.context() as patch:
        # on a busy machine the exact answer of a second can take longer than a build waits for it
        patch.setattr("wholeplace.build.scenario_results.TIME_LIMIT_S", 120.0)
        build_place(folder)
    return folder


def _served(place: Path, host: str, name: str) -> Iterator[Client]:
    from django.conf import settings

    before = settings.WHOLEPLACE_SITES
    configure(Sites([place]), host=host)
    yield Client(SERVER_NAME=name)
    configure(before, host="127.0.0.1")


@pytest.fixture
def served(place: Path, client: Client) -> Iterator[Client]:
    """The place on loopback; `client`, which serves the demo place to all other tests, is put back afterwards."""
    yield from _served(place, "127.0.0.1", "127.0.0.1")


@pytest.fixture
def exposed(place: Path, client: Client) -> Iterator[Client]:
    """The place served to other machines."""
    yield from _served(place, "0.0.0.0", "10.1.2.3")


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def plain(client: Client, address: str) -> str:
    """A page without its mark-up, spaces made one."""
    return " ".join(re.sub(r"<[^>]*>", " ", text(client, address)).replace("&amp;", "&").split())


def rows(client: Client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(client, address))))


def test_chances_and_amounts_are_written_as_exactly_as_they_are_known() -> None:
    assert [chance(one) for one in (0, 0.0004, 0.05, 0.325, 0.95, 0.99999, 1)] == [
        "0%", "under 0.1%", "5.0%", "32%", "95.0%", "over 99.9%", "100%",
    ]  # fmt: skip
    assert chance_range(0.05, 0.041, 0.0601) == "4.1 to 6.0%"
    assert chance_range(0.0, 0.0, 0.0019) == "0 to 0.2%"
    assert [amount(one) for one in (0, 0.04, 2.34, 9.96, 12345.6, 999_499, 999_600, 1_345_000, 2.5e9)] == [
        "0", "under 0.1", "2.3", "10", "12,346", "999,499", "1m", "1.34m", "2.5bn",
    ]  # fmt: skip


def test_the_list_has_the_chance_that_some_service_passes_its_limits(served: Client) -> None:
    page = plain(served, HOME)
    found = {row["scenario"]: row for row in rows(served, HOME + "tables/scenarios.csv")}
    assert list(found) == ["power", "rare", "nothing"]  # the likeliest to pass a longest tolerable outage first
    power = found["power"]
    # Meals stop for 6 h or 30 h; over their objective of 4 h in both cases, over 24 h in the second
    assert float(power["p_any_over_rto"]) == pytest.approx(0.325, abs=4 * (0.325 * 0.675 / TRIALS) ** 0.5)
    assert float(power["p_any_over_max_tolerable"]) == pytest.approx(0.1, abs=4 * (0.09 / TRIALS) ** 0.5)
    count = round(float(power["p_any_over_rto"]) * TRIALS)
    ends = binomtest(count, TRIALS).proportion_ci(method="wilson")
    assert float(power["p_any_over_rto_lower95"]) == pytest.approx(ends.low)
    assert float(power["p_any_over_rto_upper95"]) == pytest.approx(ends.high)
    assert found["nothing"]["p_any_down"] == "" and "not run" in page
    assert "No event of this scenario can strike anything in the registers" in page
    assert "Power & water" in page and "Meals on wheels" in page
    assert "simulated, 2,000 times" in page


def test_a_service_has_its_chances_with_intervals_and_its_gaps_in_words(served: Client) -> None:
    page = plain(served, HOME + "power/")
    found = {row["item"]: row for row in rows(served, HOME + "power/tables/services.csv")}
    assert list(found) == ["service:meals", "service:calls", "service:quiet"]
    assert float(found["service:meals"]["p_down"]) == pytest.approx(0.325, abs=1e-12)  # exact: time plays no part
    assert found["service:meals"]["p_down_lower95"] == "" and "exact" in page
    assert (found["service:calls"]["p_over_rto"], found["service:quiet"]["p_over_rto"]) == ("", "0.0")
    assert "no limit given" in page and "users not known" in page
    assert {item: row["fate"] for item, row in found.items()} == {
        "service:meals": "may pass a limit",
        "service:calls": "may go on at less",
        "service:quiet": "untouched",
    }
    assert float(found["service:quiet"]["p_over_rto_upper95"]) == pytest.approx(
        binomtest(0, TRIALS).proportion_ci(method="wilson").high
    )
    only = rows(served, HOME + "power/tables/services.csv?fate=untouched&sort=-p_down")
    assert [row["item"] for row in only] == ["service:quiet"]
    assert served.get(HOME + "power/tables/services.csv?fate=gone").status_code == 404


def test_single_points_of_failure_and_what_matters_most(served: Client) -> None:
    page = plain(served, HOME + "power/")
    assert re.search(r"Single points of failure, each enough by itself: Cloud West", page)
    assert "Of 2 least sets of things that stop it together, the smallest of more than one: Grid and Generator" in page
    found = {row["item"]: row for row in rows(served, HOME + "power/tables/importance.csv")}
    # P = 0.325; with the site failed 1, without 0.25; with the grid failed 1 - 0.5 x 0.9 = 0.55, without 0.1
    assert {item: round(float(row["birnbaum"]), 9) for item, row in found.items()} == {
        "site:west": 0.75,
        "utility:grid": 0.45,
        "utility:spare": 0.45,
    }
    assert float(found["site:west"]["raw"]) == pytest.approx(1 / 0.325)
    assert float(found["site:west"]["rrw"]) == pytest.approx(0.325 / 0.25)


def test_two_trials_are_told_with_picture_table_and_why(served: Client) -> None:
    address = HOME + "power/"
    page, words = text(served, address), plain(served, address)
    spells = rows(served, address + "tables/timeline-bad.csv")
    # 1 of 10 trials lasts 30 h, so that the one than which a twentieth are worse does
    assert [(row["item"], row["start_h"], row["end_h"], row["level"]) for row in spells if row["item"] != "utility:grid"
            and row["item"] != "utility:spare"] == [
        ("service:calls", "2.0", "32.0", "0.5"),
        ("service:meals", "2.0", "32.0", "0.0"),
        ("site:west", "2.0", "32.0", "0.0"),
        ("system:rota", "2.0", "32.0", "0.0"),
    ]  # fmt: skip
    assert "Why did Meals on wheels stop?" in words and "Why did Calls stop?" not in words
    assert (
        "Meals on wheels stopped at 08:00 on day 1 because it cannot do without Rota & rounds (an assumption). "
        "Rota & rounds stopped at 08:00 on day 1 because it cannot do without Cloud West. "
        "Cloud West stopped at 08:00 on day 1 because event 2 (fail) struck it." in words
    )
    assert "No service was below its usual level in it" in words  # in the middle trial nothing happens
    [picture] = re.findall(r'<svg viewBox[^>]*aria-labelledby="bad-t bad-d".*?</svg>', page, re.DOTALL)
    assert picture.count('class="t-stopped"') == 1 and picture.count('class="t-less"') == 1
    assert "16 Jan" in picture
    assert "going on at less" in words


def test_assumptions_are_marked_wherever_they_are_used(served: Client) -> None:
    assert "1 dependency row without a published source" in plain(served, HOME + "power/")
    assert "Rota & rounds assumption" in plain(served, "/p/testham/estate/things/service:meals/")
    assert "g-line--assumed" in text(served, "/p/testham/estate/things/service:meals/")
    assert "Dashed lines are assumptions" in plain(served, "/p/testham/estate/things/service:meals/")
    assert "Dashed lines" not in plain(served, "/p/testham/estate/things/utility:grid/")
    assert "Meals on wheels assumption" in plain(served, "/p/testham/estate/things/system:rota/")
    row = "/p/testham/estate/things/dependency:service:meals%7C%7Csystem:rota/"
    assert "This dependency has no published source" in plain(served, row)
    assert "1 row is an assumption without a published source" in plain(served, "/p/testham/estate/")


def test_person_hours_by_group_and_area(served: Client) -> None:
    [area] = rows(served, HOME + "power/tables/areas.csv")
    [group] = rows(served, HOME + "power/tables/groups.csv")
    # 200 users lose 6 h in 22.5 % of trials and 30 h in 10 %: 870 person-hours; 150 of them are 65 or older
    assert float(area["person_hours_lost_mean"]) == pytest.approx(870, abs=4 * float(area["person_hours_lost_se"]))
    assert float(group["person_hours_lost_mean"]) == pytest.approx(0.75 * float(area["person_hours_lost_mean"]))
    assert "65 plus" in plain(served, HOME + "power/")


def test_figures_that_stand_on_few_trials_are_named(served: Client) -> None:
    page = plain(served, HOME + "rare/")
    assert "fewer than 10 of 2,000 trials stand on little: Meals on wheels" in page
    assert "one in 666 may still have" in page  # 3 / n


def test_a_scenario_that_strikes_nothing_says_so(served: Client) -> None:
    page = plain(served, HOME + "nothing/")
    assert "strikes nothing in the registers" in page and "Person-hours" not in page
    assert served.get(HOME + "nothing/result.json").status_code == 404
    assert served.get(HOME + "nothing/tables/services.csv").status_code == 404


def test_the_whole_result_is_downloaded_as_the_command_writes_it(served: Client) -> None:
    result = json.loads(text(served, HOME + "power/result.json"))
    assert (result["schema"], result["trials"], result["seed"]) == ("wholeplace.scenario-result/1", TRIALS, 1)
    assert result == json.loads(text(served, API + "/power"))
    items = rows(served, HOME + "power/result.csv")
    assert [row["item"] for row in items] == sorted(result["items"])
    assert served.get(HOME + "power/result.xml").status_code == 404


def test_links_lead_to_scenarios(served: Client) -> None:
    assert f'href="{HOME}"' in text(served, "/p/testham/estate/")
    record = text(served, "/p/testham/estate/things/service:meals/")
    assert f'href="{HOME}power/"' in record and f'href="{HOME}nothing/"' not in record
    sitemap = text(served, "/sitemap.xml")
    assert all(f"{HOME}{name}/" in sitemap for name in ("power", "rare", "nothing"))


def test_a_risk_and_its_scenario_lead_to_each_other(served: Client) -> None:
    dark, other = "/p/testham/estate/things/risk%3Adark/", "/p/testham/estate/things/risk%3Aunplayed/"
    assert f'<a class="govuk-link" href="{HOME}power/">Power &amp; water</a>' in text(served, dark)
    assert "no-such-file" in text(served, other) and "scenarios/no-such-file" not in text(served, other)
    assert f'It plays through this risk of the register: <a class="govuk-link" href="{dark}">' in text(
        served, HOME + "power/"
    )
    assert "of the register" not in text(served, HOME + "rare/")


def test_api(served: Client) -> None:
    first = json.loads(text(served, API + "?limit=1"))
    assert (first["count"], len(first["items"])) == (3, 1) and first["next"]
    answer = served.get(API + "/power")
    assert served.get(API + "/power", headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert served.get(API + "?colour=red").status_code == 422
    for missing in ("/gone", "/nothing"):
        gone = served.get(API + missing)
        assert (gone.status_code, gone["Content-Type"]) == (404, "application/problem+json"), missing
    paths = json.loads(text(served, "/api/openapi.json"))["paths"]
    assert {"/api/v1/p/{place}/estate/scenarios", "/api/v1/p/{place}/estate/scenarios/{scenario}"} <= set(paths)


@pytest.mark.parametrize("address", ["", "power/", "power/result.json", "power/tables/services.csv"])
def test_off_loopback_scenarios_are_refused(exposed: Client, address: str) -> None:
    assert exposed.get(HOME + address).status_code == 403


def test_off_loopback_the_api_refuses_and_no_page_links_there(exposed: Client) -> None:
    for address in (API, API + "/power"):
        assert exposed.get(address)["Content-Type"] == "application/problem+json"
        assert exposed.get(address).status_code == 403
    assert "/estate/" not in text(exposed, "/sitemap.xml")


def test_there_is_no_other_scenario(served: Client) -> None:
    assert served.get(HOME + "gone/").status_code == 404
    assert served.get(HOME + "power/tables/nothing.csv").status_code == 404


def test_a_place_without_services_has_a_scenario_without_figures(tmp_path: Path) -> None:
    folder = write_place(tmp_path / "testham")
    for name in ("services", "service_users", "dependencies"):
        (folder / f"registers/{name}.csv").unlink()
    build_place(folder)
    view = open_build(folder).scenario("power")
    assert view.ran and view.items.is_empty() and view.about["any_service"]["over_rto"] is None
    from django.conf import settings

    before = settings.WHOLEPLACE_SITES
    configure(Sites([folder]), host="127.0.0.1")
    try:
        local = Client(SERVER_NAME="127.0.0.1")
        assert "No service had an outage in any trial" in plain(local, HOME + "power/")
        assert "no limit given" in plain(local, HOME)
    finally:
        configure(before, host="127.0.0.1")


def test_only_what_has_changed_is_run_again(tmp_path: Path) -> None:
    folder = write_place(tmp_path / "testham")
    steps = {f"scenario-{name}" for name in ("power", "rare", "nothing")}
    assert steps <= set(build_place(folder).ran)
    changed = folder / "scenarios/power.toml"
    changed.write_text(changed.read_text(encoding="utf-8").replace("0.1", "0.2"), encoding="utf-8")
    assert steps & set(build_place(folder).ran) == {"scenario-power"}
    people = folder / "registers/service_users.csv"
    people.write_text(people.read_text(encoding="utf-8").replace("200", "300"), encoding="utf-8")
    assert steps <= set(build_place(folder).ran)
    lost = open_build(folder).scenario("power").result["total_person_hours_lost"]
    # 30 h in 2 of 10 trials, 6 h in a quarter of the others
    assert lost["mean"] == pytest.approx(300 * (0.2 * 30 + 0.8 * 0.25 * 6), abs=4 * lost["se"])
    (folder / "scenarios/rare.toml").unlink()
    build_place(folder)
    assert set(open_build(folder).scenarios) == {"nothing", "power"}
