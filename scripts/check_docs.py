#!/usr/bin/env python3
"""Checks the repository's Markdown: local links lead somewhere, headings that are linked exist, code
fences are closed, JSON examples are JSON and, with the command's path as argument, gst-launch lines
can be parsed. Prints each fault; exit code 1 when there is one."""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
LAUNCH = re.compile(r"^(?: {4})?(?:\$ )?gst-launch-1\.0((?: (?:[^\n\\]|\\\n)*)+)$", re.MULTILINE)
FENCE = re.compile(r"^(```+)(\w*)\n(.*?)^\1\s*$", re.MULTILINE | re.DOTALL)


def pages():
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )
    names = [name for name in listed.stdout.split("\n") if name and (ROOT / name).exists()]
    # docs/elements/ holds parts of docs/elements.md, where their links are checked.
    return [ROOT / name for name in names if not name.startswith("docs/elements/")]


def anchors(text):
    """Headings as GitHub names them."""
    names = set()
    for heading in re.findall(r"^#+ +(.*?)\s*$", FENCE.sub("", text), re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", heading.lower())
        names.add(words.replace(" ", "-"))
    return names


def launch_fault(line, parley):
    """What `parley check` says of a gst-launch line, or None."""
    description = " ".join(word for word in line.replace("\\\n", " ").split() if word != "-e")
    done = subprocess.run([parley, "check", "-"], input=description, capture_output=True, text=True,
                          check=False)
    return done.stderr.strip() if done.returncode else None


def faults(page, parley):
    text = page.read_text(encoding="utf-8")
    for line in LAUNCH.findall(text) if parley else []:
        fault = launch_fault(line, parley)
        if fault:
            yield f"gst-launch-1.0{line}: {fault}"
    if len(re.findall(r"^```", text, re.MULTILINE)) % 2:
        yield "a code fence is not closed"
    for _, language, body in FENCE.findall(text):
        if language != "json":
            continue
        try:
            json.loads(body)
        except ValueError as error:
            yield f"a JSON example is not JSON ({error}): {body.strip()[:60]}"
    for target in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            yield f"the link {target} leads nowhere"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text("utf-8")):
            yield f"the link {target} leads to no heading"


def main():
    parley = sys.argv[1] if len(sys.argv) > 1 else None
    found = [
        f"{page.relative_to(ROOT)}: {fault}" for page in pages() for fault in faults(page, parley)
    ]
    print("\n".join(found) or f"{len(pages())} pages, no fault")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
