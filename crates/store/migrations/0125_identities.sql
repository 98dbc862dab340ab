-- Whom a provider of single sign-on knows, and which user that is here. Such a user has no password.
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
