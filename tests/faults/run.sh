#!/usr/bin/env bash
# Causes the faults that a test process cannot: a full disk, a read-only folder, a process killed while it writes.
# usage: run.sh PATH-TO-GEMBA; mounting needs root, without it those steps are counted as skipped.
set -euo pipefail
gemba=$1
work=$(mktemp -d)
passed=0 skipped=0
cleanup() { umount "$work/full" "$work/ro" 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT
fail() { echo "faults: $1" >&2; exit 1; }
ok() { passed=$((passed + 1)); }

echo '{"type":"team","id":"kept","name":"Kept"}' > "$work/small.jsonl"
awk 'BEGIN { for (n = 0; n < 60000; n++) printf "{\"type\":\"run\",\"pipeline\":\"p\",\"id\":\"%d\",\"status\":\"succeeded\",\"sha\":\"%040d\",\"created_at\":\"2024-03-04T09:00:00Z\"}\n", n, n }' > "$work/large.jsonl"

mkdir "$work/full"
if mount -t tmpfs -o size=3m tmpfs "$work/full" 2>/dev/null; then
    "$gemba" --db "$work/full/g.db" import "$work/small.jsonl" >/dev/null
    if "$gemba" --db "$work/full/g.db" import "$work/large.jsonl" >/dev/null 2>"$work/error"; then fail "a full disk took the import"; fi
    grep -q "disk is full" "$work/error" || fail "a full disk is not named: $(cat "$work/error")"
    [ "$("$gemba" --db "$work/full/g.db" export | wc -l)" = 2 ] || fail "a full disk lost or added rows"
    "$gemba" --db "$work/full/g.db" check >/dev/null || fail "a full disk damaged the workspace"
    ok
else
    skipped=$((skipped + 1))
fi

mkdir "$work/rw" "$work/ro"
"$gemba" --db "$work/rw/g.db" import "$work/small.jsonl" >/dev/null
if mount --bind "$work/rw" "$work/ro" 2>/dev/null && mount -o remount,ro,bind "$work/ro" 2>/dev/null; then
    [ "$("$gemba" --db "$work/ro/g.db" export | wc -l)" = 2 ] || fail "a read-only folder cannot be read"
    if "$gemba" --db "$work/ro/g.db" import "$work/small.jsonl" >/dev/null 2>"$work/error"; then fail "a read-only folder was written"; fi
    grep -q "only be read" "$work/error" || fail "a read-only folder is not named: $(cat "$work/error")"
    if "$gemba" --db "$work/ro/new.db" import "$work/small.jsonl" >/dev/null 2>"$work/error"; then fail "a file was made in a read-only folder"; fi
    grep -q "cannot be written" "$work/error" || fail "a read-only folder is not named: $(cat "$work/error")"
    ok
else
    skipped=$((skipped + 1))
fi

# Killed at any moment, an import is whole or not there.
for delay in 0.02 0.05 0.1 0.15 0.2 0.3 0.5 0.8; do
    "$gemba" --db "$work/kill.db" import "$work/large.jsonl" >/dev/null 2>&1 &
    import=$!
    sleep "$delay"
    kill -9 "$import" 2>/dev/null || true
    wait "$import" 2>/dev/null || true
    if [ -e "$work/kill.db" ]; then
        rows=$("$gemba" --db "$work/kill.db" export 2>/dev/null | wc -l)
        case "$rows" in 0 | 1 | 60001) ;; *) fail "a killed import left $rows rows" ;; esac
    fi
done
"$gemba" --db "$work/kill.db" import "$work/large.jsonl" >/dev/null
[ "$("$gemba" --db "$work/kill.db" export | wc -l)" = 60001 ] || fail "the import after a kill is not whole"
"$gemba" --db "$work/kill.db" check >/dev/null || fail "a kill damaged the workspace"
ok

echo "$passed passed, 0 failed, $skipped skipped of the faults"
