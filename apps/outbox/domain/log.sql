-- Up to `p_limit` events of a tenant behind a position, in order. The tenant's days say where in the log they lie, so
-- that one partition is read at a time, and mostly one in all.
CREATE OR REPLACE FUNCTION read_log(p_tenant bigint, p_after bigint, p_limit integer) RETURNS SETOF outbox_event
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_day  record;
    v_rows integer;
BEGIN
    FOR v_day IN
        SELECT d.first_position, utc_midnight(d.logged_on) AS starts,
               utc_midnight(d.logged_on + 1) AS ends,
               lead(d.first_position) OVER (ORDER BY d.first_position) AS following
        FROM outbox_feedday d
        WHERE d.tenant_id = p_tenant AND d.first_position >= coalesce((
            SELECT max(f.first_position) FROM outbox_feedday f
            WHERE f.tenant_id = p_tenant AND f.first_position <= p_after + 1), 0)
        ORDER BY d.first_position
    LOOP
        RETURN QUERY SELECT e.* FROM outbox_event e
        WHERE e.tenant_id = p_tenant AND e.position >= greatest(p_after + 1, v_day.first_position)
          -- Only a clock that was set back makes two stretches of positions share a day.
          AND e.position < coalesce(v_day.following, 9223372036854775807)
          AND e.logged_at >= v_day.starts AND e.logged_at < v_day.ends
        ORDER BY e.position
        LIMIT p_limit;
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        p_limit := p_limit - v_rows;
        EXIT WHEN p_limit <= 0;
    END LOOP;
END
$$;
