-- Credentials that a connection takes by reference: `env:…`, `file:…` or `role…`; the secret is not kept.
ALTER TABLE connections ADD COLUMN credentials TEXT;

-- Keys that a reference led to before: what was done with them was done by Claviger itself.
CREATE TABLE connection_keys (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    access_key_id TEXT NOT NULL,
    replaced_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, access_key_id)
);
