-- Who plans, when they are away, what items need of operations, and what operations said.
CREATE TABLE person (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    name {text} NOT NULL,
    role {text},
    team {text},
    hours_per_day {real},
    import {int},
    UNIQUE (connection, id)
) {strict};

CREATE TABLE absence (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    person {text} NOT NULL,
    from_date {text} NOT NULL,
    to_date {text} NOT NULL,
    kind {text},
    share {real},
    import {int},
    UNIQUE (connection, id)
) {strict};

CREATE TABLE ops_need (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    item {text} NOT NULL,
    kind {text} NOT NULL,
    state {text} NOT NULL,
    owner {text},
    lead_days {real},
    due_stage {text},
    evidence {text},
    note {text},
    import {int},
    UNIQUE (connection, id)
) {strict};

CREATE TABLE ops_review (
    key {id},
    connection {text} NOT NULL,
    id {text} NOT NULL,
    item {text} NOT NULL,
    state {text} NOT NULL,
    reason {text},
    unblock {text},
    due {text},
    by {text},
    at {int} NOT NULL,
    item_version {text},
    text {text},
    zone_assumed {int} CHECK (zone_assumed IN (0, 1)),
    import {int},
    UNIQUE (connection, id)
) {strict};
