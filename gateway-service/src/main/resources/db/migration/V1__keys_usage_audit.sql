-- Plain SQL that SQLite and PostgreSQL both take. Times are milliseconds since 1970, in UTC.

-- Keys that administrators have given out. A revoked one stays: its name is never given to another.
CREATE TABLE api_keys (
    id                  VARCHAR(36) PRIMARY KEY,
    name                VARCHAR(64) NOT NULL UNIQUE,
    hash                VARCHAR(64) NOT NULL UNIQUE,
    admin               BOOLEAN     NOT NULL,
    models              TEXT        NOT NULL,
    requests_per_minute INTEGER     NOT NULL,
    tokens_per_minute   BIGINT      NOT NULL,
    tokens_per_day      BIGINT      NOT NULL,
    concurrent          INTEGER     NOT NULL,
    weight              INTEGER     NOT NULL,
    priority            VARCHAR(16) NOT NULL,
    waiting_max         INTEGER     NOT NULL,
    expires             BIGINT,
    created             BIGINT      NOT NULL,
    revoked             BIGINT
);

-- One row for each request, written once.
CREATE TABLE usage_ledger (
    id             VARCHAR(64)  PRIMARY KEY,
    key_name       VARCHAR(64)  NOT NULL,
    model          VARCHAR(512) NOT NULL,
    agent          VARCHAR(512),
    prompt_tokens  BIGINT       NOT NULL,
    answer_tokens  BIGINT       NOT NULL,
    exact          BOOLEAN      NOT NULL,
    queue_ms       BIGINT,
    load_ms        BIGINT,
    first_line_ms  BIGINT,
    duration_ms    BIGINT       NOT NULL,
    ended          VARCHAR(64)  NOT NULL,
    finished       BIGINT       NOT NULL
);

CREATE INDEX usage_ledger_by_key ON usage_ledger (key_name, finished);

-- What happened to keys and to those who were refused. Rows are added, never changed.
CREATE TABLE audit_events (
    id      VARCHAR(36)  PRIMARY KEY,
    at      BIGINT       NOT NULL,
    event   VARCHAR(32)  NOT NULL,
    actor   VARCHAR(256) NOT NULL,
    subject VARCHAR(256) NOT NULL
);

CREATE INDEX audit_events_by_time ON audit_events (at);
