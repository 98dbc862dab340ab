-- Where an object lies, by the provider's word, and whether it can be read: what lies in an archive is not asked for.
ALTER TABLE objects ADD COLUMN storage_class TEXT;
ALTER TABLE objects ADD COLUMN availability TEXT NOT NULL DEFAULT 'untold';
-- Of which content the last scan was: an archived object that was read before stays known.
ALTER TABLE objects ADD COLUMN scanned_etag TEXT;
UPDATE objects SET scanned_etag = etag WHERE state = 'scanned';
