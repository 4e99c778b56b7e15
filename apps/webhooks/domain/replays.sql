-- Finds where in a tenant's log a moment stands: the first place that was given at it or later, or the place behind the
-- last. The log is in the order of its clock, so halving finds it by some twenty probes of the primary key.
CREATE OR REPLACE FUNCTION position_at(p_tenant bigint, p_moment timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_low  bigint;
    v_high bigint;
    v_at   timestamptz;
BEGIN
    SELECT e.position INTO v_low FROM outbox_event e WHERE e.tenant_id = p_tenant ORDER BY e.position LIMIT 1;
    SELECT h.position + 1 INTO v_high FROM outbox_feedhead h WHERE h.tenant_id = p_tenant;
    IF v_low IS NULL THEN
        RETURN coalesce(v_high, 1);
    END IF;
    WHILE v_low < v_high LOOP
        SELECT e.logged_at INTO v_at FROM outbox_event e
        WHERE e.tenant_id = p_tenant AND e.position = (v_low + v_high) / 2;
        IF v_at >= p_moment THEN
            v_high := (v_low + v_high) / 2;
        ELSE
            v_low := (v_low + v_high) / 2 + 1;
        END IF;
    END LOOP;
    RETURN v_low;
END
$$;

-- Makes deliveries due again that were given up, oldest first, up to `p_limit`; returns how many. Where a delivery of the
-- key waits already, the newer event of the two goes out. The caller has locked the lane.
CREATE OR REPLACE FUNCTION revive_deliveries(
    p_tenant bigint, p_webhook text, p_types text[], p_since timestamptz, p_until timestamptz, p_limit integer
) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_revived integer;
BEGIN
    WITH buried AS (
        DELETE FROM webhooks_delivery d
        USING (
            SELECT o.id FROM webhooks_delivery o
            WHERE o.tenant_id = p_tenant AND o.webhook_id = p_webhook AND o.state = 3
              AND o.first_at <= p_until AND (p_since IS NULL OR o.first_at >= p_since)
              AND (p_types IS NULL OR o.type = ANY (p_types))
            ORDER BY o.first_at LIMIT p_limit
        ) chosen
        WHERE d.tenant_id = p_tenant AND d.id = chosen.id
        RETURNING d.*
    ), newest AS (
        SELECT DISTINCT ON (key) * FROM buried ORDER BY key, position DESC, id DESC
    ), ready AS (
        INSERT INTO webhooks_delivery AS d
            (tenant_id, webhook_id, key, position, logged_at, event_id, type, subject, sequence,
             state, attempts, coalesced, due_at, first_at, sent_at)
        SELECT tenant_id, webhook_id, key, position, logged_at, event_id, type, subject, sequence,
               0, 0, coalesced, now(), first_at, sent_at
        FROM newest
        ORDER BY position
        ON CONFLICT (tenant_id, webhook_id, key) WHERE state = 0 DO UPDATE
        SET due_at = now(), attempts = 0
    )
    SELECT count(*) INTO v_revived FROM buried;
    UPDATE webhooks_lane SET next_due = least(next_due, now())
    WHERE tenant_id = p_tenant AND webhook_id = p_webhook AND v_revived > 0;
    RETURN v_revived;
END
$$;
