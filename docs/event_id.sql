-- DuckDB: the event id of a row of the history, kept or derived.
CREATE TEMP MACRO event_id_part(part) AS
    unhex(printf('%016x', octet_length(encode(coalesce(part, ''))))) || encode(coalesce(part, ''));
CREATE TEMP MACRO event_id_of(event) AS coalesce(
    event.event_id,
    sha256(list_reduce(
        list_transform(
            string_split(event.event_id_from, ' '),
            lambda name, place: event_id_part(CASE
                WHEN place = 1 THEN name
                WHEN name = 'request_id' THEN event.request_id
                WHEN name = 'operation' THEN event.operation
                WHEN name = 'bucket' THEN event.bucket
                WHEN name = 'object' THEN event.object
            END)
        ),
        lambda before, part: before || part
    ))[:32]
);
