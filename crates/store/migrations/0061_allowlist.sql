-- What an entry of the allowlist is about, who answers for it and until when. `uri` is the value that its scope
-- names; `also_public` was said twice.

ALTER TABLE allowlist ADD COLUMN scope TEXT NOT NULL DEFAULT 'place';
ALTER TABLE allowlist ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE allowlist ADD COLUMN expires_at BIGINT;
ALTER TABLE allowlist ADD COLUMN also_public BIGINT NOT NULL DEFAULT 0;
ALTER TABLE allowlist ADD COLUMN silenced BIGINT NOT NULL DEFAULT 0;
ALTER TABLE allowlist ADD COLUMN silenced_at BIGINT;
-- Before, one word was enough for public places, too: what was allowed stays so.
UPDATE allowlist SET also_public = 1, owner = added_by;
