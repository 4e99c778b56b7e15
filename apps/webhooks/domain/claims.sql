-- Takes due deliveries for one dispatcher, of lanes that nobody holds. The lease and the due times are the database's
-- clock. The lanes are locked by a statement of their own: the next one's snapshot is younger, so what another claimer
-- did before it let go of a lane is seen.
--
-- Who goes first: lanes take turns (the one looked at longest ago is looked at first), and of the chosen lanes each
-- gives one delivery before any gives its second, tenant by tenant. So an import of a million rows waits in its own
-- lanes. `p_of_a_tenant` and `p_unproven` keep room: no tenant fills the dispatchers, and neither do receivers that are
-- slow, failing, or not known yet.
CREATE OR REPLACE FUNCTION claim_deliveries(
    p_limit integer, p_unproven integer, p_of_a_tenant integer, p_lanes integer, p_lease_seconds double precision
)
RETURNS TABLE (
    o_id bigint, o_tenant bigint, o_webhook varchar, o_claim uuid, o_attempts smallint, o_url varchar,
    o_party_type varchar, o_party_id varchar, o_strategy varchar, o_proven boolean, o_secret_ids uuid[],
    o_secrets bytea[], o_now timestamptz, o_position bigint, o_event_id uuid, o_type varchar,
    o_subject varchar, o_sequence bigint, o_facts jsonb, o_occurred_at timestamptz
)
LANGUAGE plpgsql AS $$
DECLARE
    v_tenants  bigint[];
    v_webhooks text[];
