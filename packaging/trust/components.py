"""The parts of others in the product, with what this machine's packages tell of them: version and licence text.

components.json is the table; nothing else names a part. Standard library alone.
"""
import ctypes
import dataclasses
import functools
import glob
import json
import pathlib
import re
import shutil
import subprocess
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
SHIPPED = ("library", "header", "inside", "model")
COMMON = pathlib.Path("/usr/share/common-licenses")
INCLUDES = ["/usr/include", "/usr/include/*-linux-gnu*"]
LIBRARIES = ["/usr/lib/*-linux-gnu*", "/lib/*-linux-gnu*", "/usr/lib64", "/usr/lib"]


class TrustError(Exception):
    pass


@dataclasses.dataclass
class Component:
    name: str
    kind: str
    licence: str
    home: str
    version: str = ""  # empty: not known
    purl: str = ""
    sha256: str = ""
    inside: str = ""
    texts: list = dataclasses.field(default_factory=list)  # of (title, text)


def table():
    return json.loads((HERE / "components.json").read_text(encoding="utf-8"))["components"]


def owner_of_library(name):
    """The row of the table that a library's file name belongs to; None: nobody named it."""
    return next((row for row in table() if any(re.fullmatch(pattern, name) for pattern in row.get("libraries", []))), None)


@functools.cache
def installed(path):
    """"lib/libfoo.so.*", "include/foo.h" → the file on this machine; None: not there."""
    where, _, name = path.partition("/")
    for folder in LIBRARIES if where == "lib" else INCLUDES:
        found = sorted(glob.glob(f"{folder}/{name}"))
        if found:
            return pathlib.Path(found[0])
    return None


@functools.cache
def dpkg_package(file):
    """(name, version) of the package that a file belongs to; None where dpkg does not know it."""
    if not shutil.which("dpkg-query"):
        return None
    for path in (file, file.resolve(), pathlib.Path(str(file).removeprefix("/usr")), pathlib.Path(f"/usr{file}")):
        said = subprocess.run(["dpkg-query", "-S", path], capture_output=True, text=True)
        if said.returncode == 0:
            name = said.stdout.split(": ")[0].split(",")[0]
            version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True, check=True)
            return name.split(":")[0], version.stdout
    return None


def purl_of(package):
    """Of a package of this system, as (name, version)."""
    release = pathlib.Path("/etc/os-release")
    vendor = re.search(r"^ID=\"?(\w+)", release.read_text(), re.MULTILINE) if release.is_file() else None
    return f"pkg:deb/{vendor[1] if vendor else 'debian'}/{package[0]}@{urllib.parse.quote(package[1], safe='.~-')}"


def upstream(version):
    """"7:5.1.9-0+deb12u1" → "5.1.9"."""
    return re.sub(r"[+~](dfsg|ds|repack).*$", "", re.sub(r"-[^-]*$", "", version.split(":", 1)[-1]))


def from_ports(row, prefixes):
    """What vcpkg (share/PORT/copyright) or Homebrew (opt/FORMULA/LICENSE) keep of a part: (version, text)."""
    for prefix in prefixes:
        for port in row.get("ports", []):
            share, formula = prefix / "share" / port, prefix / "opt" / port
            for file in [share / "copyright", *(sorted(formula.glob("LICEN[SC]E*")) + sorted(formula.glob("COPYING*")))]:
                if file.is_file():
                    described = share / "vcpkg.spdx.json"
                    version = formula.resolve().name if formula.exists() else ""
                    if described.is_file():
                        packages = json.loads(described.read_text(encoding="utf-8"))["packages"]
                        version = packages[0].get("versionInfo", "").split("#")[0]
                    return version, file.read_text(encoding="utf-8", errors="replace")
    return None


def read_text(name, libtorch):
    """A licence text by its name in the table."""
    if name == "Apache-2.0":  # as our own
        return (SOURCE / "LICENSE").read_text(encoding="utf-8")
    if name.startswith("libtorch/"):
        name = name.removeprefix("libtorch/")
        for file in [*sorted(libtorch.parent.glob(f"torch-*.dist-info/licenses/{name}")), libtorch / name]:
            if file.is_file():
                return file.read_text(encoding="utf-8", errors="replace")
        return None
    return (HERE / "texts" / name).read_text(encoding="utf-8")


