#!/usr/bin/env python3
"""mp_html - the manual pages of this folder as pages of the web manual

Usage: mp_html.py MAN-DIRECTORY HTML-DIRECTORY [--check]
Knows the few requests these pages use. With --check it only compares and exits with 1 where a page
differs.

SPDX-License-Identifier: Apache-2.0
"""

import glob
import html
import os
import re
import sys

HEAD = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}(3) - preforkd</title>
  <link rel="icon" href="../../favicon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="../manual.css">
  <script type="module" src="../search.js"></script>
</head>
<body>
  <a class="skip" href="#main">Skip to the text</a>
  <header class="site">
    <a class="home" href="../../index.html">preforkd</a>
    <nav aria-label="Site">
      <a href="../index.html">Manual</a>
      <a href="../process-library.html">Process library</a>
      <a href="/server-status">Status</a>
    </nav>
    <form class="search" role="search"><input type="search" aria-label="Search the manual" placeholder="Search the manual" autocomplete="off" spellcheck="false"></form>
  </header>
  <div class="page">
    <main id="main">
      <h1>{title}</h1>
"""
FOOT = """    </main>
  </div>
</body>
</html>
"""


def words(text):
    """The arguments of a request."""
    return [a or b for a, b in re.findall(r'"((?:[^"])*)"|(\S+)', text)]


def plain(text):
    text = re.sub(r"\\f[BIRP]", "", text)
    for code, char in (("\\&", ""), ("\\-", "-"), ("\\(dq", '"'), ("\\(aq", "'"), ("\\e", "\\")):
        text = text.replace(code, char)
    return html.escape(text, quote=False)


class Page:
    def __init__(self, known):
        self.known, self.out, self.open = known, [], []
        self.text, self.code, self.term = [], None, False

    def link(self, text):
        """A mention of another page becomes a link to it."""
        return re.sub(
            r"<(strong)>(mp_\w+)</strong> ?\(3\)",
            lambda m: f'<a href="{m[2]}.html">{m[2]}(3)</a>' if m[2] in self.known else m[0],
            text,
        )

    def flush(self):
        if self.code is not None or not self.text:
            return
        self.out.append("<p>" + self.link("\n".join(self.text)) + "</p>")
        self.text = []

    def close_list(self):
        self.flush()
        if self.open and self.open[-1] == "dl":
            self.out.append("</dd></dl>")
            self.open.pop()

    def add(self, text):
        if self.code is not None:
            self.code.append(text)
        elif self.term:
            self.out.append(f"<dt>{text}</dt><dd>")
            self.term = False
        else:
            self.text.append(text)

    def request(self, name, rest):
        if name in ("B", "I"):
            tag = {"B": "strong", "I": "em"}[name]
            self.add(f"<{tag}>{plain(' '.join(words(rest)))}</{tag}>" if self.code is None else plain(" ".join(words(rest))))
        elif name in ("BR", "IR", "RB", "RI", "BI", "IB"):
            tags = {"B": "strong", "I": "em", "R": None}
            parts = []
            for i, word in enumerate(words(rest)):
                tag = tags[name[i % 2]]
                parts.append(f"<{tag}>{plain(word)}</{tag}>" if tag else plain(word))
            self.add("".join(parts))
        elif name == "nf":
            self.flush()
            self.code = []
        elif name == "fi":
            code = "\n".join(self.code).strip("\n")
            self.code = None
            self.out.append("<pre><code>" + re.sub(r"\n{3,}", "\n\n", code) + "</code></pre>")
        elif name == "PP" and self.code is not None:
            self.code.append("")
        elif name == "PP":
            self.close_list()
        elif name == "TP":
            self.flush()
            if self.open and self.open[-1] == "dl":
                self.out.append("</dd>")
            else:
                self.out.append("<dl>")
                self.open.append("dl")
            self.term = True
        elif name == "RS":
            self.flush()
            self.out.append('<div class="indent">')
            self.open.append("div")
        elif name == "RE":
            self.close_list()
            self.out.append("</div>")
            self.open.pop()
        elif name == "SH":
            self.close_list()
            title = " ".join(words(rest))
            ident = re.sub(r"\W+", "-", title.lower())
            self.out.append(f'<h2 id="{ident}">{plain(title.capitalize())}</h2>')
        elif name != "TH" and not name.startswith("\\"):
            raise ValueError("unknown request ." + name)


def convert(path, known):
    page = Page(known)
    with open(path, encoding="utf-8") as lines:
        for line in lines.read().splitlines():
            request = re.match(r"\.(\S+) ?(.*)", line)
            if request:
                page.request(request[1], request[2])
            elif page.code is not None or line:
                page.add(plain(line))
    page.close_list()
    title = os.path.basename(path)[:-2]
    return HEAD.format(title=title) + "\n".join(page.out) + "\n" + FOOT


def main():
    pages = sorted(glob.glob(sys.argv[1] + "/*.3"))
    known = {os.path.basename(page)[:-2] for page in pages}
    differ = 0
    for page in pages:
        path = f"{sys.argv[2]}/{os.path.basename(page)[:-2]}.html"
        text = convert(page, known)
        if sys.argv[3:] == ["--check"]:
            same = os.path.exists(path) and open(path, encoding="utf-8").read() == text
            if not same:
                print(f"{path}: is not what {page} says; run src/mp/man/mp_html.py")
                differ = 1
        else:
            os.makedirs(sys.argv[2], exist_ok=True)
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
    sys.exit(differ)


if __name__ == "__main__":
    main()
