#!/usr/bin/env python3
"""Writes what an installed program has of texts that are made: PREFIX/share/…

  make_texts.py [--xllm PROGRAM [--desktop PROGRAM]] [--package NAME] --version V --source TREE --out PREFIX

Man pages and the completions of bash, zsh and fish say what the programs say of themselves under --help; prose that no --help has
stands in man/*.1.in. The AppStream file and Debian's changelog get the version and the commit's date.
"""
import argparse
import datetime
import email.utils
import gzip
import os
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from commit_time import commit_time  # noqa: E402

MAINTAINER = "X-LLM Desktop maintainers <maintainers@xllm.invalid>"
NAMES_A_FILE = ("TEXT", "FOLDER", "FILE")  # kinds of values that may be names of files


@dataclass
class Option:
    names: list[str]
    value: str  # what stands behind it; empty: nothing
    choices: list[str]
    text: str

    def long(self):
        return [name for name in self.names if name.startswith("--")]

    def short(self):
        return [name for name in self.names if not name.startswith("--")]


@dataclass
class Help:
    text: str = ""
    positionals: list[Option] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    commands: list[tuple[str, str]] = field(default_factory=list)


def said_by(program, *arguments) -> str:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8", "COLUMNS": "200"}
    outcome = subprocess.run([program, *arguments, "--help"], env=environment, capture_output=True, text=True, check=False)
    if outcome.returncode != 0 or "ptions:" not in outcome.stdout:
        raise SystemExit(f"make_texts: {program} {' '.join(arguments)} --help says nothing usable: "
                         f"{(outcome.stderr or outcome.stdout).strip()[:300]}")
    return outcome.stdout


def option_of(head: str, text: str) -> Option:
    """`head`: like "--top-p FLOAT:FLOAT in [1e-06 - 1]=0.9", "-v, --version" or "--pack <FOLDER>"."""
    names = re.match(r"[\w<-][^\s,{]*(?:\{\w+\})?(?:,\s?-[^\s,{]+)*", head).group(0)
    rest = head[len(names):].strip()
    names = [re.sub(r"\{\w+\}", "", name).strip() for name in names.split(",")]
    notes = re.findall(r"(Excludes|Needs):((?: --?[\w-]+)+)", rest)
    rest = re.split(r"(?:^|\s)(?:Excludes|Needs):", rest)[0].replace("REQUIRED", "").strip()
    choices = re.search(r"\{([^}]*)\}", rest)
    default = re.search(r"=([^\s=]+)$", rest)
    limits = re.search(r"in \[(\S+) - (\S+)\]", rest)
    parts = [text.rstrip(".")] if text else []
    if limits:
        parts.append(f"from {limits.group(1)} to {limits.group(2)}")
    if default:
        parts.append(f"by itself {default.group(1)}")
    for kind, others in notes:
        parts.append(("not with " if kind == "Excludes" else "only with ") + " or ".join(others.split()))
    value = re.match(r"<?(\w+)", rest)
    sentence = "; ".join(parts)
    return Option(names, value.group(1) if value else "", choices.group(1).split(",") if choices else [], sentence[:1].upper() + sentence[1:])


def read_help(said: str) -> Help:
    result = Help(text=said.splitlines()[0])
    section, entries = "", []
    for line in said.splitlines():
        if re.match(r"\w[\w ]*:\s*$", line):
            section = line.strip().rstrip(":")
        elif match := re.match(r"  (\S.*?)(?:\s{2,}(\S.*))?$", line):
            entries.append([section, match.group(1), match.group(2) or ""])
        elif line.startswith("   ") and entries:  # what a long head pushes into the next line
            entries[-1][2] = f"{entries[-1][2]} {line.strip()}".strip()
    for section, head, text in entries:
        if section == "Subcommands":
            result.commands.append((head, text))
        elif section in ("Positionals", "Arguments"):
            result.positionals.append(option_of(head, text))
        elif section == "Options":
            result.options.append(option_of(head, text))
    return result


# --- man pages ---

