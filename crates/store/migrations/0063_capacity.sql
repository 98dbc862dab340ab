-- How much was used of each capacity, one row a day, for the forecast.
CREATE TABLE capacity_samples (
    kind TEXT NOT NULL,
    day_number BIGINT NOT NULL,
    used BIGINT NOT NULL,
    measured_at BIGINT NOT NULL,
    PRIMARY KEY (kind, day_number)
);
