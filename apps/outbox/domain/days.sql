-- The relay's doors to the log's partitions: they run as the table's owner, and take a number of days and nothing else.
-- A lock that is not there at once is left for the next time: whoever waits for it holds up everybody behind.
CREATE OR REPLACE FUNCTION make_log_day(p_ahead integer) RETURNS date
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '200ms' AS $$
    SELECT make_day_partition('outbox_event', p_ahead)
$$;

CREATE OR REPLACE FUNCTION drop_log_day(p_keep integer) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '200ms' AS $$
    SELECT drop_day_partition('outbox_event', p_keep)
$$;

REVOKE ALL ON FUNCTION make_log_day, drop_log_day FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_log_day, drop_log_day TO stockwire_relay;
