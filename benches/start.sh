#!/usr/bin/env bash
# The window's start: the first frame of Gemba on a workspace against that of an empty window with the same fonts.
# usage: benches/start.sh WORKSPACE [STARTS]   (needs a display, such as Xvfb)
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet --example start
start=${CARGO_TARGET_DIR:-target}/release/examples/start
starts=${2:-20}
median() { sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
empty=$(for _ in $(seq "$starts"); do "$start" empty; done | median)
gemba=$(for _ in $(seq "$starts"); do "$start" "$1"; done | median)
echo "empty window $empty ms, Gemba $gemba ms, ratio $(awk "BEGIN { printf \"%.2f\", $gemba / $empty }") (median of $starts starts)"
