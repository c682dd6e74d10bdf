#!/usr/bin/env python3
"""write_table.py PAGE TABLE: puts TABLE between the marks of `./test --long` in PAGE."""
import sys

BEGIN = "<!-- ./test --long writes from here -->\n"
END = "<!-- to here -->\n"


def main():
    page_path, table_path = sys.argv[1:]
    with open(page_path, encoding="utf-8") as page:
        text = page.read()
    with open(table_path, encoding="utf-8") as table:
        rows = table.read()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{page_path}: the marks for the table are missing")
    with open(page_path, "w", encoding="utf-8") as page:
        page.write(before + begin + rows + end + after)


if __name__ == "__main__":
    main()
