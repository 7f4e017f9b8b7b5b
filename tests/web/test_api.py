"""The interface for machines."""

from __future__ import annotations

import json

from django.test import Client

API = "/api/v1/p/harrowmere/"


def test_openapi_names_every_path_and_its_problems(client: Client) -> None:
    document = json.loads(client.get("/api/openapi.json").content)
    assert document["openapi"].startswith("3.1")
    values = document["paths"]["/api/v1/p/{place}/values"]["get"]
    assert {"200", "404", "422"} <= set(values["responses"])
    for operation in (one["get"] for one in document["paths"].values()):
        for status in ("404", "422"):
            assert list(operation["responses"][status]["content"]) == ["application/problem+json"]


def test_values_are_filtered_and_paged(client: Client) -> None:
    first = client.get(API + "values", {"geography": "ward", "limit": "3"}).json()
    assert len(first["items"]) == 3
    assert {row["geography"] for row in first["items"]} == {"ward"}
    second = client.get(first["next"]).json()
    assert second["count"] == first["count"]
    assert second["items"][0] not in first["items"]


def test_an_unknown_parameter_is_refused_with_problem_details(client: Client) -> None:
    answer = client.get(API + "values", {"indicatr": "x"})
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert "indicatr" in answer.json()["detail"]


def test_a_wrong_parameter_is_refused(client: Client) -> None:
    answer = client.get(API + "values", {"limit": "many"})
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")


def test_what_is_not_there_is_a_json_404(client: Client) -> None:
    for address in ("/api/nope", "/api/v1/p/nowhere/values", API + "indices/none/scores"):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), address


def test_scores_carry_their_rank_intervals(client: Client) -> None:
    row = client.get(API + "indices/deprivation/scores", {"limit": "1"}).json()["items"][0]
    assert row["rank_p05"] <= row["rank_p95"]
    assert 0 <= row["p_decile_1"] <= 1
