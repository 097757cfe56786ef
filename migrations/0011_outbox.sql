-- What webhooks are to be told, each once: written with what it tells of, and gone when it was said.
CREATE TABLE outbox (
    key {id},
    hook {text} NOT NULL,
    announcement {text} NOT NULL,
    at {int} NOT NULL,
    -- It went out, and nobody knows whether it came in.
    is_sent {int} NOT NULL CHECK (is_sent IN (0, 1))
) {strict};
