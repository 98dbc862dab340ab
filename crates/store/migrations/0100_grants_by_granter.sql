-- What a key gave is judged anew when it turns out that it was under alarm, or was not.
CREATE INDEX grants_by_granter ON grants (granter);
