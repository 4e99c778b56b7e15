-- The relay's doors to the partitions of attempts, as outbox/domain/days.sql has them for the log.
CREATE OR REPLACE FUNCTION make_attempts_day(p_ahead integer) RETURNS date
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '200ms' AS $$
    SELECT make_day_partition('webhooks_attempt', p_ahead)
$$;

CREATE OR REPLACE FUNCTION drop_attempts_day(p_keep integer) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '200ms' AS $$
    SELECT drop_day_partition('webhooks_attempt', p_keep)
$$;

REVOKE ALL ON FUNCTION make_attempts_day, drop_attempts_day FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_attempts_day, drop_attempts_day TO stockwire_relay;
