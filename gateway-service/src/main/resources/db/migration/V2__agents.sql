-- Agents that administrators have let in, or that came with a certificate. A revoked one stays; its name can be given out
-- again, as another row. hash is NULL until an enrolled agent has its own token, and for certificates.
CREATE TABLE agents (
    id                VARCHAR(36)  PRIMARY KEY,
    name              VARCHAR(64)  NOT NULL,
    source            VARCHAR(16)  NOT NULL,
    hash              VARCHAR(64)  UNIQUE,
    expires           BIGINT,
    enrolment_hash    VARCHAR(64)  UNIQUE,
    enrolment_expires BIGINT,
    enrolled          BIGINT,
    agent_id          VARCHAR(128),
    created           BIGINT       NOT NULL,
    connected         BIGINT,
    revoked           BIGINT
);

CREATE UNIQUE INDEX agents_by_name ON agents (name) WHERE revoked IS NULL;
