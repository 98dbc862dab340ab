-- Where an object lies, by the provider's word, and whether it can be read: what lies in an archive is not asked for.
ALTER TABLE objects ADD COLUMN storage_class TEXT;
ALTER TABLE objects ADD COLUMN availability TEXT NOT NULL DEFAULT 'untold';
