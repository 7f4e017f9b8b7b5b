"""What the council of the demo town runs: an estate of a believable size, with the faults that its README lists."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wholeplace.place.demo import LEAST_AREAS
from wholeplace.place.demo.folder import Demo, invent
from wholeplace.place.demo.naming import PLACE_CODE

AREAS, SEED = 120, 1  # of the town in conftest.py


@pytest.fixture(scope="module")
def registers(folder: Path) -> dict[str, pl.DataFrame]:
    paths = (folder / "registers").glob("*.csv")
    return {path.stem: pl.read_csv(path, infer_schema=False).fill_null("") for path in paths}


def ids(frame: pl.DataFrame, where: pl.Expr) -> set[str]:
    return set(frame.filter(where)["id"])


def providers(registers: dict[str, pl.DataFrame], thing: str) -> set[str]:
    """Everything that a thing depends on, any number of steps away."""
    direct: dict[str, set[str]] = {}
    for dependent, provider in registers["dependencies"].select("dependent", "provider").iter_rows():
        direct.setdefault(dependent, set()).add(provider)
    found: set[str] = set()
    ahead = [thing]
    while ahead:
        new = direct.get(ahead.pop(), set()) - found
        found |= new
        ahead += new
    return found


def test_registers_are_as_large_as_an_estate(registers: dict[str, pl.DataFrame]) -> None:
    """About 40 services, 80 systems, 30 suppliers, 60 sites and 400 dependencies."""
    sizes = {name: frame.height for name, frame in registers.items() if name != "service_users"}
    assert sizes == {
        "organisations": 9, "teams": 30, "sites": 62, "utilities": 12, "systems": 77, "suppliers": 30,
        "contracts": 31, "datasets": 23, "services": 42, "crews": 11, "plans": 16, "risks": 19, "mitigations": 12,
        "dependencies": 465,
    }  # fmt: skip


def test_check_tells_of_the_faults_that_the_readme_says_it_does(folder: Path) -> None:
    """One fault of an entry; the loop that cannot start; what much stands on alone; what nothing depends on."""
    from wholeplace.build.check import check_place

    told = [one for one in check_place(folder).findings if (one.file or "").startswith("registers/")]
    entries = [one for one in told if one.rule == "no-dependency-row"]
    assert [(one.level, one.value) for one in entries] == [("notice", "site:cloud-west")]
    assert entries[0].message.startswith("system:parking-system names site:cloud-west")
    loops = [(one.level, one.message) for one in told if one.rule == "loop-without-black-start"]
    assert [level for level, _ in loops] == ["warning"]
    assert loops[0][1].startswith("system:backup and system:standby-hosts depend on each other, and none has a black")
    single = [one.message for one in told if one.rule == "single-provider"]
    assert any(message.startswith("11 of 42 services need site:main-data-centre") for message in single)
    assert len(single) < 10
    assert {one.rule for one in told} == {
        "loop-without-black-start", "no-dependency-row", "nothing-depends", "single-provider",
    }  # fmt: skip
    assert [one for one in told if one.level == "error"] == []


def test_sites_stand_in_the_area_and_at_the_postcode_they_name(demo: Demo, registers: dict[str, pl.DataFrame]) -> None:
    sites = registers["sites"]
    assert ids(sites, pl.col("lat") == "") == {"cloud-north", "cloud-west"}  # they stand far away
    postcodes = {row["postcode"]: row for row in demo.postcodes.frame.iter_rows(named=True)}
    for row in sites.filter(pl.col("lat") != "").iter_rows(named=True):
        known = postcodes[row["postcode"]]
        assert (row["area"], float(row["lat"]), float(row["lon"])) == (known["area_code"], known["lat"], known["lon"])
    assert sites["name"].is_unique().all()
    assert not sites["name"].str.contains("{", literal=True).any()
    words = [name.split() for name in sites["name"]]
    assert all(len(one) == len(set(one)) for one in words)  # no Old Library Library
    assert {"data-centre", "cloud-region", "river-gauge", "school", "hospital"} <= set(sites["kind"])


def test_another_town_has_the_same_estate_elsewhere(demo: Demo, registers: dict[str, pl.DataFrame]) -> None:
    other = invent(LEAST_AREAS, SEED + 1).estate.registers
    assert other["services"].fill_null("").equals(registers["services"])
    assert other["sites"]["id"].to_list() == registers["sites"]["id"].to_list()
    assert other["sites"]["name"].is_unique().all()
    assert other["sites"]["lat"].to_list() != registers["sites"]["lat"].to_list()


def test_users_are_people_of_the_area_and_groups_are_some_of_them(
    demo: Demo, registers: dict[str, pl.DataFrame]
) -> None:
    users = registers["service_users"].with_columns(pl.col("people").cast(pl.Int64))
    codes = {"neighbourhood": demo.town.codes, "ward": demo.town.ward_codes, "place": np.array([PLACE_CODE])}
    assert set(users["geography"]) == set(codes)
    for geography, known in codes.items():
        assert set(users.filter(pl.col("geography") == geography)["area"]) <= set(known.tolist())
    assert set(users.filter(pl.col("group") == "")["service"]) == set(registers["services"]["id"])
    groups = users.filter(pl.col("group") != "").join(
        users.filter(pl.col("group") == ""), on=["service", "area"], suffix="_all"
    )
    assert set(groups["group"]) == {"65-plus", "children", "carers", "lives-alone"}
    assert groups.height == users.filter(pl.col("group") != "").height
    assert (groups["people"] <= groups["people_all"]).all()
    households = dict(zip(demo.town.codes.tolist(), demo.people.households["2024"].tolist(), strict=True))
    taxed = users.filter(pl.col("service") == "council-tax")
    assert dict(taxed.select("area", "people").iter_rows()) == households
    staff = registers["teams"]["headcount"].cast(pl.Int64).sum()
    assert users.filter(pl.col("service") == "paying-staff")["people"].to_list() == [staff]


def test_risks_are_of_all_kinds_and_nothing_names_a_person(registers: dict[str, pl.DataFrame]) -> None:
    from wholeplace.place.vocabulary import vocabulary

    kinds = {code.code for code in vocabulary().registers["risks"].by_name["kind"].codes}
    assert set(registers["risks"]["kind"]) == kinds
    assert len(kinds) == 13
    contacts = [one for frame in registers.values() if "contact" in frame.columns for one in frame["contact"] if one]
    assert contacts
    assert all(one.startswith("Duty manager <") and one.endswith("@harrowmere.example>") for one in contacts)


def test_loops_are_those_that_the_readme_names(registers: dict[str, pl.DataFrame]) -> None:
    """Strongly connected sets over groups without degraded_to, by SciPy."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows = registers["dependencies"]
    soft = {tuple(row) for row in rows.filter(pl.col("degraded_to") != "").select("dependent", "group").iter_rows()}
    edges = [(row["dependent"], row["provider"]) for row in rows.iter_rows(named=True)
             if not (row["degraded_to"] or (row["group"] and (row["dependent"], row["group"]) in soft))]  # fmt: skip
    names = sorted({name for edge in edges for name in edge})
    at = np.array([[names.index(name) for name in edge] for edge in edges])
    graph = coo_array((np.ones(len(at)), (at[:, 0], at[:, 1])), shape=(len(names), len(names)))
    label = connected_components(graph, connection="strong")[1]
    members = [{name for name, of in zip(names, label, strict=True) if of == loop} for loop in set(label.tolist())]
    black_start = {f"{prefix}:{one}" for prefix, name in (("utility", "utilities"), ("system", "systems"))
                   for one in ids(registers[name], pl.col("black_start") == "yes")}  # fmt: skip
    assert sorted((sorted(loop), sorted(loop & black_start)) for loop in members if len(loop) > 1) == [
        (["site:telephone-exchange", "utility:power-east", "utility:telecoms-trunk", "utility:town-grid"],
         ["utility:town-grid"]),
        (["system:backup", "system:standby-hosts"], []),
        (["system:contact-telephony", "system:session-border"], ["system:session-border"]),
        (["system:dns", "system:identity", "system:virtual-hosts"], ["system:identity"]),
    ]  # fmt: skip


