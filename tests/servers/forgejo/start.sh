#!/usr/bin/env bash
# usage: start.sh [PORT]   starts Prism with Forgejo's own description (of the crate forgejo-api), prints url and pid
set -euo pipefail
port=${1:-18040}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${GEMBA_TESTSERVERS:-.cache/testservers}; mkdir -p "$cache/forgejo/description" "$cache/github"
dir=$(cd "$cache/forgejo" && pwd) prism=$(cd "$cache/github" && pwd)

cp "$here/Cargo.toml" "$here/lib.rs" "$dir/description/"
cp "$here/../github/package.json" "$prism/"
[ -x "$prism/node_modules/.bin/prism" ] || (cd "$prism" && npm i --no-audit --no-fund --loglevel=error >&2)
swagger=$(cd "$dir/description" && cargo metadata --format-version 1 2>/dev/null |
    node -e 'const all = JSON.parse(require("fs").readFileSync(0)).packages;
             console.log(require("path").dirname(all.find((p) => p.name === "forgejo-api").manifest_path) + "/swagger.v1.json")')
node "$here/mkspec.js" "$swagger" "$dir/forgejo.json" >&2

nohup node "$prism/node_modules/.bin/prism" mock -h 127.0.0.1 -p "$port" "$dir/forgejo.json" >"$dir/server-$port.log" 2>&1 </dev/null &
pid=$!
for _ in $(seq 1 300); do
  if curl -sf -o /dev/null -H 'Authorization: token x' "http://127.0.0.1:$port/api/v1/version"; then
    echo "url http://127.0.0.1:$port"; echo "pid $pid"; exit 0
  fi
  kill -0 "$pid" 2>/dev/null || { echo "prism ended early:" >&2; tail -20 "$dir/server-$port.log" >&2; exit 1; }
  sleep 0.2
done
kill "$pid"; echo "prism not ready after 60 s, see $dir/server-$port.log" >&2; exit 1