def licence_of_build(asked, licence):
    """FFmpeg says itself under which licence it was built: with GPL parts switched on it is no longer LGPL."""
    file = installed("lib/" + asked["library"])
    if not file:
        return licence
    try:
        function = getattr(ctypes.CDLL(str(file)), asked["function"])
    except (OSError, AttributeError):
        return licence
    function.restype = ctypes.c_char_p
    said = function().decode()
    match = re.fullmatch(r"(L?GPL) version ([\d.]+)( or later)?", said)
    if not match:
        raise TrustError(f"{file} says “{said}” of its licence, which packaging/trust/components.py does not understand.")
    version = match[2] if "." in match[2] else match[2] + ".0"
    return f"{match[1]}-{version}-{'or-later' if match[3] else 'only'}"


def model(row):
    parts = json.loads((SOURCE / "packaging/setup/parts.json").read_text())
    wheels = {wheel["package"]: wheel for wheel in parts["wheels"]}
    entry = next((file for file in parts["files"] if file["path"].endswith("/" + row["file"])), None)
    if entry is None:
        raise TrustError(f"packaging/setup/parts.json has no {row['file']}, which packaging/trust/components.json names.")
    wheel = wheels[entry["from"][0]["package"]]
    return wheel["version"], f"pkg:pypi/{wheel['package']}@{wheel['version']}", entry["sha256"]


def resolve(row, libtorch, prefixes):
    """A Component; None: an optional part that is not here."""
    part = Component(row["name"], row["kind"], row["licence"], row["home"], inside=row.get("of", ""))
    if row["kind"] == "model":
        part.version, part.purl, part.sha256 = model(row)
    if "wheel" in row:
        wheels = json.loads((SOURCE / "packaging/setup/parts.json").read_text())["wheels"]
        wheel = next(each for each in wheels if each["package"] == row["wheel"])
        part.version, part.purl, part.sha256 = wheel["version"], f"pkg:pypi/{wheel['package']}@{wheel['version']}", wheel["sha256"]
        told = libtorch / "build-version"  # of an official archive, which is another file
        if told.is_file():
            part.version, part.purl, part.sha256 = told.read_text().strip(), "", ""
    for name in row.get("texts", []):
        if text := read_text(name, libtorch):
            part.texts.append((row.get("copyright", ""), text))
    if ported := from_ports(row, prefixes):
        part.version = ported[0]
        part.texts.append(("", ported[1]))
    elif "find" in row:
        file = installed(row["find"])
        if file is None and row.get("optional"):
            return None
        package = dpkg_package(file) if file else None
        if package:
            part.version = upstream(package[1])
            part.purl = purl_of(package)
            copyright_file = pathlib.Path("/usr/share/doc", package[0], "copyright")
            if copyright_file.is_file():
                part.texts.append(("", copyright_file.read_text(encoding="utf-8", errors="replace")))
    if "licenceOfBuild" in row:
        part.licence = licence_of_build(row["licenceOfBuild"], part.licence)
    return part


def components(libtorch, prefixes=(), platform="Linux"):
    """All that the base product contains, in the order of the table."""
    rows = [row for row in table() if row["kind"] in SHIPPED and platform in row.get("platforms", [platform])]
    return [part for part in (resolve(row, libtorch, prefixes) for row in rows) if part]


def common_licences(texts):
    """(name, text) of the licences that Debian's copyright files refer to instead of quoting them."""
    names = sorted({name.rstrip(".") for text in texts for name in re.findall(r"/usr/share/common-licenses/([A-Za-z0-9.-]*[A-Za-z0-9])", text)})
    found = {}
    for name in names:
        file = COMMON / name
        if file.is_file():
            found.setdefault(file.resolve().name, file.read_text(encoding="utf-8", errors="replace"))
    return sorted(found.items())
