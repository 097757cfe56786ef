#!/usr/bin/env bash
# Drives the program against real servers: connect → sync → trigger → follow → cancel → retry → log, with a program that is
# killed while it starts a run; and every kind of request against GitHub's and Forgejo's own descriptions.
# usage: drive.sh PATH-TO-GEMBA BUILDBOT-ADDRESS GITHUB-ADDRESS GUARDED-BUILDBOT-ADDRESS FORGEJO-ADDRESS
set -euo pipefail
gemba=$1 buildbot=${2%/api/v2} github=$3 guarded=${4%/api/v2} forgejo=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GEMBA_DB=$work/g.db XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache GEMBA_NO_KEYCHAIN=1 GEMBA_USER=ci
fail() { echo "real servers: $1" >&2; exit 1; }
has() { grep -q -- "$1" "$work/out" || { cat "$work/out" "$work/err" >&2; fail "\"$1\" was not said by: $2"; }; }
run() { "$gemba" "$@" >"$work/out" 2>"$work/err"; }
code() { local wanted=$1; shift; local got=0; run "$@" || got=$?; [ "$got" = "$wanted" ] || { cat "$work/out" "$work/err" >&2; fail "exit $got, not $wanted: $*"; }; }
builds() { curl -sf "$buildbot/api/v2/buildsets?field=bsid" | grep -c '"bsid"' || true; }

# Buildbot
code 0 connect ci --system buildbot --url "$buildbot"; has "Buildbot with 2 builders" connect
code 0 sync ci
code 0 trigger deploy --form; has "target=staging|production" form
code 0 trigger deploy --ref main --input secs=1 --input target=staging --follow; has succeeded "trigger --follow"
run_id=$("$gemba" runs --started --json | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["run_id"])')
code 0 logs "ci:$run_id"; has "1 passed, 0 failed" logs
grep -qi "PATH=" "$work/out" && fail "the worker's environment is in the log"
code 0 tests "ci:$run_id"; has "2 passed, 0 failed" tests
code 1 trigger deploy --input rc=1 --follow; has failed "a failing run"
bad_id=$("$gemba" runs --started --json | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["run_id"])')
code 1 tests "ci:$bad_id"; has "failed: cart pays" "tests of a failing run"
code 2 trigger deploy --input target=production
grep -q "add --confirm production" "$work/err" || fail "production went unguarded"
code 0 trigger deploy --input target=production --confirm production --input secs=0 --follow --save release
code 0 trigger --preset release --confirm production --follow
code 2 trigger deploy --input target=nowhere
code 2 trigger deploy --input wish=1
code 0 trigger deploy --input secs=60
for _ in $(seq 20); do
    long=$("$gemba" runs --started --json | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["run_id"] or "")')
    [ -n "$long" ] && break
    sleep 0.5
done
code 0 sync ci
code 0 cancel "ci:$long"
for _ in $(seq 20); do
    code 0 sync ci
    "$gemba" runs --limit 3 | grep "^ci:$long " >"$work/line"
    grep -q cancelled "$work/line" && break
    sleep 0.5
done
grep -q cancelled "$work/line" || fail "a cancelled run is $(cat "$work/line")"
# What waits behind another is seen before it has a number, and taken out of the queue.
code 0 trigger deploy --input secs=60
code 0 trigger deploy --input secs=0
code 0 sync ci
waiting=$("$gemba" runs --limit 9 | grep -o '^ci:request-[0-9]*' | head -1 || true)
[ -n "$waiting" ] || fail "a request that waits is not seen: $("$gemba" runs --limit 9)"
code 0 cancel "$waiting"; has "it is cancelled now" "cancel of what waits"
for _ in $(seq 20); do
    running=$("$gemba" runs --limit 9 | sed -n 's/^\(ci:[0-9]*\) *running .*/\1/p' | head -1)
    [ -n "$running" ] && break
    sleep 0.5
    code 0 sync ci
done
code 0 cancel "$running"
code 0 retry "ci:$run_id" --follow; has succeeded retry

# Killed at any moment, a start is made at most once, and found again.
before=$(builds)
for pause in 0.00 0.02 0.04 0.06 0.08 0.10 0.12 0.14 0.16; do
    "$gemba" trigger deploy --input secs=0 >/dev/null 2>&1 &
    pid=$!
    sleep "$pause"
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
done
intents=$("$gemba" runs --started --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)))')
made=$(($(builds) - before))
[ "$made" -le 9 ] || fail "$made runs for 9 starts"
code 0 sync ci
open=$("$gemba" runs --started --json | python3 -c 'import json,sys; print(sum(s["state"] == "starting" for s in json.load(sys.stdin)))')
[ "$open" = 0 ] || fail "$open starts were forgotten after a kill"
echo "killed nine times: $made runs were made, $intents intents are on disk"
code 0 runs --audit; has "trigger" audit
code 0 cctray; has 'lastBuildStatus="Success"' cctray

# A server that asks for a log-in: the password from the environment, then from a file that a passphrase opens.
code 0 connect guarded --system buildbot --url "$guarded" --user gemba
code 1 trigger nightly --connection guarded; grep -q "(403)" "$work/err" || fail "a start without a log-in was not refused by name"
GEMBA_TOKEN_GUARDED=s3cret code 0 trigger nightly --connection guarded --follow; has succeeded "trigger with a log-in"
printf s3cret | GEMBA_PASSPHRASE="a long passphrase" "$gemba" connect guarded --secret-stdin >"$work/out" 2>"$work/err" || fail "$(cat "$work/err")"
GEMBA_PASSPHRASE="another passphrase" code 1 trigger nightly --connection guarded
GEMBA_PASSPHRASE="a long passphrase" code 0 trigger nightly --connection guarded --follow
if grep -rqs s3cret "$work"; then fail "the password is in a file: $(grep -rls s3cret "$work")"; fi

# GitHub's own description refuses any request that does not fit it.
export GEMBA_TOKEN_GH=canary-of-the-drive
code 0 connect gh --system github --url "$github" --scope octo/app; has "GitHub as octocat" "connect gh"
code 0 sync gh; has "gh: 3 new" "sync gh"
gh_run=$("$gemba" runs --connection gh --json | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["id"])')
code 0 trigger gh/blank.yaml --ref main --input version=1; has "running (gh:" "trigger gh"
code 0 cancel "gh:$gh_run"
code 0 retry "gh:$gh_run"
code 0 retry "gh:$gh_run" --failed
code 0 logs "gh:$gh_run" --list; has succeeded "logs gh"
code 0 artifacts "gh:$gh_run"

# Forgejo's, too.
export GEMBA_TOKEN_FJ=canary-of-the-drive
code 0 connect fj --system gitea --url "$forgejo" --scope octo/app; has "Forgejo 17" "connect fj"
code 0 sync fj; has "fj: 1 new" "sync fj"
code 0 trigger octo/app/deploy.yml --connection fj --form; has "version=text" "form of fj"
code 0 trigger octo/app/deploy.yml --connection fj --ref main --input version=2 --follow; has succeeded "trigger fj"
code 0 cancel fj:42
code 0 retry fj:42
code 0 logs fj:42 --list; has build "logs fj"
code 0 artifacts fj:42 --all --into "$work"; has shop.zip "artifacts fj"
if grep -rqs canary-of-the-drive "$work"; then fail "the token is in a file: $(grep -rls canary-of-the-drive "$work")"; fi
echo "the real servers were driven"
