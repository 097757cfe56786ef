INSERT INTO connection (name, system, base, user_name, secret, ca_file, allow_http, scope, settings, every_s, is_paused,
    proxy, proxy_secret)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (name) DO UPDATE SET
    mark = CASE WHEN base = excluded.base AND system = excluded.system AND scope = excluded.scope THEN mark END,
    system = excluded.system,
    base = excluded.base,
    user_name = excluded.user_name,
    secret = excluded.secret,
    ca_file = excluded.ca_file,
    allow_http = excluded.allow_http,
    scope = excluded.scope,
    settings = excluded.settings,
    every_s = excluded.every_s,
    is_paused = excluded.is_paused,
    proxy = excluded.proxy,
    proxy_secret = excluded.proxy_secret
