"""Maps and charts in frames on the pages of others."""

from __future__ import annotations

import html
import re

from django.test import Client

INDICATOR = "/p/harrowmere/indicators/no-broadband/"
INDEX = "/p/harrowmere/indices/deprivation/"


def test_only_frames_may_be_framed(client: Client) -> None:
    for address in (f"{INDICATOR}embed/", f"{INDEX}embed/"):
        framed = client.get(address)
        assert framed.status_code == 200
        assert "frame-ancestors *" in framed["Content-Security-Policy"]
        assert "X-Frame-Options" not in framed
        assert "script-src 'self'" in framed["Content-Security-Policy"]
        assert framed["X-Content-Type-Options"] == "nosniff"
    for address in (INDICATOR, INDEX, f"{INDICATOR}embed/?show=nothing"):
        page = client.get(address)
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
        assert page["X-Frame-Options"] == "DENY"


def test_a_frame_holds_no_form_and_no_script_and_leads_out_of_itself(client: Client) -> None:
    for address in (f"{INDICATOR}embed/", f"{INDICATOR}embed/?show=spread", f"{INDEX}embed/"):
        text = client.get(address).content.decode()
        assert "<form" not in text and "<script" not in text
        assert '<base target="_top">' in text
        assert "<svg" in text


def test_a_frame_says_what_from_whom_as_of_when_and_how_sure(client: Client) -> None:
    text = client.get(f"{INDICATOR}embed/").content.decode()
    assert "Households without broadband: Harrowmere" in text
    assert "Per cent, 2024. Neighbourhoods 2021." in text
    assert "Source: Harrowmere digital access survey." in text
    assert "How sure the figures are: Wilson" in text
    assert f'href="{INDICATOR}?geography=neighbourhood&amp;period=2024"' in text
    index = client.get(f"{INDEX}embed/").content.decode()
    assert "tenth 1 is worst off" in index and "Figures of 2024" in index


def test_the_line_on_a_page_is_the_address_of_what_the_page_shows(client: Client) -> None:
    text = client.get(f"{INDICATOR}?geography=ward").content.decode()
    lines = [html.unescape(one) for one in re.findall(r'<pre class="wp-copy"[^>]*>(&lt;iframe.*?)</pre>', text)]
    assert len(lines) == 2
    for line in lines:
        address = html.unescape(re.search(r'src="http://127\.0\.0\.1(?::80)?([^"]+)"', line)[1])  # type: ignore[index]
        assert "geography=ward" in address
        framed = client.get(address)
        assert framed.status_code == 200 and "Wards 2024" in framed.content.decode()


def test_a_frame_refuses_what_it_cannot_show(client: Client) -> None:
    for query in ("show=pie", "geography=moon", "period=1066"):
        assert client.get(f"{INDICATOR}embed/?{query}").status_code == 404
    assert client.get("/p/harrowmere/indices/none/embed/").status_code == 404
