"""What the build folder keeps of portraits and digital bars."""

from __future__ import annotations

from collections.abc import Mapping

from wholeplace.build.files import Files, json_text, parquet
from wholeplace.measure.portraits import Bar, Portrait
from wholeplace.place.registers import Register

#: Folders of files whose results are made here.
FOLDERS = ("portraits/", "bars/")


def portrait_result_files(name: str, portrait: Portrait) -> Files:
    """Every area's dimensions and indicators, and the file as it was read."""
    return {
        f"portrait-{name}.json": json_text(portrait.spec.model_dump(exclude_none=True)),
        f"portrait-{name}-dimensions.parquet": parquet(portrait.frame),
        f"portrait-{name}-measures.parquet": parquet(portrait.measures),
    }


def bar_result_files(name: str, bar: Bar, service: str) -> Files:
    """Every area's demands and bounds, those who use the service, its name, and the file as it was read."""
    return {
        f"bar-{name}.json": json_text({"spec": bar.spec.model_dump(exclude_none=True), "service": service}),
        f"bar-{name}-demands.parquet": parquet(bar.demands),
        f"bar-{name}-bounds.parquet": parquet(bar.frame),
        f"bar-{name}-users.parquet": parquet(bar.users),
    }


def service_name(bar: Bar, registers: Mapping[str, Register]) -> str:
    """What the register calls the service of a bar; its id where there is no register."""
    services = registers.get("services")
    if services is None:
        return bar.spec.service
    named = dict(zip(services.names.to_list(), services.column("name").to_list(), strict=True))
    return named.get(bar.spec.service) or bar.spec.service
