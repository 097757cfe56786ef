-- Planning. Events are only ever added: what an item or a sprint says of itself follows from them.
CREATE TABLE sprint (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    team {int} NOT NULL REFERENCES team (key),
    name {text} NOT NULL,
    goal {text},
    starts_at {int} NOT NULL,
    ends_at {int} NOT NULL,
    started_at {int},
    closed_at {int},
    goal_result {text} CHECK (goal_result IN ('met', 'partly', 'missed')),
    zone_assumed {int} CHECK (zone_assumed IN (0, 1)),
    import {int},
    UNIQUE (connection, id)
) {strict};

CREATE TABLE item (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    title {text} NOT NULL,
    kind {text} NOT NULL,
    state {text} NOT NULL,
    source_state {text},
    service {int} REFERENCES service (key),
    estimates {text},
    rank {text},
    assignee {text},
    labels {text},
    depends_on {text},
    parent {text},
    origin {text},
    created_at {int},
    started_at {int},
    done_at {int},
    links {text},
    url {text},
    zone_assumed {int} CHECK (zone_assumed IN (0, 1)),
    import {int},
    UNIQUE (connection, id)
) {strict};

CREATE TABLE sprint_event (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    sprint {text} NOT NULL,
    at {int} NOT NULL,
    seq {int},
    kind {text} NOT NULL,
    old {text},
    new {text},
    who {text},
    note {text},
    zone_assumed {int} CHECK (zone_assumed IN (0, 1)),
    import {int},
    UNIQUE (connection, id)
) {strict};

CREATE TABLE item_event (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    item {text} NOT NULL,
    at {int} NOT NULL,
    seq {int},
    kind {text} NOT NULL,
    sprint {text},
    old {text},
    new {text},
    reason {text},
    who {text},
    source {text},
    zone_assumed {int} CHECK (zone_assumed IN (0, 1)),
    import {int},
    UNIQUE (connection, id)
) {strict};
CREATE INDEX item_event_by_item ON item_event (connection, item);

-- The report of a closed sprint as it was at the close, with the hash of its text.
CREATE TABLE sprint_report (
    key {id},
    connection {text} NOT NULL,
    sprint {text} NOT NULL,
    closed_at {int} NOT NULL,
    unit {text} NOT NULL,
    report {text} NOT NULL,
    hash {text} NOT NULL,
    UNIQUE (connection, sprint, closed_at, unit)
) {strict};
