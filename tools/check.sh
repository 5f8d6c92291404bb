#!/bin/bash
# Formatting of every file, clang-tidy on those that changed, and the floors. usage: tools/check.sh BUILD
# What changed is told by the commits since GANNET_CHECK_BASE, by default those of the last 24 hours.
# clang-tidy has GANNET_TIDY_SECONDS (default 420) and says what it did not reach.
set -u
build=$1
status=0

mapfile -t sources < <(git ls-files '*.h' '*.cpp')
if ! clang-format-19 --dry-run -Werror "${sources[@]}" >"$build/format.log" 2>&1; then
  grep -E 'error:' "$build/format.log" | cut -d: -f1 | sort -u | sed 's/^/not formatted (make format): /'
  status=1
fi

python3 tools/check_floors.py src "$build/floors.txt" || status=1

if [ -n "${GANNET_CHECK_BASE:-}" ]; then
  changed=$(git diff --name-only --diff-filter=d "$GANNET_CHECK_BASE" -- '*.cpp')
else
  changed=$(git log --since='24 hours ago' --name-only --diff-filter=d --pretty=format: -- '*.cpp')
fi
changed=$(echo "$changed" | awk 'NF && !seen[$0]++' | while read -r f; do [ -f "$f" ] && grep -q "\"file\": \".*/$f\"" "$build/compile_commands.json" && echo "$f"; done)
limit=${GANNET_TIDY_SECONDS:-420}
if [ -n "$changed" ]; then
  echo "$changed" | GANNET_TIDY_END=$(($(date +%s) + limit)) xargs -P "$(nproc)" -I{} sh -c '
    if [ "$(date +%s)" -ge "$GANNET_TIDY_END" ]; then echo "not reached in time: {}"; exit 0; fi
    clang-tidy-19 --quiet -p "$0" "{}" 2>/dev/null' "$build" >"$build/tidy.log"
  grep -E '(warning|error):' "$build/tidy.log" | sort -u
  grep -qE '(warning|error):' "$build/tidy.log" && status=1
  skipped=$(grep -c '^not reached' "$build/tidy.log")
  echo "clang-tidy: $(echo "$changed" | wc -l) files changed, $skipped not reached within $limit s"
fi
[ $status -eq 0 ] && echo "formatting, clang-tidy and floors: clean"
exit $status
