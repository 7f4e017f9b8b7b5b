"""Static pages: each page of the web asked for once and written to a file, with links that work from a folder."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from html import escape, unescape
from pathlib import Path
from posixpath import relpath
from urllib.parse import parse_qsl, unquote, urlsplit

from wholeplace.errors import WholeplaceError
from wholeplace.web.answering import answering
from wholeplace.web.rendering import environment
from wholeplace.web.settings import STATIC
from wholeplace.web.site import Site, Sites

Progress = Callable[[str], None]

#: The page that lists the files of data.
FILES = "data/files.html"
#: Parameters of an address that make another page of it; others order or filter, and do nothing on a page that stands.
_MAKES_A_PAGE = ("geography", "period", "index")
_LINK = re.compile(r'\b(href|src|action)="([^"]*)"')
_AWAY = re.compile(r"(?i)[a-z][a-z0-9+.-]*:|//")
#: The kinds of pages that are published: nothing of registers, groups of people, or forms.
_PUBLISHED = re.compile(r"(areas|indices|indicators|data|method|glossary|accessibility|tables)(/.*)?|")
_DATA = re.compile(r"data/[^/]+\.(csv|geojson|json)|catalogue\.(ttl|jsonld)")
_CATALOGUES = (
    ("catalogue.ttl", "Catalogue (DCAT-AP, Turtle)"),
    ("catalogue.jsonld", "Catalogue (DCAT-AP, JSON-LD)"),
    ("data/datapackage.json", "Data Package of all tables"),
)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class CannotPublishError(WholeplaceError):
    """Pages that cannot be published: a fault of ours or a folder that cannot be written to."""


class StaticPages:
    """Writes every page that can be reached from the first one.

    Parameters
    ----------
    folder
        A place folder that holds nothing but a build that may be published.
    target
        Where the files go.
    """

    def __init__(self, folder: Path, target: Path) -> None:
        self._target, self._sites = target, Sites([folder])
        self.site: Site = self._sites.all()[0]
        self._root = self.site.url()
        self._names: dict[str, str] = {}
        self._taken: dict[str, str] = {}
        self._waiting: deque[str] = deque()

    def write(self, progress: Progress) -> int:
        """Write the pages and what they are drawn with; the number of files written."""
        with answering(self._sites) as get:
            self._ask(self._root)
            for parts in (("accessibility",), ("areas",), ("data",)):
                self._ask(self.site.url(*parts))
            done = 0
            while self._waiting:
                address = self._waiting.popleft()
                self._put(self._names[address], self._answer(get, address))
                done += 1
                if done % 100 == 0:
                    progress(f"{done:,} pages and tables written")
        self.static_files()
        return done

    def static_files(self) -> None:
        """The style sheet and the mark."""
        for name in ("mark.svg", "vendor/wholeplace.css", "vendor/LICENCES.txt"):
            source = STATIC / name
            if source.is_file():
                self._put(f"static/{Path(name).name}", source.read_bytes())

    def list_files(self) -> None:
        """Write the page that lists the files of data that lie in the target folder."""
        build, data = self.site.build, self._target / "data"
        rows = build.indicators.iter_rows(named=True)
        with answering(self._sites):
            text = environment().get_template("files.html").render(
                site=self.site, title="Data to download", nav="data", here=self.site.url("data", "files"),
                trail=[("Data", self.site.url("data"))],
                catalogues=[{"href": f"{self._root}{file}", "words": words} for file, words in _CATALOGUES],
                maps=[
                    {"href": f"{self._root}data/{one.id}.geojson", "words": one.name}
                    for one in self.site.geographies.values() if (data / f"{one.id}.geojson").is_file()
                ],
                tables=[
                    {**row, "csv": f"{self._root}data/{row['id']}.csv",
                     "metadata": f"{self._root}data/{row['id']}.csv-metadata.json"}
                    for row in rows if (data / f"{row['id']}.csv").is_file()
                ],
            )  # fmt: skip
        self._put(FILES, self._turned(text, FILES, self.site.url("data", "files")).encode())

    def _put(self, name: str, content: bytes) -> None:
        path = self._target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def _ask(self, address: str) -> str:
        """The file of an address, which is asked for when it is new."""
        if address not in self._names:
            self._names[address] = self._name(address)
            self._waiting.append(address)
        return self._names[address]

    def _answer(self, get: Callable[[str], tuple[int, str, bytes]], address: str) -> bytes:
        status, kind, body = get(address)
        if status != 200:
            raise CannotPublishError(f"the page {address} cannot be made (it answers {status}); nothing is published")
        if not kind.startswith("text/html"):
            return body
        return self._turned(body.decode(), self._names[address], urlsplit(address).path).encode()

    def _turned(self, html: str, name: str, here: str) -> str:
        def turned(link: re.Match[str]) -> str:
            return f'{link[1]}="{escape(self._link(unescape(link[2]), name, here), quote=True)}"'

        return _LINK.sub(turned, html)

    def _link(self, href: str, name: str, here: str) -> str:
        """A link of the web as a link between files, from the file `name`, which is the page `here`."""
        if not href or href.startswith("#") or _AWAY.match(href):
            return href
        parts = urlsplit(href)
        if not parts.path and parts.query:  # to the page itself, with a choice
            parts = parts._replace(path=here)
        if parts.path.startswith("/static/"):
            found = f"static/{Path(parts.path).name}"
        elif parts.path == f"{self._root}data/files/":  # made with the data
            found = FILES
        elif _DATA.fullmatch(parts.path.removeprefix(self._root)):  # written beside the pages
            found = parts.path.removeprefix(self._root)
        elif parts.path.startswith(self._root) and _PUBLISHED.fullmatch(parts.path.removeprefix(self._root)):
            kept = "&".join(f"{key}={value}" for key, value in parse_qsl(parts.query) if key in _MAKES_A_PAGE)
            found = self._ask(parts.path + (f"?{kept}" if kept else ""))
        else:
            raise CannotPublishError(f"{name} links to {href}, which is not published; this is our fault, not yours")
        near = relpath(found, Path(name).parent.as_posix())
        return near + (f"#{parts.fragment}" if parts.fragment else "")

    def _name(self, address: str) -> str:
        """A file name for an address: a folder for each step, and what is chosen in the name of the file."""
        parts = urlsplit(address)
        steps = [_safe(unquote(step)) for step in parts.path.removeprefix(self._root).split("/")]
        chosen = "--".join(_safe(f"{key}-{value}") for key, value in parse_qsl(parts.query))
        if steps[-1]:
            stem, _, ending = steps[-1].rpartition(".")
            steps[-1] = f"{stem}--{chosen}.{ending}" if chosen else steps[-1]
        else:
            steps[-1] = f"{chosen}.html" if chosen else "index.html"
        name = "/".join(steps)
        while self._taken.setdefault(name.lower(), address) != address:  # codes that differ in case only
            name = "/".join([*name.split("/")[:-1], f"_{name.split('/')[-1]}"])
        return name


def _safe(text: str) -> str:
    return _UNSAFE.sub(lambda letter: f"_{ord(letter[0]):x}_", text)
