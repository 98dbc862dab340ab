-- Response rules, as a person wrote them down, and the plans that they are about to run.
CREATE TABLE response_rules (
    id TEXT NOT NULL PRIMARY KEY,
    rule_text TEXT NOT NULL,
    made_at BIGINT NOT NULL
);

CREATE TABLE responses (
    id TEXT NOT NULL PRIMARY KEY,
    rule_id TEXT NOT NULL,
    risk_event_id TEXT NOT NULL,
    plan_id TEXT NOT NULL,
    state TEXT NOT NULL,
    runs_at BIGINT NOT NULL,
    note TEXT
);
CREATE INDEX responses_by_event ON responses (risk_event_id, runs_at);
