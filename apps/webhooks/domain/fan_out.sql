-- The key under which deliveries of one webhook take turns, and newer ones replace what still waits: one for the state
-- of a subject (an update and a snapshot say the same), one of its own for every other event. Where each is wanted there
-- are no shared keys, and in strict order the keys are in the order of the log.
CREATE OR REPLACE FUNCTION delivery_key(
    p_strategy text, p_type text, p_subject text, p_sequence bigint, p_position bigint
) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN p_strategy = 'ordered' THEN lpad(p_position::text, 19, '0') || ' ' || p_subject
        WHEN p_type IN ('inventory.updated', 'inventory.snapshot') AND p_strategy <> 'each'
        THEN 'inventory.updated ' || p_subject
        ELSE p_type || ' ' || p_subject || '#' || p_sequence END
$$;

-- The days of the log in which some ranges of it lie, as bounds of `logged_at`: mostly one partition.
CREATE OR REPLACE FUNCTION log_days(
    p_tenants bigint[], p_firsts bigint[], p_lasts bigint[], OUT since timestamptz, OUT until timestamptz
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT utc_midnight(min(day.logged_on)), utc_midnight(max(day.logged_on) + 1) INTO since, until
    FROM (
        SELECT * FROM unnest(p_tenants, p_firsts) UNION ALL SELECT * FROM unnest(p_tenants, p_lasts)
    ) place (tenant_id, position)
    CROSS JOIN LATERAL (
        SELECT f.logged_on FROM outbox_feedday f
        WHERE f.tenant_id = place.tenant_id AND f.first_position <= place.position
        ORDER BY f.first_position DESC LIMIT 1
    ) day;
END
$$;

-- Gives the events of some ranges to some webhooks, as far as they want them; `p_types` null: of every type. The caller
-- has locked the webhooks' lanes, in a statement before this one: no claim or completion can slip between.
--
-- Who wants what is told by apps/outbox/domain/matching.sql.
CREATE OR REPLACE FUNCTION deliver_events(
    p_lane_tenants bigint[], p_webhooks text[], p_tenants bigint[], p_firsts bigint[], p_lasts bigint[], p_types text[]
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_since timestamptz;
    v_until timestamptz;
BEGIN
    SELECT * INTO v_since, v_until FROM log_days(p_tenants, p_firsts, p_lasts);

    WITH wanted AS (
        SELECT e.tenant_id, w.id AS webhook_id, e.position, e.logged_at, e.event_id, e.type, e.subject, e.sequence,
               delivery_key(w.strategy, e.type, e.subject, e.sequence, e.position) AS key
        FROM unnest(p_tenants, p_firsts, p_lasts) AS r (tenant_id, first_position, last_position)
        JOIN outbox_event e ON e.tenant_id = r.tenant_id AND e.position BETWEEN r.first_position AND r.last_position
             AND e.logged_at >= v_since AND e.logged_at < v_until
        JOIN unnest(p_lane_tenants, p_webhooks) AS lane (tenant_id, webhook_id) ON lane.tenant_id = e.tenant_id
        JOIN webhooks_webhook w ON w.tenant_id = lane.tenant_id AND w.id = lane.webhook_id AND w.status = 'active'
        WHERE (p_types IS NULL OR e.type = ANY (p_types))
          AND CASE WHEN e.type = 'webhook.test' THEN w.id = e.subject
              ELSE event_is_wanted(e.type, e.facts, w.event_types::text[], w.party_type, w.party_id, w.filters)
              END
    ), newest AS (
        SELECT DISTINCT ON (tenant_id, webhook_id, key) *,
               count(*) OVER (PARTITION BY tenant_id, webhook_id, key) - 1 AS replaced
        FROM wanted
        ORDER BY tenant_id, webhook_id, key, position DESC
    ), written AS (
        INSERT INTO webhooks_delivery AS d
            (tenant_id, webhook_id, key, position, logged_at, event_id, type, subject, sequence,
             state, attempts, coalesced, due_at, first_at)
        SELECT tenant_id, webhook_id, key, position, logged_at, event_id, type, subject, sequence,
               0, 0, replaced, now(), now()
        FROM newest
        ORDER BY tenant_id, webhook_id, position
        -- What waits for its retry keeps its place in the schedule: the endpoint fails, whatever the event.
        ON CONFLICT (tenant_id, webhook_id, key) WHERE state = 0 DO UPDATE
        SET position = excluded.position, logged_at = excluded.logged_at, event_id = excluded.event_id,
            type = excluded.type, sequence = excluded.sequence, coalesced = d.coalesced + excluded.coalesced + 1
        WHERE d.position < excluded.position  -- a replay brings older ones
        RETURNING d.tenant_id, d.webhook_id, d.due_at
    ), due AS (
        SELECT tenant_id, webhook_id, min(due_at) AS due_at FROM written GROUP BY tenant_id, webhook_id
    )
    UPDATE webhooks_lane l SET next_due = least(l.next_due, due.due_at)
    FROM due WHERE l.tenant_id = due.tenant_id AND l.webhook_id = due.webhook_id
      AND (l.next_due IS NULL OR l.next_due > due.due_at);
END
$$;

-- Gives the events of some ranges to the webhooks that want them. Runs in the relay's transaction. The lanes are locked
-- first, in the one order; the second statement's snapshot is younger than the locks.
CREATE OR REPLACE FUNCTION fan_out_events(p_tenants bigint[], p_firsts bigint[], p_lasts bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_tenants  bigint[];
    v_webhooks text[];
    v_since    timestamptz;
    v_until    timestamptz;
BEGIN
    SELECT * INTO v_since, v_until FROM log_days(p_tenants, p_firsts, p_lasts);

    WITH types AS (
        SELECT r.tenant_id, array_agg(DISTINCT e.type::text) AS names
        FROM unnest(p_tenants, p_firsts, p_lasts) AS r (tenant_id, first_position, last_position)
        JOIN outbox_event e ON e.tenant_id = r.tenant_id AND e.position BETWEEN r.first_position AND r.last_position
             AND e.logged_at >= v_since AND e.logged_at < v_until
        GROUP BY r.tenant_id
    ), lanes AS (
        SELECT l.tenant_id, l.webhook_id
        FROM types t
        JOIN webhooks_webhook w ON w.tenant_id = t.tenant_id AND w.status = 'active'
             AND ('*' = ANY (w.event_types) OR 'webhook.test' = ANY (t.names) OR w.event_types::text[] && t.names)
        JOIN webhooks_lane l ON l.tenant_id = w.tenant_id AND l.webhook_id = w.id
        ORDER BY l.tenant_id, l.webhook_id
        FOR UPDATE OF l
    )
    SELECT array_agg(lanes.tenant_id), array_agg(lanes.webhook_id) INTO v_tenants, v_webhooks FROM lanes;
    IF v_tenants IS NOT NULL THEN
        PERFORM deliver_events(v_tenants, v_webhooks, p_tenants, p_firsts, p_lasts, NULL);
    END IF;
END
$$;
