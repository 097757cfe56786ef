-- What Gemba asks over the network. A secret never stands here: only where it is kept.
CREATE TABLE connection (
    key {id},
    name {text} NOT NULL UNIQUE,
    system {text} NOT NULL,
    base {text} NOT NULL,
    user_name {text},
    secret {text},
    ca_file {text},
    allow_http {int} NOT NULL CHECK (allow_http IN (0, 1)),
    scope {text} NOT NULL,
    settings {text} NOT NULL,
    every_s {int} NOT NULL,
    is_paused {int} NOT NULL CHECK (is_paused IN (0, 1)),
    mark {text},
    tried_at {int},
    succeeded_at {int},
    error {text}
) {strict};

-- The intent to start a run, on disk before the request goes out, so that nothing is ever started twice.
CREATE TABLE start (
    key {id},
    id {text} NOT NULL UNIQUE,
    connection {text} NOT NULL,
    pipeline {text} NOT NULL,
    git_ref {text},
    inputs {text} NOT NULL,
    environment {text},
    before {text},
    handle {text},
    state {text} NOT NULL
        CHECK (state IN ('starting', 'ambiguous', 'queued', 'running', 'ended', 'refused', 'cancelled', 'lost')),
    run_id {text},
    run_attempt {int},
    run_repo {text},
    status {text},
    why {text},
    who {text} NOT NULL,
    at {int} NOT NULL,
    updated_at {int} NOT NULL
) {strict};
CREATE INDEX start_by_pipeline ON start (connection, pipeline, at);

-- Who did what to another system. Names of inputs, never their values.
CREATE TABLE audit (
    key {id},
    at {int} NOT NULL,
    who {text} NOT NULL,
    act {text} NOT NULL,
    connection {text} NOT NULL,
    pipeline {text} NOT NULL,
    run_id {text},
    names {text} NOT NULL,
    outcome {text} NOT NULL
) {strict};

-- Ways to start a pipeline that are worth a name; no secrets.
CREATE TABLE preset (
    key {id},
    name {text} NOT NULL UNIQUE,
    connection {text} NOT NULL,
    pipeline {text} NOT NULL,
    git_ref {text},
    inputs {text} NOT NULL,
    service {text}
) {strict};

-- What people who operate were told.
CREATE TABLE notice (
    key {id},
    at {int} NOT NULL,
    title {text} NOT NULL,
    text {text} NOT NULL,
    connection {text},
    pipeline {text},
    run_id {text},
    is_read {int} NOT NULL CHECK (is_read IN (0, 1))
) {strict};
