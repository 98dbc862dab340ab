-- Filters of the list of risk events that people keep under a name. `words` is the question of the list as JSON.
CREATE TABLE saved_views (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    shared BIGINT NOT NULL,
    words TEXT NOT NULL,
    saved_at BIGINT NOT NULL
);
CREATE INDEX saved_views_by_owner ON saved_views (owner_id, name);
