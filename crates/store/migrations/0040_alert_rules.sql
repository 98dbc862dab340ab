-- Rules of alert configurations, when messages leave, whom they reach, and what follows silence.

ALTER TABLE alert_configurations ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';

-- Since when nothing gets through, and when other people were told of that.
ALTER TABLE alert_configurations ADD COLUMN failing_since BIGINT;
ALTER TABLE alert_configurations ADD COLUMN failure_told_at BIGINT;
ALTER TABLE alert_configurations ADD COLUMN failure TEXT;

ALTER TABLE deliveries ADD COLUMN recipients TEXT NOT NULL DEFAULT '[]';
ALTER TABLE deliveries ADD COLUMN level TEXT NOT NULL DEFAULT 'high';
ALTER TABLE deliveries ADD COLUMN leaves_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN digest_id TEXT;
CREATE INDEX deliveries_by_leaving ON deliveries (configuration_id, leaves_at);

CREATE TABLE recipients (
    id TEXT NOT NULL PRIMARY KEY,
    address TEXT NOT NULL UNIQUE,
    added_at BIGINT NOT NULL,
    code_sent_at BIGINT,
    wrong_codes BIGINT NOT NULL,
    verified_at BIGINT
);

CREATE TABLE recipient_groups (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    members TEXT NOT NULL
);

-- `taken` steps were told, the latest at `since`. One row a message that somebody should acknowledge.
CREATE TABLE escalations (
    id TEXT NOT NULL PRIMARY KEY,
    configuration_id TEXT NOT NULL,
    risk_event_id TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    taken BIGINT NOT NULL,
    since BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX escalations_by_event ON escalations (risk_event_id, configuration_id, ended_at);
