"""Contract H in plain Python, written from its text alone, to hold the engine against.

No numpy, no polars, nothing of wholeplace: dictionaries by area and part, loops, and the formulas as they stand in
the contract. A spec is the content of an index file; `table` is indicator -> area -> value (None where there is none),
areas outside the place included.
"""

from __future__ import annotations

import math
from typing import Any

Scores = dict[str, float | None]


class RefusedError(Exception):
    """What the contract makes an error; the text is its kind."""


def build(
    spec: dict[str, Any],
    table: dict[str, Scores],
    areas: list[str],
    *,
    people: dict[str, float] | None = None,
    home: dict[str, str] | None = None,
) -> list[dict[str, Any]]:
    """The rows of the output, in order: area, score, rank, decile, `<part>_score`…, reference_rank…"""
    leaves = list(_leaves(spec["part"], spec["normalise"], spec.get("aggregate", {}), spec.get("aggregate", {})))
    by_source = [norm.get("reference", "place") == "source" for _, norm, _ in leaves]
    row_sets = [set(table[part["indicator"]]) for part, _, _ in leaves]
    common = all(by_source) and all(rows == row_sets[0] for rows in row_sets)
    rows = sorted(set(areas) | row_sets[0]) if common else sorted(areas)
    scores: dict[str, Scores] = {}
    for part, norm, rule in leaves:
        raw = {area: table[part["indicator"]].get(area) for area in rows}
        gaps = [area for area in areas if raw[area] is None]
        if len(gaps) == len(areas):
            raise RefusedError("all-missing")
        if gaps and rule.get("missing", "error") == "error":
            raise RefusedError("missing-value")
        if gaps and rule["missing"] == "impute":
            raw |= {area: _impute(area, table[part["indicator"]], areas, people or {}, home or {}) for area in gaps}
        if norm.get("reference", "place") == "place":
            refers = {area: raw[area] for area in areas}
        elif common:
            refers = raw
        else:
            refers = table[part["indicator"]] | {area: raw[area] for area in gaps}
        flip = (spec["higher_is"] == "worse") != (part["direction"] == "high-is-worse")
        scores[part["id"]] = _normalise(raw, list(refers.values()), norm, flip)
    total = _combine(spec["part"], spec.get("aggregate", {}), spec, scores, rows, areas)
    if all(total[area] is None for area in areas):
        raise RefusedError("all-missing")
    inside = {area: total[area] for area in areas}
    ranks = _ranks(inside, spec.get("rank_1", "highest"))
    everywhere = _ranks(total, spec.get("rank_1", "highest"))
    n, n_all = len(ranks), len(everywhere)
    lines = []
    for area in [*sorted(ranks), *sorted(set(areas) - set(ranks))]:
        line: dict[str, Any] = {"area": area, "score": total[area], "rank": ranks.get(area)}
        line["decile"] = -(-10 * ranks[area] // n) if area in ranks else None
        line |= {f"{part}_score": scores[part][area] for part in _ids(spec["part"])}
        if common:
            line["reference_rank"] = everywhere.get(area)
            line["reference_decile"] = -(-10 * everywhere[area] // n_all) if area in everywhere else None
        lines.append(line)
    return lines


def _ids(parts: list[dict[str, Any]]) -> list[str]:
    return [name for part in parts for name in (part["id"], *_ids(part.get("part", [])))]


def _leaves(parts: list[dict[str, Any]], norm: dict[str, Any], rule: dict[str, Any], base: dict[str, Any]) -> Any:
    """Each leaf with its normalisation and the missing rule of the level it stands in."""
    for part in parts:
        own = norm | part.get("normalise", {})
        if "part" in part:
            yield from _leaves(part["part"], own, base | part.get("aggregate", {}), base)
        else:
            yield part, own, rule


def _impute(area: str, values: Scores, areas: list[str], people: dict[str, float], home: dict[str, str]) -> float:
    near = [one for one in areas if home[one] == home[area] and values.get(one) is not None]
    weight = sum(people[one] for one in near)
    if not near or not weight:
        raise RefusedError("impute")
    return sum(values[one] * people[one] for one in near) / weight  # type: ignore[operator]


def _normalise(raw: Scores, refers: list[float | None], norm: dict[str, Any], flip: bool) -> Scores:
    known = [value for value in refers if value is not None]
    n, method, (a, b) = len(known), norm["method"], norm.get("range", (0.0, 100.0))
    if method in ("min-max", "z-score") and max(known) == min(known):
        raise RefusedError("normalise")
    mean = sum(known) / n
    sd = math.sqrt(sum((value - mean) ** 2 for value in known) / (n - 1)) if n > 1 else 0.0

    def one(x: float) -> float:
        if method == "none":
            return -x if flip else x
        if method == "z-score":
            return (mean - x) / sd if flip else (x - mean) / sd
        if method in ("rank", "percentile", "exponential-rank"):
            more = sum(1 for value in known if (value < x if flip else value > x))
            same = sum(1 for value in known if value == x) or 1
            ties = {"min": more + 1, "max": more + same, "average": more + (same + 1) / 2}
            rank = min(ties[norm.get("ties", "average")], n)
            if method == "rank":
                return n + 1 - rank
            if method == "percentile":
                return 100 * (n + 0.5 - rank) / n
            c, r = norm.get("constant", 23), (n + 1 - rank) / n
            return -c * math.log((1 - r) + r * math.exp(-100 / c))  # multiplied out: exact at R = 1 for small c too
        low, high = (min(known), max(known)) if method == "min-max" else (norm["low"], norm["high"])
        if method != "min-max" and norm.get("clip", True):
            x = min(max(x, low), high)
        if method == "log-goalposts":
            if x <= 0:
                raise RefusedError("normalise")
            x, low, high = math.log(x), math.log(low), math.log(high)
        y = a + (b - a) * (x - low) / (high - low)
        return a + b - y if flip else y

    return {area: None if value is None else one(value) for area, value in raw.items()}


def _combine(
    parts: list[dict[str, Any]],
    own: dict[str, Any],
    spec: dict[str, Any],
    scores: dict[str, Scores],
    rows: list[str],
    areas: list[str],
) -> Scores:
    """Score a level from the scores of its parts, which are worked out first and put into `scores`."""
    rule = spec.get("aggregate", {}) | own
    method, missing = rule.get("method", "arithmetic"), rule.get("missing", "error")
    for part in parts:
        if "part" in part:
            score = _combine(part["part"], part.get("aggregate", {}), spec, scores, rows, areas)
            if "renormalise" in part:
                again = spec["normalise"] | part["renormalise"]
                refers = rows if again.get("reference", "place") == "source" else areas
                score = _normalise(_snap(score), [_snap(score)[area] for area in refers], again, flip=False)
            scores[part["id"]] = score
            if missing != "drop-part" and any(score[area] is None for area in areas):
                raise RefusedError("missing-value")
    whole = sum(part["weight"] for part in parts)
    scale = 1 / whole if rule.get("rescale_weights") or method in ("harmonic", "median") else 1.0
    total: Scores = {}
    for area in rows:
        there = [(part["weight"] * scale, scores[part["id"]][area]) for part in parts]
        known = [(weight, score) for weight, score in there if score is not None]
        if method in ("geometric", "harmonic") and any(score <= 0 for _, score in known):
            raise RefusedError("not-positive")
        left = sum(weight for weight, _ in known)
        if len(known) < len(there):
            if missing != "drop-part" or not left:
                total[area] = None
                continue
            known = [(weight * whole * scale / left, score) for weight, score in known]
        total[area] = _mean(method, known)
    return total


def _mean(method: str, known: list[tuple[float, float]]) -> float:
    if method == "arithmetic":
        return sum(weight * score for weight, score in known)
    if method == "geometric":
        return math.prod(score**weight for weight, score in known)
    if method == "harmonic":
        return sum(weight for weight, _ in known) / sum(weight / score for weight, score in known)
    reached, half = 0.0, sum(weight for weight, _ in known) / 2
    for weight, score in sorted(known, key=lambda pair: pair[1]):
        reached += weight
        if reached >= half - 1e-12:
            return score
    raise AssertionError


def _snap(score: Scores) -> Scores:
    """Scores within 1e-9 of their neighbour are tied, as in the final ranking."""
    snapped: Scores = dict.fromkeys(score)
    last = first = -math.inf
    for value, area in sorted((value, area) for area, value in score.items() if value is not None):
        first = value if value - last > 1e-9 else first
        snapped[area], last = first, value
    return snapped


def _ranks(scores: Scores, rank_1: str) -> dict[str, int]:
    known = _snap({area: score for area, score in scores.items() if score is not None})
    beats = (lambda a, b: a > b) if rank_1 == "highest" else (lambda a, b: a < b)
    return {area: 1 + sum(1 for other in known.values() if beats(other, own)) for area, own in known.items()}