BEGIN
    SELECT array_agg(due.tenant_id), array_agg(due.webhook_id) INTO v_tenants, v_webhooks
    FROM (
        SELECT l.tenant_id, l.webhook_id
        FROM webhooks_lane l
        JOIN webhooks_webhook w ON w.tenant_id = l.tenant_id AND w.id = l.webhook_id AND w.status = 'active'
        WHERE l.next_due <= now() AND (l.open_until IS NULL OR l.open_until <= now())
        ORDER BY l.looked_at NULLS FIRST, l.next_due
        LIMIT p_lanes
        FOR UPDATE OF l SKIP LOCKED
    ) due;
    IF v_tenants IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
    WITH room AS (
        SELECT l.tenant_id, l.webhook_id, l.looked_at, w.strategy,
               coalesce(l.trips = 0 AND l.pace < 1000, false) AS proven,
               lane_places(l.cap, l.trips, w.strategy, lane_tokens(l.tokens, l.tokens_at, w.max_per_second), (
                   SELECT count(*) FROM webhooks_delivery f
                   WHERE f.tenant_id = l.tenant_id AND f.webhook_id = l.webhook_id AND f.state = 1
               )) AS places
        FROM unnest(v_tenants, v_webhooks) AS locked (tenant_id, webhook_id)
        JOIN webhooks_lane l ON l.tenant_id = locked.tenant_id AND l.webhook_id = locked.webhook_id
        JOIN webhooks_webhook w ON w.tenant_id = locked.tenant_id AND w.id = locked.webhook_id
    ), ready AS (
        SELECT d.tenant_id, d.id, room.proven, room.looked_at, d.turn
        FROM room CROSS JOIN LATERAL (
            SELECT r.tenant_id, r.id, row_number() OVER (ORDER BY r.due_at, r.id) AS turn
            FROM webhooks_delivery r
            WHERE r.tenant_id = room.tenant_id AND r.webhook_id = room.webhook_id AND r.state = 0
              AND r.due_at <= now() AND NOT EXISTS (
                SELECT FROM webhooks_delivery f
                WHERE f.tenant_id = r.tenant_id AND f.webhook_id = r.webhook_id AND f.key = r.key AND f.state = 1)
              -- In strict order nothing overtakes the first, which may be waiting for its next attempt.
              AND (room.strategy <> 'ordered' OR r.key = (
                SELECT min(first.key) FROM webhooks_delivery first
                WHERE first.tenant_id = r.tenant_id AND first.webhook_id = r.webhook_id AND first.state = 0))
            ORDER BY r.due_at, r.id
            LIMIT room.places
        ) d
    ), taken AS (
        SELECT f.tenant_id, count(*) AS in_flight
        FROM webhooks_delivery f
        WHERE f.state = 1 AND f.tenant_id = ANY (v_tenants)
        GROUP BY f.tenant_id
    ), ranked AS (
        SELECT ready.*, coalesce(taken.in_flight, 0)
               + row_number() OVER (PARTITION BY ready.tenant_id ORDER BY turn, looked_at NULLS FIRST, id) AS of_tenant,
               row_number() OVER (PARTITION BY proven ORDER BY turn, looked_at NULLS FIRST, id) AS of_kind
        FROM ready LEFT JOIN taken ON taken.tenant_id = ready.tenant_id
    ), due AS (
        SELECT ranked.tenant_id, ranked.id FROM ranked
        WHERE of_tenant <= p_of_a_tenant AND (proven OR of_kind <= p_unproven)
        ORDER BY of_tenant, looked_at NULLS FIRST, id
        LIMIT p_limit
    ), claimed AS (
        UPDATE webhooks_delivery d
        SET state = 1, attempts = d.attempts + 1, claim_id = gen_random_uuid(),
            lease_until = now() + make_interval(secs => p_lease_seconds)
        FROM due WHERE d.tenant_id = due.tenant_id AND d.id = due.id AND d.state = 0
        RETURNING d.*
    )
    SELECT c.id, c.tenant_id, c.webhook_id, c.claim_id, c.attempts, w.url, w.party_type, w.party_id, w.strategy,
           room.proven,
           ARRAY (SELECT s.id FROM webhooks_secret s WHERE s.tenant_id = c.tenant_id AND s.webhook_id = c.webhook_id
                  AND (s.expires_at IS NULL OR s.expires_at > now()) ORDER BY s.created_at DESC, s.id DESC),
           ARRAY (SELECT s.sealed FROM webhooks_secret s WHERE s.tenant_id = c.tenant_id AND s.webhook_id = c.webhook_id
                  AND (s.expires_at IS NULL OR s.expires_at > now()) ORDER BY s.created_at DESC, s.id DESC),
           now(),
           -- A snapshot is no event of the log: what it says is read when it is rendered.
           CASE WHEN c.position = 0 THEN 0 ELSE e.position END, c.event_id, c.type, c.subject, c.sequence,
           CASE WHEN c.position = 0 THEN '{}'::jsonb ELSE e.facts END,
           CASE WHEN c.position = 0 THEN c.first_at ELSE e.occurred_at END
    FROM claimed c
    JOIN room ON room.tenant_id = c.tenant_id AND room.webhook_id = c.webhook_id
    JOIN webhooks_webhook w ON w.tenant_id = c.tenant_id AND w.id = c.webhook_id
    -- One probe of one partition each, whatever the planner thinks of thirty.
    LEFT JOIN LATERAL (
        SELECT o.* FROM outbox_event o
        WHERE o.tenant_id = c.tenant_id AND o.position = c.position AND o.logged_at = c.logged_at LIMIT 1
    ) e ON true
    ORDER BY c.tenant_id, c.webhook_id, c.position, c.id;

    -- A full lane waits for a completion; a key in flight hides what waits behind it; a bounded rate has its own time.
    WITH counted AS (
        SELECT l.tenant_id, l.webhook_id, l.cap, l.trips, w.strategy, w.max_per_second AS rate,
               lane_tokens(l.tokens, l.tokens_at, w.max_per_second) - f.just_now AS tokens, f.in_flight
        FROM unnest(v_tenants, v_webhooks) AS locked (tenant_id, webhook_id)
        JOIN webhooks_lane l ON l.tenant_id = locked.tenant_id AND l.webhook_id = locked.webhook_id
        JOIN webhooks_webhook w ON w.tenant_id = locked.tenant_id AND w.id = locked.webhook_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS in_flight,
                   -- The lane is ours alone until we commit: what has this lease was claimed above.
                   count(*) FILTER (WHERE d.lease_until = now() + make_interval(secs => p_lease_seconds)) AS just_now
            FROM webhooks_delivery d
            WHERE d.tenant_id = l.tenant_id AND d.webhook_id = l.webhook_id AND d.state = 1
        ) f
    )
    UPDATE webhooks_lane l
    SET looked_at = now(), tokens = coalesce(c.tokens, 0), tokens_at = now(),
        next_due = CASE WHEN lane_places(c.cap, c.trips, c.strategy, NULL, c.in_flight) > 0 THEN (
            SELECT greatest(r.due_at, now() + make_interval(secs => greatest(1 - c.tokens, 0) / c.rate))
            FROM webhooks_delivery r
            WHERE r.tenant_id = l.tenant_id AND r.webhook_id = l.webhook_id AND r.state = 0 AND NOT EXISTS (
                SELECT FROM webhooks_delivery f
                WHERE f.tenant_id = r.tenant_id AND f.webhook_id = r.webhook_id AND f.key = r.key AND f.state = 1)
              AND (c.strategy <> 'ordered' OR r.key = (
                SELECT min(first.key) FROM webhooks_delivery first
                WHERE first.tenant_id = r.tenant_id AND first.webhook_id = r.webhook_id AND first.state = 0))
            ORDER BY r.due_at LIMIT 1
        ) END
    FROM counted c WHERE l.tenant_id = c.tenant_id AND l.webhook_id = c.webhook_id;
END
$$;
