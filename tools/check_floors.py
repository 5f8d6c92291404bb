#!/usr/bin/env python3
"""Fails when a part includes a header that it may not know.

usage: check_floors.py SRC FLOORS
FLOORS has a line a part, `name:floor:known,known`, written by CMake from the gannet_part() calls.
A part may include its own headers, those of the parts that it names, and of what these know.
Tests (*_test.cpp) may include any part on their own floor or a lower one.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*"([a-z0-9_]+)/', re.MULTILINE)


def main() -> int:
    src, floors_file = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    floors: dict[str, int] = {}
    knows: dict[str, set[str]] = {}
    for line in floors_file.read_text().split():
        name, floor, known = line.split(":")
        floors[name] = int(floor)
        knows[name] = {k for k in known.split(",") if k}
    for name in sorted(knows, key=floors.get):
        for known in list(knows[name]):
            knows[name] |= knows[known]

    wrong = []
    for part in floors:
        for path in sorted((src / part).rglob("*")):
            if path.suffix not in (".h", ".cpp"):
                continue
            test = path.name.endswith("_test.cpp")
            for included in INCLUDE.findall(path.read_text(errors="replace")):
                if included == part or included in knows[part] or included not in floors:
                    continue
                if test and floors[included] <= floors[part]:
                    continue
                wrong.append(
                    f"{path}: {part} (floor {floors[part]}) -> {included} (floor {floors[included]}): "
                    f"a part may include only parts on a lower floor that its CMakeLists.txt names (KNOWS)")
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
