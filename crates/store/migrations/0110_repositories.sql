-- Repositories of source code that are watched. `walked` names commits: they and all that they follow were read.
-- `look_again` is 1 where somebody asked to look anew since it was begun to be read.
CREATE TABLE repositories (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL,
    public BIGINT NOT NULL,
    login TEXT,
    sealed TEXT,
    interval_seconds BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    walked TEXT NOT NULL,
    look_again BIGINT NOT NULL DEFAULT 0,
    scanned_at BIGINT,
    tip TEXT,
    commits BIGINT NOT NULL DEFAULT 0,
    blobs BIGINT NOT NULL DEFAULT 0,
    unread BIGINT NOT NULL DEFAULT 0,
    unread_why TEXT,
    failure TEXT,
    failing_since BIGINT
);

-- Every content that holds a piece of evidence, with the commit that brought it: while one of them is there, the
-- evidence stands.
CREATE TABLE repository_sightings (
    repository_id TEXT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
    evidence_id TEXT NOT NULL,
    blob TEXT NOT NULL,
    commit_id TEXT NOT NULL,
    PRIMARY KEY (repository_id, evidence_id, blob)
);

-- Where in a repository evidence stands.
ALTER TABLE evidence ADD COLUMN code TEXT;
