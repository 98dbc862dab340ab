-- Who has a canary's user and key made, and since when: `state` is `making` until the key is noted.
ALTER TABLE canaries ADD COLUMN confirmed_by TEXT;
ALTER TABLE canaries ADD COLUMN confirmed_at BIGINT;
