#!/usr/bin/env python3
"""mp_man - manual pages out of mp.h, so that what a function does is written once

Usage: mp_man.py MP.H DIRECTORY [--check]
Writes mp_context.3, mp_process.3, mp_pipe.3, mp_queue.3, mp_pool.3 and mp_subprocess_server.3; with
--check it only compares and exits with 1 where a page differs. The other pages of the folder are written by hand.
In both cases a function that no comment of mp.h stands over is an error.

SPDX-License-Identifier: Apache-2.0
"""

import re
import sys

# page: (what it is, sections of mp.h, see also)
PAGES = {
    "mp_context": (
        "start methods, targets and what travels to a child",
        ["Targets", "Contexts and start methods", "What travels to a child"],
        ["mp_process", "mp_pool"],
    ),
    "mp_process": ("child processes as objects", ["Processes"], ["mp_context", "mp_pool", "mp_subprocess"]),
    "mp_pipe": ("whole messages between two ends", ["Pipes"], ["mp_queue", "mp_context", "unix(7)"]),
    "mp_queue": (
        "messages between any number of writers and readers",
        ["Queues"],
        ["mp_pipe", "mp_pool", "mp_context"],
    ),
    "mp_subprocess_server": (
        "programs that another process starts",
        ["Programs that another process starts"],
        ["mp_subprocess", "unix(7)", "pidfd_open(2)"],
    ),
    "mp_pool": ("tasks for a number of worker processes", ["Pools"], ["mp_process", "mp_queue", "mp_context"]),
}


def sections(text):
    """Title -> body of each section of the header."""
    parts = re.split(r"/\* ---- (.*?) ----", text.rpartition("\n#endif")[0])
    return dict(zip(parts[1::2], parts[2::2]))


def clean(comment):
    """A comment's lines without stars."""
    lines = []
    for line in comment.strip().splitlines():
        line = re.sub(r"^\s*\*( |$)?", "", line)
        lines.append(line.rstrip())
    while lines and not lines[0]:
        lines.pop(0)
    return lines


def blocks(body):
    """The section's own comment, then (comment, code) pairs."""
    end = body.index("*/")
    intro, rest = clean(body[:end]), body[end + 2 :]
    pairs, comment, code = [], [], []
    for piece in re.split(r"(^/\*.*?\*/)", rest, flags=re.S | re.M):
        if piece.startswith("/*"):
            if "".join(code).strip():
                pairs.append((comment, "".join(code).strip("\n")))
                code = []
                comment = []
            comment = comment + clean(piece[2:-2])
        else:
            code.append(piece)
    if "".join(code).strip() and not "".join(code).strip().startswith("#endif"):
        pairs.append((comment, "".join(code).strip("\n")))
    return intro, pairs


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in ".'" else text


def prose(lines):
    """Paragraphs, code (indented by a tab) and tables (a word, two spaces, the rest)."""
    out, fresh, code = [], True, False
    for line in lines:
        if line.startswith("\t"):
            if not code:
                out.append(".PP\n.nf")
            code = True
            out.append(roff(line))
            continue
        if code:
            out.append(".fi")
            code = False
        row = re.match(r"(\w+) {2,}(\S.*)", line)
        if not line:
            fresh = True
        elif row:
            out += [".TP", ".B " + row[1], roff(row[2])]
            fresh = False
        else:
            if fresh and out:
                out.append(".PP")
            fresh = False
            out.append(roff(line.strip()))
    if code:
        out.append(".fi")
    return out


def names(code):
    found = re.findall(r"\b(mp_\w+)\(", re.sub(r"#define.*(?:\\\n.*)*", "", code))
    found += re.findall(r"typedef \w+ \(\*(mp_\w+)\)", code)
    return list(dict.fromkeys(name for name in found if not re.search(r"\(\*" + name, code) or "typedef" in code))


def page(name, header):
    what, titles, also = PAGES[name]
    parts = [blocks(header[title]) for title in titles]
    functions = [n for _, pairs in parts for _, code in pairs for n in names(code)]
    out = [
        '.\\" SPDX-License-Identifier: Apache-2.0',
        '.\\" Made from mp.h by mp_man.py; change it there.',
        f'.TH {name.upper()} 3 "November 2026" preforkd "Process library"',
        ".SH NAME",
        ", ".join(functions) + " \\- " + what,
        ".SH SYNOPSIS",
        ".nf",
        ".B #include <mp/mp.h>",
    ]
    for _, pairs in parts:
        for _, code in pairs:
            out.append(".PP")
            for line in code.splitlines():
                line = line.rstrip().expandtabs(4)
                out.append('.B "' + roff(line).replace('"', "\\(dq") + '"' if line else ".PP")
    out.append(".fi")
    for title, (intro, pairs) in zip(titles, parts):
        out.append(".SH DESCRIPTION" if title == titles[0] else ".SH " + title.upper())
        out += prose(intro)
        for comment, code in pairs:
            if not comment:
                continue
            about = names(code) or re.findall(r"#define (\w+)", code) or re.findall(r"struct (\w+)", code)
            out.append(".PP")
            out.append(".B " + ", ".join(about))
            out.append(".RS 4")
            out += prose(comment)
            out.append(".RE")
    out.append(".SH SEE ALSO")
    refs = []
    for ref in also:
        base, section = (ref[:-3], ref[-3:]) if ref.endswith(")") else (ref, "(3)")
        refs.append(f".BR {base} {section}")
    out.append(" ,\n".join(refs))
    return re.sub(r"(\.PP\n)+", ".PP\n", "\n".join(out) + "\n")


def unsaid(text):
    """Functions that stand in a group of lines without a comment."""
    for group in re.split(r"\n[ \t]*\n", text):
        if "/*" not in group and not group.lstrip().startswith("#"):
            yield from re.findall(r"\b(mp_\w+)\(", group)


def main():
    text = open(sys.argv[1], encoding="utf-8").read()
    header = sections(text)
    differ = 0
    for name in unsaid(text):
        print(f"{sys.argv[1]}: {name} has no comment")
        differ = 1
    for name in PAGES:
        path = f"{sys.argv[2]}/{name}.3"
        text = page(name, header)
        if sys.argv[3:] == ["--check"]:
            try:
                same = open(path, encoding="utf-8").read() == text
            except OSError:
                same = False
            if not same:
                print(f"{path}: is not what mp.h says; run src/mp/man/mp_man.py")
                differ = 1
        else:
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
    sys.exit(differ)


if __name__ == "__main__":
    main()
