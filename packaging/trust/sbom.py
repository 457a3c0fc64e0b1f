#!/usr/bin/env python3
"""Writes what the product contains as an SPDX 2.3 document in JSON: our programs, the parts of others, the starter pack's models.

--bundled FOLDER adds the files of a folder that is shipped whole (a portable file, an installed tree): every library in it gets its
hashes and its part; one that components.json does not name becomes a part of its own, as the system's package that holds it. A library
that nobody knows is an error. The same input gives the same bytes; the time is that of the commit, or SOURCE_DATE_EPOCH.
"""
import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import sys

from components import Component, SHIPPED, SOURCE, TrustError, components, dpkg_package, installed, owner_of_library, purl_of, upstream

ELF = b"\x7fELF"
EXTRACTED = {"LicenseRef-ISSL": ("Intel Simplified Software License", "ISSL.txt")}
LINK = {"library": "DYNAMIC_LINK", "header": "CONTAINS", "inside": "CONTAINS", "model": "CONTAINS", "bundled": "CONTAINS"}


def identifier(name):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]+", "-", name)


def package_of(part):
    package = {
        "SPDXID": identifier(part.name), "name": part.name, "downloadLocation": part.home or "NOASSERTION", "filesAnalyzed": False,
        "licenseConcluded": part.licence, "licenseDeclared": part.licence, "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "FILE" if part.kind == "model" else "LIBRARY",
    }
    if part.version:
        package["versionInfo"] = part.version
    if part.purl:
        package["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": part.purl}]
    if part.sha256:
        kind = "the file" if part.kind == "model" else "the wheel that it is unpacked from"
        package["checksums"] = [{"algorithm": "SHA256", "checksumValue": part.sha256}]
        package["comment"] = f"The hash is that of {kind}."
    return package


def hashes(file):
    algorithms = {"SHA1": hashlib.sha1(), "SHA256": hashlib.sha256()}  # SPDX 2.3 wants the first one of every file
    with open(file, "rb") as stream:
        while chunk := stream.read(1 << 20):
            for each in algorithms.values():
                each.update(chunk)
    return [{"algorithm": name, "checksumValue": each.hexdigest()} for name, each in algorithms.items()]


def is_library(file):
    if file.is_symlink() or not file.is_file() or not re.search(r"\.(so(\.[\d.]+)?|dylib|dll)$", file.name):
        return False
    with open(file, "rb") as stream:
        return stream.read(4) == ELF or file.suffix in (".dylib", ".dll")


def part_of_system(name):
    """A part for a bundled library that the table does not name, as the system's package tells of it."""
    file = installed("lib/" + name) or installed("lib/*/" + name) or installed("lib/qt6/plugins/*/" + name)
    package = dpkg_package(file) if file else None
    if package is None:
        raise TrustError(f"{name} is shipped, and neither packaging/trust/components.json nor a package of this system knows it. "
                         "Add it to the table.")
    return Component(package[0], "bundled", "NOASSERTION", "", upstream(package[1]), purl_of(package))


def bundled(folder, parts, ours):
    """Files of the document, and which part each is of; adds what the table does not name to `parts`."""
    known = {part.name: part for part in parts}
    files, links = [], []
    for file in sorted(path for path in folder.rglob("*") if is_library(path)):
        path = file.relative_to(folder).as_posix()
        if re.fullmatch(ours, file.name):
            owner = "X-LLM Desktop"
        else:
            row = owner_of_library(file.name)
            if row and row["kind"] not in SHIPPED:
                raise TrustError(f"{path} belongs to {row['name']}, which the base product must not carry.")
            part = known.get(row["name"]) if row else part_of_system(file.name)
            if part is None:
                raise TrustError(f"{path} is shipped, but {row['name']} was not found on this machine.")
            owner = part.name
            if owner not in known:
                known[owner] = part
                parts.append(part)
        files.append({"SPDXID": identifier("File-" + path), "fileName": "./" + path, "checksums": hashes(file),
                      "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION", "fileTypes": ["BINARY"]})
        links.append((owner, files[-1]["SPDXID"]))
    return files, links


def document(version, commit, epoch, parts, files=(), links=()):
    root = {
        "SPDXID": identifier("X-LLM Desktop"), "name": "X-LLM Desktop", "versionInfo": version, "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False, "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "APPLICATION", "sourceInfo": f"built from commit {commit}",
    }
    by_name = {part.name: part for part in parts}
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", root["SPDXID"])]
    for part in parts:
        holder = identifier(part.inside) if part.inside in by_name else root["SPDXID"]
        relations.append((holder, LINK[part.kind], identifier(part.name)))
    relations += [(file, "GENERATED_FROM", identifier(owner)) for owner, file in links]
    extracted = [{"licenseId": name, "name": title, "extractedText": (SOURCE / "packaging/trust/texts" / file).read_text(encoding="utf-8")}
                 for name, (title, file) in EXTRACTED.items() if any(part.licence == name for part in parts)]
    body = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"X-LLM Desktop {version}",
        "creationInfo": {"created": datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "creators": ["Tool: xllm-sbom"]},
        "packages": [root] + [package_of(part) for part in parts],
        "relationships": [{"spdxElementId": a, "relationshipType": how, "relatedSpdxElement": b} for a, how, b in relations],
    }
    if extracted:
        body["hasExtractedLicensingInfos"] = extracted
    if files:
        body["files"] = list(files)
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    body["documentNamespace"] = f"https://spdx.org/spdxdocs/xllm-desktop-{version}-{digest[:32]}"
    return body


def built_from(source):
    """(version, commit, time of the commit in seconds since 1970) that a build wrote into its version.cpp."""
    match = re.search(r"committed at (\d+).*\"([^\"]+) \(commit (\w+)\)", source.read_text(), re.DOTALL)
    if not match:
        raise TrustError(f"{source} is not what write_version.cmake writes.")
    return match[2], match[3], int(os.environ.get("SOURCE_DATE_EPOCH") or match[1])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--libtorch", type=pathlib.Path, required=True, help="the folder with LibTorch's include/ and lib/")
    arguments.add_argument("--prefix", type=pathlib.Path, action="append", default=[], help="of vcpkg's or Homebrew's packages")
    arguments.add_argument("--platform", default="Linux", help="as CMake calls it")
    arguments.add_argument("--built", type=pathlib.Path, required=True, help="the build's generated/version.cpp")
    arguments.add_argument("--bundled", type=pathlib.Path, help="a folder that is shipped whole")
    arguments.add_argument("--ours", default=r"lib(cudart|cupti|xllm.*)\.so.*", help="pattern of libraries in it that are our own")
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    options = arguments.parse_args()
    parts = components(options.libtorch, options.prefix, options.platform)
    files, links = bundled(options.bundled, parts, options.ours) if options.bundled else ([], [])
    made = document(*built_from(options.built), parts, files, links)
    options.out.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except (TrustError, OSError) as problem:
        sys.exit(f"sbom: {problem}")