def roff(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")


def roff_entries(options: list[Option]) -> str:
    lines = []
    for option in options:
        names = ", ".join(f"\\fB{roff(name)}\\fR" for name in option.names)
        value = "|".join(f"\\fB{roff(choice)}\\fR" for choice in option.choices) or f"\\fI{roff(option.value)}\\fR"
        positional = not option.names[0].startswith("-")
        lines += [".TP", names if positional or not option.value else f"{names} {value}", roff(option.text) + "." if option.text else "\\&"]
    return "\n".join(lines)


def man_page(name: str, top: Help, commands: dict[str, Help], version: str, date: str) -> str:
    sections = []
    for command, help_ in commands.items():
        about = roff(help_.text) + "."
        sections.append(f'.SH "{name.upper()} {roff(command.upper())}"\n{about}\n'
                        + roff_entries(help_.positionals + [option for option in help_.options if "--help" not in option.names]))
    page = (HERE / "man" / f"{name}.1.in").read_text()
    values = {"VERSION": version, "DATE": date, "OPTIONS": roff_entries(top.options), "SECTIONS": "\n".join(sections),
              "COMMANDS": "\n".join(f".TP\n.B {roff(command)}\n{roff(text)}." for command, text in top.commands)}
    return re.sub(r"@(\w+)@", lambda match: values[match.group(1)], page)


# --- completions ---

def bash_completion(programs) -> str:
    lines = ["# Completions of xllm and xllm-desktop for bash, made from their --help.", "_xllm() {",
             "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= word",
             "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do", "    [[ $word != -* ]] && { command=$word; break; }", "  done",
             "  [[ ${COMP_WORDS[0]##*/} == xllm-desktop ]] && command=xllm-desktop", "  case $command:$prev in"]
    for command, help_ in programs.items():
        files, nothing = [], []
        for option in help_.options:
            names = [f"{command}:{name}" for name in option.names]
            if option.choices:
                lines.append(f"    {'|'.join(names)}) COMPREPLY=($(compgen -W '{' '.join(option.choices)}' -- \"$cur\")); return ;;")
            elif option.value:
                (files if option.value in NAMES_A_FILE else nothing).extend(names)
        if files:
            lines.append(f"    {'|'.join(files)}) compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); return ;;")
        if nothing:
            lines.append(f"    {'|'.join(nothing)}) return ;;")
    lines += ["  esac", "  local words="]
    lines.append("  case $command in")
    for command, help_ in programs.items():
        words = " ".join([name for option in help_.options for name in option.names] + [name for name, _ in help_.commands])
        lines.append(f"    '{command}') words='{words}' ;;" if command else f"    '') words='{words}' ;;")
    lines += ["  esac", "  if [[ $cur == -* || -z $command ]]; then", "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))",
              "  else", "    compopt -o filenames", "    COMPREPLY=($(compgen -f -- \"$cur\"))", "  fi", "}",
              "complete -F _xllm xllm xllm-desktop"]
    return "\n".join(lines) + "\n"


def zsh_quoted(text: str) -> str:
    return re.sub(r"([\[\]:\\])", r"\\\1", text).replace("'", "'\\''")


def zsh_arguments(help_: Help) -> list[str]:
    lines = []
    for option in help_.options:
        value = ""
        if option.choices:
            value = f":{option.value.lower()}:({' '.join(option.choices)})"
        elif option.value:
            value = f":{option.value.lower()}:" + ("_files" if option.value in NAMES_A_FILE else "")
        lines += [f"'*{name}[{zsh_quoted(option.text)}]{value}'" for name in option.names]
    if help_.positionals:
        lines.append("'*:file:_files'")
    return lines


def zsh_completion(programs) -> str:
    joined = " \\\n        ".join
    lines = ["#compdef xllm xllm-desktop", "# Completions of xllm and xllm-desktop for zsh, made from their --help.", "_xllm() {",
             "  local state line", "  if [[ $service == xllm-desktop ]]; then"]
    if "xllm-desktop" in programs:
        lines.append("    _arguments " + joined(zsh_arguments(programs["xllm-desktop"])))
    else:
        lines.append("    _files")
    lines += ["    return", "  fi", "  _arguments -C " + joined(zsh_arguments(programs[""]) + ["'1: :->command'", "'*:: :->arguments'"]),
              "  case $state in", "    command)", "      local -a commands", "      commands=("]
    lines += [f"        '{zsh_quoted(name)}:{zsh_quoted(text)}'" for name, text in programs[""].commands]
    lines += ["      )", "      _describe command commands ;;", "    arguments)", "      case $line[1] in"]
    for command, help_ in programs.items():
        if command in ("", "xllm-desktop"):
            continue
        lines.append(f"        {command}) _arguments " + joined(zsh_arguments(help_)) + " ;;")
    return "\n".join(lines + ["      esac ;;", "  esac", "}", "_xllm \"$@\""]) + "\n"


def fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish_lines(program: str, command: str, help_: Help) -> list[str]:
    condition = ""
    if program == "xllm":
        condition = f" -n '__fish_seen_subcommand_from {command}'" if command else " -n __fish_use_subcommand"
    lines = []
    for option in help_.options:
        line = f"complete -c {program}{condition}"
        line += "".join(f" -l {name[2:]}" for name in option.long()) + "".join(f" -s {name[1:]}" for name in option.short())
        if option.choices:
            line += f" -x -a {fish_quoted(' '.join(option.choices))}"
        elif option.value:
            line += " -r -F" if option.value in NAMES_A_FILE else " -x"
        lines.append(line + f" -d {fish_quoted(option.text)}")
    lines += [f"complete -c {program}{condition} -f -a {name} -d {fish_quoted(text)}" for name, text in help_.commands]
    return lines


def fish_completion(program: str, programs) -> str:
    lines = [f"# Completions of {program} for fish, made from its --help."]
    for command, help_ in programs.items():
        if (command == "xllm-desktop") == (program == "xllm-desktop"):
            lines += fish_lines(program, command, help_)
    return "\n".join(lines) + "\n"


def write(path: pathlib.Path, content: str | bytes):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(0o644)


def debian_changelog(version: str, release: str, seconds: int) -> str:
    date = email.utils.format_datetime(datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc))
    return (f"xllm ({version}-{release}) unstable; urgency=medium\n\n  * What changed is told in changelog.gz.\n\n"
            f" -- {MAINTAINER}  {date}\n")


