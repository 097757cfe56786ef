SELECT name, system, base, user_name, secret, ca_file, allow_http, scope, settings, every_s, is_paused, mark, tried_at,
    succeeded_at, error, proxy, proxy_secret
FROM connection
ORDER BY name
