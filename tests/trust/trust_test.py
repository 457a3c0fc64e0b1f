#!/usr/bin/env python3
"""Is everything named that the product is made of? Usage: trust_test.py SOURCE BUILD/trust LIBTORCH CASE PROGRAM..."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE, TRUST, LIBTORCH, *PROGRAMS = (pathlib.Path(name) for name in sys.argv[1:-1])
CASE = sys.argv[-1]
sys.path.insert(0, str(SOURCE / "packaging/trust"))
sys.dont_write_bytecode = True
import components  # noqa: E402

SKIPPED = 77
# Found by the build, and not in what it makes.
NOT_IN_THE_PRODUCT = {"Threads", "PkgConfig", "GTest", "Python3", "benchmark"}
LICENCES = {"Apache-2.0", "BSD-3-Clause", "MIT", "CC0-1.0", "curl", "blessing", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later",
            "GPL-2.0-or-later", "GPL-3.0-or-later", "GPL-3.0-or-later WITH GCC-exception-3.1"}


def needed_by(file):
    said = subprocess.run(["readelf", "-d", file], check=True, capture_output=True, text=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.+)\]", said)


def spdx():
    return json.loads((TRUST / "xllm.spdx.json").read_text(encoding="utf-8"))


def every_library_that_is_linked_is_named():
    if not shutil.which("readelf"):
        print("there is no readelf")
        sys.exit(SKIPPED)
    named = {package["name"] for package in spdx()["packages"]}
    complaints, seen = [], 0
    for file in [*PROGRAMS, *LIBTORCH.glob("lib/libtorch_cpu.so")]:
        for library in needed_by(file):
            seen += 1
            row = components.owner_of_library(library)
            if row is None:
                complaints.append(f"{file.name} needs {library}, which packaging/trust/components.json does not name")
            elif row["kind"] in components.SHIPPED and row["name"] not in named:
                complaints.append(f"{file.name} needs {library} of {row['name']}, which is not in xllm.spdx.json")
    assert not complaints, "\n".join(complaints)
    assert seen > 10, seen


def every_package_of_the_build_is_named():
    text = (SOURCE / "cmake/XllmDependencies.cmake").read_text()
    asked = set(re.findall(r"(?:find_package|pkg_check_modules|find_library|find_path)\((\S+)", text)) - NOT_IN_THE_PRODUCT
    named = {name for row in components.table() for name in row.get("cmake", [])}
    assert len(asked) > 8 and asked == named, f"only asked for by the build: {asked - named}; only named: {named - asked}"


def every_frozen_part_of_the_starter_is_named():
    files = json.loads((SOURCE / "resources/starter/pack.json").read_text(encoding="utf-8"))["files"]
    frozen = {file["sha256"]: file for file in files if not file["origin"].startswith(("trained by", "the mean of"))}
    models = {package["checksums"][0]["checksumValue"]: package for package in spdx()["packages"]
              if package.get("primaryPackagePurpose") == "FILE"}
    assert frozen.keys() == models.keys(), [file["path"] for key, file in frozen.items() if key not in models]
    for key, file in frozen.items():
        assert models[key]["licenseDeclared"] == file["licence"], file["path"]


def the_list_is_spdx():
    made = spdx()
    assert made["spdxVersion"] == "SPDX-2.3" and made["dataLicense"] == "CC0-1.0" and made["SPDXID"] == "SPDXRef-DOCUMENT"
    assert made["documentNamespace"].startswith("https://") and "#" not in made["documentNamespace"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["creationInfo"]["created"])
    assert re.fullmatch(r"(Tool|Person|Organization): .+", made["creationInfo"]["creators"][0])
    extracted = {each["licenseId"] for each in made.get("hasExtractedLicensingInfos", [])}
    ids = {"SPDXRef-DOCUMENT"}
    for package in made["packages"]:
        assert re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", package["SPDXID"]) and package["SPDXID"] not in ids, package["SPDXID"]
        ids.add(package["SPDXID"])
        assert package["name"] and package["downloadLocation"] and package["filesAnalyzed"] is False
        assert package["licenseDeclared"] in LICENCES | extracted, f"{package['name']}: {package['licenseDeclared']} is no licence of SPDX that is known here"
        for checksum in package.get("checksums", []):
            assert checksum["algorithm"] == "SHA256" and re.fullmatch(r"[0-9a-f]{64}", checksum["checksumValue"])
        for reference in package.get("externalRefs", []):
            assert re.fullmatch(r"pkg:[a-z]+/[^@ ]+@[^@ ]+", reference["referenceLocator"]), reference
    described = [r for r in made["relationships"] if r["relationshipType"] == "DESCRIBES"]
    assert len(described) == 1 and described[0]["relatedSpdxElement"] == "SPDXRef-X-LLM-Desktop"
    for relation in made["relationships"]:
        assert relation["spdxElementId"] in ids and relation["relatedSpdxElement"] in ids, relation
    tied = {relation["relatedSpdxElement"] for relation in made["relationships"]} | {"SPDXRef-DOCUMENT"}
    assert tied == ids, f"nothing refers to {ids - tied}"


def every_part_has_its_licence_text():
    shown = json.loads((TRUST / "parts.json").read_text(encoding="utf-8"))
    listed = {package["name"] for package in spdx()["packages"]} - {"X-LLM Desktop"}
    assert {part["name"] for part in shown["parts"]} == listed
    for part in shown["parts"]:
        assert len(part["text"]) > 400, f"{part['name']} has next to no text"
    texts = (TRUST / "third-party-licences.txt").read_text(encoding="utf-8")
    for each in shown["parts"] + shown["licences"]:
        assert each["text"] in texts, each["name"]
    for wanted in ("GNU LESSER GENERAL PUBLIC LICENSE", "Intel Simplified Software License", "Facebook"):
        assert wanted in texts, wanted
    referred = set(re.findall(r"/usr/share/common-licenses/([A-Za-z0-9.-]*[A-Za-z0-9])", texts))
    there = {each["name"] for each in shown["licences"]}
    resolved = {(components.COMMON / name).resolve().name for name in referred if (components.COMMON / name).exists()}
    assert resolved <= there, resolved - there


def make(script, folder, *more, check=True):
    outputs = ["--text", folder / "a.txt", "--json", folder / "a.json"] if script == "licences.py" else \
        ["--built", TRUST.parent / "generated/version.cpp", "--out", folder / "a.spdx.json"]
    environment = {key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"} | {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, SOURCE / "packaging/trust" / script, "--libtorch", LIBTORCH, *outputs, *more], check=check,
                          capture_output=True, text=True, env=environment)


def the_same_input_gives_the_same_bytes():
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        for folder in map(pathlib.Path, (one, two)):
            make("licences.py", folder)
            make("sbom.py", folder)
        for file in pathlib.Path(one).iterdir():
            assert file.read_bytes() == (pathlib.Path(two) / file.name).read_bytes(), file.name


def a_library_that_nobody_knows_is_refused_in_what_is_shipped_whole():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        tree = folder / "tree/lib"
        tree.mkdir(parents=True)
        for library in ("libc10.so", "libgomp.so.1"):
            (tree / library).write_bytes(b"\x7fELF and the rest")
        make("sbom.py", folder, "--bundled", folder / "tree")
        made = json.loads((folder / "a.spdx.json").read_text())
        assert [file["fileName"] for file in made["files"]] == ["./lib/libc10.so", "./lib/libgomp.so.1"]
        owners = {r["spdxElementId"]: r["relatedSpdxElement"] for r in made["relationships"] if r["relationshipType"] == "GENERATED_FROM"}
        assert owners["SPDXRef-File-lib-libc10.so"] == "SPDXRef-LibTorch", owners
        for stranger, why in (("libnobody_knows.so.1", "nor a package of this system knows it"), ("libc.so.6", "must not carry")):
            (tree / stranger).write_bytes(b"\x7fELF")
            refused = make("sbom.py", folder, "--bundled", folder / "tree", check=False)
            assert refused.returncode == 1 and stranger in refused.stderr and why in refused.stderr, refused.stderr
            (tree / stranger).unlink()


def licences_kept_by_vcpkg_and_homebrew_are_found():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "share/md4c").mkdir(parents=True)
        (folder / "share/md4c/copyright").write_text("The words that vcpkg keeps.")
        (folder / "share/md4c/vcpkg.spdx.json").write_text('{"packages": [{"versionInfo": "0.5.2#1"}]}')
        (folder / "Cellar/cli11/2.4.2").mkdir(parents=True)
        (folder / "Cellar/cli11/2.4.2/LICENSE").write_text("The words that Homebrew keeps.")
        (folder / "opt").mkdir()
        (folder / "opt/cli11").symlink_to(folder / "Cellar/cli11/2.4.2")
        parts = {part.name: part for part in components.components(LIBTORCH, [folder], "Darwin")}
    assert parts["MD4C"].version == "0.5.2" and "vcpkg keeps" in parts["MD4C"].texts[0][1]
    assert parts["CLI11"].version == "2.4.2" and "Homebrew keeps" in parts["CLI11"].texts[0][1]
    assert "GCC runtime libraries" not in parts


if __name__ == "__main__":
    globals()[CASE]()
