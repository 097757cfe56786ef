#!/usr/bin/env bash
# Drives the program in a real window: import → Delivery → Explain → rows, light and dark, and an idle window that rests.
# usage: drive.sh PATH-TO-GEMBA [FOLDER-FOR-SCREENSHOTS]
set -euo pipefail
gemba=$1
work=$(mktemp -d)
shots=${2:-$work/shots}
mkdir -p "$shots"
# One that nobody has: a server that is there already, or left its lock behind, would not be ours.
number=$((70 + RANDOM % 20))
while [ -e "/tmp/.X$number-lock" ]; do number=$((number + 1)); done
display=:$number
export XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache XDG_CONFIG_HOME=$work/config LIBGL_ALWAYS_SOFTWARE=1
Xvfb "$display" -screen 0 1280x800x24 >/dev/null 2>&1 &
server=$!
window=
cleanup() { kill $window $server 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT
export DISPLAY=$display
unset WAYLAND_DISPLAY
for _ in $(seq 50); do xdotool getdisplaygeometry >/dev/null 2>&1 && break; sleep 0.2; done

fail() { echo "the window: $1" >&2; exit 1; }
shot() { scrot -o "$shots/$1.png"; }
# A picture that holds next to nothing was not drawn.
drawn() { [ "$(stat -c %s "$shots/$1.png")" -gt 20000 ] || fail "$1 shows nothing"; }
# A picture of a window that has stopped changing: three times the same, a second apart.
settled() {
    local same=0
    for _ in $(seq 60); do
        mv "$shots/$1.png" "$shots/before.png" 2>/dev/null || true
        sleep 1; shot "$1"
        if cmp -s "$shots/before.png" "$shots/$1.png"; then same=$((same + 1)); else same=0; fi
        [ $same -ge 2 ] && break
    done
    rm -f "$shots/before.png"
}
key() { xdotool key --clearmodifiers "$@"; sleep 1; }
open_window() {
    "$gemba" "$@" 2>"$work/errors" &
    window=$!
    for _ in $(seq 100); do
        id=$(xdotool search --onlyvisible --name '^Gemba$' 2>/dev/null | head -1 || true)
        [ -n "$id" ] && break
        kill -0 $window 2>/dev/null || fail "it ended: $(cat "$work/errors")"
        sleep 0.2
    done
    [ -n "${id:-}" ] || fail "it never opened"
    xdotool windowsize --sync "$id" 1280 800 windowmove "$id" 0 0 2>/dev/null || true
    xdotool windowfocus "$id" 2>/dev/null || true
    sleep 4
}
close_window() { kill $window 2>/dev/null || true; wait $window 2>/dev/null || true; window=; }

db=$work/real.db
"$gemba" --db "$work/s.db" --now 2026-01-31 picture delivery --sample --out "$shots/picture.png" >/dev/null
cat > "$work/week.jsonl" <<'DATA'
{"type":"environment","id":"prod","name":"Production","class":"production"}
{"type":"commit","repo":"web","sha":"a1","authored_at":"2024-03-04T06:00:00Z"}
{"type":"deployment","id":"d1","service":"web","environment":"prod","status":"succeeded","version":"1","finished_at":"2024-03-04T10:00:00Z","commits":["a1"]}
DATA

open_window --db "$db"
shot 1-first-start; drawn 1-first-start
# Ctrl+N on an empty workspace records an incident there; the palette adds a file.
key ctrl+5
key ctrl+n
xdotool type --delay 8 "$work/week.jsonl"; sleep 1
shot 2-add; drawn 2-add
key Return; sleep 3
shot 3-report; drawn 3-report
key Escape
key ctrl+3; sleep 2
shot 4-delivery; drawn 4-delivery
n=$("$gemba" --db "$db" metrics --json --from 2024-03-04 --to 2024-03-04 --zone UTC | grep -o '"deployments":[0-9]*' | head -1)
[ "$n" = '"deployments":1' ] || fail "the import through the window did not arrive ($n)"
if "$gemba" --db "$db" >/dev/null 2>"$work/second" & second=$!; then sleep 4; shot 5-second-window; kill $second 2>/dev/null || true; fi
close_window

open_window --demo
key ctrl+3
# The pointer waits where it will press, so that only the press can change the picture.
xdotool mousemove 520 140
# The sample is made at the first start, and a busy machine takes its time for it: the page is there when it rests.
settled 6-delivery-dark; drawn 6-delivery-dark
for _ in $(seq 20); do
    xdotool click 1
    settled 7-explain
    cmp -s "$shots/6-delivery-dark.png" "$shots/7-explain.png" || break
    settled 6-delivery-dark
done
drawn 7-explain
if cmp -s "$shots/6-delivery-dark.png" "$shots/7-explain.png"; then fail "Explain did not open"; fi
xdotool mousemove 1060 420; settled 7-explain
xdotool click 1; settled 8-row; drawn 8-row
if cmp -s "$shots/7-explain.png" "$shots/8-row.png"; then fail "the row did not open"; fi
key Escape; key Escape
key ctrl+4; sleep 2; key Down; key Return; sleep 1
shot 9-run; drawn 9-run
# An idle window rests: over five seconds it takes less than a fifth of one second of the processor.
before=$(awk '{print $14+$15}' /proc/$window/stat); sleep 5; after=$(awk '{print $14+$15}' /proc/$window/stat)
[ $((after - before)) -lt 20 ] || fail "the idle window used $((after - before)) ticks in 5 s"
key ctrl+k; xdotool type --delay 8 "light appearance"; sleep 1; key Return; sleep 1; key Escape
key ctrl+3; sleep 2
shot 10-delivery-light; drawn 10-delivery-light
cmp -s "$shots/6-delivery-dark.png" "$shots/10-delivery-light.png" && fail "the light appearance did not come"
close_window

# A sprint by keys alone: planned in six steps, started, given another item, closed.
plan=$work/plan.db
for n in 1 2 3; do
    echo "{\"type\":\"item\",\"id\":\"I$n\",\"title\":\"Item $n\",\"kind\":\"feature\",\"state\":\"backlog\",\"rank\":\"$n\",\"estimates\":{\"points\":$n}}"
done > "$work/items.jsonl"
"$gemba" --db "$plan" import "$work/items.jsonl" >/dev/null
"$gemba" --db "$plan" plan sprint "Sprint 1" --team shop --from 2020-01-06 --to 2090-01-05 >/dev/null
open_window --db "$plan"
key ctrl+2; sleep 2; key p; sleep 1
shot 11-look-back; drawn 11-look-back
key Right; key Right; key Right; sleep 1
key m; sleep 1.5; key m; sleep 1.5
shot 12-choose; drawn 12-choose
key bracketright; sleep 1; key Right; sleep 1; key Return; sleep 2
shot 13-started; drawn 13-started
key Escape; sleep 1; key m; sleep 1; key 1; sleep 2
key s; sleep 1; key Return; sleep 2
shot 14-closed; drawn 14-closed
close_window
told=$("$gemba" --db "$plan" burn "Sprint 1" --json | tr -d ' \n')
for part in '"commitment":{"value":3' '"added":{"value":3' '"reason":"incident"' '"closed_at":"20' '"frozen_hash"'; do
    [[ $told == *"$part"* ]] || fail "the sprint that was driven by keys lacks $part: $told"
done
passed=14

# The same on data of a Jira: what goes on there is closed, the next sprint planned, started, given another item, closed.
if [ -n "${GEMBA_TEST_DATA:-}" ]; then
    jira=$work/jira.db
    "$gemba" --db "$jira" import "$GEMBA_TEST_DATA/recorded/devlake/jira" >/dev/null || true
    "$gemba" --db "$jira" import "$GEMBA_TEST_DATA/recorded/plan/jirametrics/complete_sample" >/dev/null || true
    open_window --db "$jira"
    key ctrl+2; sleep 2; key s; key Return; sleep 2
    shot 15-jira-closed; drawn 15-jira-closed
    key s; key Return; sleep 2
    key p; sleep 1; key Right; key Right; key Right; sleep 1
    key m; sleep 1.5; key m; sleep 1.5
    shot 16-jira-choose; drawn 16-jira-choose
    key bracketright; sleep 1; key Right; sleep 1; key Return; sleep 2
    key Escape; sleep 1; key m; sleep 1; key 6; sleep 2
    shot 17-jira-running; drawn 17-jira-running
    key s; sleep 1; key Return; sleep 2
    shot 18-jira-report-dark; drawn 18-jira-report-dark
    key ctrl+k; xdotool type --delay 8 "light appearance"; sleep 1; key Return; sleep 1; key Escape
    shot 19-jira-report-light; drawn 19-jira-report-light
    cmp -s "$shots/18-jira-report-dark.png" "$shots/19-jira-report-light.png" && fail "the light appearance did not come"
    close_window
    told=$("$gemba" --db "$jira" burn "K5 Sprint 2" --unit items --json | tr -d ' \n')
    for part in '"commitment":{"value":2' '"added":{"value":1' '"closed_at":"20' '"frozen_hash"'; do
        [[ $told == *"$part"* ]] || fail "the sprint planned from Jira's data lacks $part: $told"
    done
    passed=19
else
    echo "5 steps on data of a Jira skipped: GEMBA_TEST_DATA is not set"
fi
echo "$passed steps passed, 0 failed in a real window"
