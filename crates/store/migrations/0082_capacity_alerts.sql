-- Which thresholds of a capacity, in percent of its limit, people were told of.
CREATE TABLE capacity_alerts (
    kind TEXT NOT NULL,
    percent BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (kind, percent)
);
