-- Tokens: {id} a row's own integer key, {int} 64-bit integer, {text}, {real}, {strict}. Times are UTC microseconds.
-- A long list of words is checked by CASE: for IN the engine would build a table at every insert.
CREATE TABLE word (
    key {id},
    text {text} NOT NULL UNIQUE
) {strict};

CREATE TABLE import (
    key {id},
    id {text} NOT NULL UNIQUE,
    kind {text} NOT NULL,
    source {text} NOT NULL,
    at {int} NOT NULL,
    report {text} NOT NULL
) {strict};

CREATE TABLE team (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    name {text} NOT NULL,
    import {int},
    placeholder {int} NOT NULL DEFAULT 0,
    UNIQUE (connection, id)
) {strict};

CREATE TABLE calendar_day (
    key {id},
    connection {text} NOT NULL,
    team {int} NOT NULL REFERENCES team (key),
    date {text} NOT NULL,
    working {int} NOT NULL CHECK (working IN (0, 1)),
    name {text},
    import {int},
    UNIQUE (connection, team, date)
) {strict};

CREATE TABLE service (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    name {text} NOT NULL,
    team {int} REFERENCES team (key),
    tier {text} CHECK (tier IN ('A', 'B', 'C')),
    repo {text},
    slo {text},
    import {int},
    placeholder {int} NOT NULL DEFAULT 0,
    UNIQUE (connection, id)
) {strict};

CREATE TABLE environment (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    name {text} NOT NULL,
    class {text} NOT NULL CHECK (class IN ('development', 'testing', 'staging', 'production', 'unknown')),
    ord {int},
    import {int},
    placeholder {int} NOT NULL DEFAULT 0,
    UNIQUE (connection, id)
) {strict};

CREATE TABLE pipeline (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    name {text} NOT NULL,
    UNIQUE (connection, id)
) {strict};

CREATE TABLE deployment_rule (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    service {int} NOT NULL REFERENCES service (key),
    environment {int} NOT NULL REFERENCES environment (key),
    run_connection {text},
    pipeline {text},
    stage {text},
    branch {text},
    import {int},
    UNIQUE (connection, id)
) {strict};

CREATE TABLE git_commit (
    key {id},
    connection {text} NOT NULL,
    repo {int} NOT NULL REFERENCES word (key),
    sha {text} NOT NULL,
    authored_at {int} NOT NULL,
    committed_at {int},
    author {int} REFERENCES word (key),
    subject {text},
    parents {text},
    lines_added {int},
    lines_deleted {int},
    import {int},
    UNIQUE (connection, repo, sha)
) {strict};

CREATE TABLE change (
    key {id},
    connection {text} NOT NULL,
    repo {int} NOT NULL REFERENCES word (key),
    id {text} NOT NULL,
    created_at {int} NOT NULL,
    title {text},
    author {int} REFERENCES word (key),
    labels {text},
    branch {text},
    target {text},
    first_commit_at {int},
    first_review_at {int},
    approved_at {int},
    merged_at {int},
    closed_at {int},
    merge_sha {text},
    commits {text},
    lines_added {int},
    lines_deleted {int},
    url {text},
    import {int},
    UNIQUE (connection, repo, id)
) {strict};

-- What is loaded into columns stands first: a row is decoded from its start.
CREATE TABLE run (
    key {id},
    pipeline {int} NOT NULL REFERENCES pipeline (key),
    service {int} REFERENCES service (key),
    branch {int} REFERENCES word (key),
    actor {int} REFERENCES word (key),
    status {text} NOT NULL CHECK (CASE status WHEN 'succeeded' THEN 1 WHEN 'failed' THEN 1 WHEN 'cancelled' THEN 1
        WHEN 'skipped' THEN 1 WHEN 'running' THEN 1 WHEN 'queued' THEN 1 WHEN 'warnings' THEN 1
        WHEN 'waiting_approval' THEN 1 WHEN 'waiting_resource' THEN 1 WHEN 'cancelling' THEN 1
        WHEN 'unknown' THEN 1 ELSE 0 END),
    created_at {int},
    queued_at {int},
    started_at {int},
    finished_at {int},
    excluded {int} CHECK (excluded IN (0, 1)),
    id {text} NOT NULL,
    attempt {int} NOT NULL CHECK (attempt > 0),
    connection {text} NOT NULL,
    status_raw {text},
    number {int},
    repo {int} REFERENCES word (key),
    tag {text},
    sha {text},
    event {text},
    event_raw {text},
    updated_at {int},
    url {text},
    parent {text},
    commits {text},
    stages {text},
    import {int},
    UNIQUE (pipeline, id, attempt)
) {strict};

CREATE TABLE deployment (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    service {int} NOT NULL REFERENCES service (key),
    environment {int} NOT NULL REFERENCES environment (key),
    status {text} NOT NULL CHECK (CASE status WHEN 'succeeded' THEN 1 WHEN 'failed' THEN 1 WHEN 'cancelled' THEN 1
        WHEN 'skipped' THEN 1 WHEN 'running' THEN 1 WHEN 'queued' THEN 1 WHEN 'warnings' THEN 1
        WHEN 'waiting_approval' THEN 1 WHEN 'waiting_resource' THEN 1 WHEN 'cancelling' THEN 1
        WHEN 'unknown' THEN 1 ELSE 0 END),
    version {text},
    sha {text},
    artifact_digest {text},
    queued_at {int},
    started_at {int},
    finished_at {int},
    run_connection {text},
    run_pipeline {text},
    run_id {text},
    run_attempt {int},
    run_key {int},
    commits {text},
    changes {text},
    rollback_of {text},
    rework {int} CHECK (rework IN (0, 1)),
    fixes {text},
    notified_at {int},
    actor {int} REFERENCES word (key),
    url {text},
    rule {int},
    import {int},
    UNIQUE (connection, id)
) {strict};

CREATE TABLE incident (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    title {text} NOT NULL,
    service {int} REFERENCES service (key),
    environment {int} REFERENCES environment (key),
    severity {int} CHECK (severity BETWEEN 1 AND 4),
    severity_raw {text},
    started_at {int},
    declared_at {int},
    detected_at {int},
    detected_by {text},
    acknowledged_at {int},
    mitigated_at {int},
    resolved_at {int},
    causes {text},
    cause_kind {text},
    reviewed_at {int},
    text {text},
    labels {text},
    url {text},
    import {int},
    UNIQUE (connection, id)
) {strict};

CREATE TABLE incident_event (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    incident {text} NOT NULL,
    at {int} NOT NULL,
    text {text} NOT NULL,
    kind {text},
    who {text},
    import {int},
    UNIQUE (connection, id)
) {strict};

CREATE INDEX run_with_commits ON run (key) WHERE commits IS NOT NULL;
CREATE INDEX deployment_by_run ON deployment (run_key);
CREATE INDEX git_commit_by_sha ON git_commit (sha);
CREATE INDEX incident_event_by_incident ON incident_event (incident);

CREATE TABLE setting (
    name {text} NOT NULL PRIMARY KEY,
    value {text} NOT NULL
) {strict};

CREATE TABLE undo_step (
    seq {id},
    name {text} NOT NULL,
    edits {text} NOT NULL,
    is_undone {int} NOT NULL CHECK (is_undone IN (0, 1)),
    at {int} NOT NULL
) {strict};

CREATE TABLE change_log (
    seq {id},
    what {text} NOT NULL,
    at {int} NOT NULL
) {strict};
