-- When the last change of evidence was noted that the detector must know of: it reads what changed, not all.
ALTER TABLE evidence ADD COLUMN noted_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX evidence_noted ON evidence (noted_at);
