-- Rights that requests gave to users, roles, groups and policies, out of the logs: what one under alarm gave is
-- under suspicion where its sources are strange.
CREATE TABLE grants (
    subject TEXT NOT NULL,
    event_id TEXT NOT NULL,
    through TEXT,
    granter TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    operation TEXT NOT NULL,
    noted_at BIGINT NOT NULL,
    PRIMARY KEY (subject, event_id)
);
CREATE INDEX grants_by_through ON grants (through);
CREATE INDEX grants_by_time ON grants (noted_at);
