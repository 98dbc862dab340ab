-- Keys that were made with a key are forgotten by when that was noted: logs of years ago are read back, too.
ALTER TABLE minted_keys ADD COLUMN noted_at BIGINT NOT NULL DEFAULT 0;
UPDATE minted_keys SET noted_at = minted_at;
CREATE INDEX minted_keys_noted ON minted_keys (noted_at);