def test_readme_lists_the_faults_that_the_registers_have(folder: Path, registers: dict[str, pl.DataFrame]) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8")
    listed = text.partition("## Faults of what the council runs")[2]
    untested = ids(registers["plans"], pl.col("last_tested") == "")
    old = ids(registers["plans"], (pl.col("last_tested") != "") & (pl.col("last_tested") < "2025-11-30"))
    ending = ids(registers["contracts"], pl.col("end") < "2027-11-30")
    assert (untested, old, ending) == ({"power-cut", "ransomware-recovery"}, {"pandemic"}, {"fernleigh-revenues"})
    unowned = {f"service:{one}" for one in ids(registers["services"], pl.col("owner") == "")}
    unowned |= {f"dataset:{one}" for one in ids(registers["datasets"], pl.col("owner") == "")}
    unowned |= {"system:burials-system", "site:market-hall"}
    named = {f"plan:{one}" for one in untested | old} | {f"contract:{one}" for one in ending} | unowned
    assert [one for one in named if f"`{one}`" not in listed] == []
    services = [f"service:{one}" for one in registers["services"]["id"]]
    on_fernleigh = [one for one in services if "supplier:fernleigh" in providers(registers, one)]
    assert f"{len(on_fernleigh)} of the {len(services)} services need one" in listed
    direct = registers["dependencies"].filter(pl.col("dependent").is_in(services))
    in_basement = {system for system, site in registers["dependencies"].select("dependent", "provider").iter_rows()
                   if site == "site:main-data-centre"}  # fmt: skip
    using = direct.filter(pl.col("provider").is_in(list(in_basement)))["dependent"].n_unique()
    assert f"{using} of the {len(services)} services use a system that runs in `site:main-data-centre`" in listed
    assert f"supplies {(registers['systems']['supplier'] == 'fernleigh').sum()} systems" in listed
    assert f"{registers['systems'].height} systems" in text


def test_two_plans_count_on_one_crew_of_one(registers: dict[str, pl.DataFrame]) -> None:
    crews = dict(registers["systems"].select("id", "crew").iter_rows())
    covers = dict(registers["plans"].select("id", "covers").iter_rows())
    for plan in ("data-centre-recovery", "telephony-recovery"):
        used = {crews.get(one.removeprefix("system:")) for one in covers[plan].split(";")}
        assert "network-engineers" in used
    assert dict(registers["crews"].select("id", "size").iter_rows())["network-engineers"] == "1"