def compressed(text: str) -> bytes:
    return gzip.compress(text.encode(), 9, mtime=0)


def write_debian_texts(options, seconds: int):
    documentation = options.out / "share/doc" / options.package
    write(documentation / "changelog.gz", compressed((options.source / "CHANGELOG.md").read_text()))
    write(documentation / "changelog.Debian.gz", compressed(debian_changelog(options.version, options.release, seconds)))
    write(documentation / "copyright", (HERE / "debian" / f"{options.package}.copyright").read_text())
    overrides = HERE / "debian" / f"{options.package}.lintian-overrides"
    write(options.out / "share/lintian/overrides" / options.package, overrides.read_text())


def write_appstream(options, date: str):
    about = (HERE / "xllm-desktop.metainfo.xml.in").read_text()
    about = about.replace("@PROJECT_VERSION@", options.version).replace("@XLLM_RELEASE_DATE@", date)
    write(options.out / "share/metainfo/org.xllm.desktop.metainfo.xml", about)


def write_program_texts(options, date: str):
    programs = {"": read_help(said_by(options.xllm))}
    for command, _ in programs[""].commands:
        programs[command] = read_help(said_by(options.xllm, command))
    commands = {name: help_ for name, help_ in programs.items() if name}
    share = options.out / "share"
    pages = {"xllm": man_page("xllm", programs[""], commands, options.version, date)}
    if options.desktop:
        programs["xllm-desktop"] = read_help(said_by(options.desktop))
        pages["xllm-desktop"] = man_page("xllm-desktop", programs["xllm-desktop"], {}, options.version, date)
    for name, page in pages.items():
        write(share / "man/man1" / f"{name}.1.gz", compressed(page))
        write(share / "fish/vendor_completions.d" / f"{name}.fish", fish_completion(name, programs))
    write(share / "bash-completion/completions/xllm", bash_completion(programs))
    write(share / "zsh/vendor-completions/_xllm", zsh_completion(programs))
    if options.desktop:
        link = share / "bash-completion/completions/xllm-desktop"
        link.unlink(missing_ok=True)
        link.symlink_to("xllm")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--xllm")
    arguments.add_argument("--desktop")
    arguments.add_argument("--package", default="xllm", help="of Debian, whose texts are written")
    arguments.add_argument("--version", required=True)
    arguments.add_argument("--release", default="1", help="of the package")
    arguments.add_argument("--source", type=pathlib.Path, required=True)
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    options = arguments.parse_args()
    seconds = commit_time(options.source)
    date = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).date().isoformat()
    write_debian_texts(options, seconds)
    if options.xllm:
        write_program_texts(options, date)
    if options.desktop:
        write_appstream(options, date)
    return 0


if __name__ == "__main__":
    sys.exit(main())
