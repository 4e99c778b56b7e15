-- Takes due deliveries for one dispatcher, of lanes that nobody holds, up to each lane's cap. The lease and the due
-- times are the database's clock. The lanes are locked by a statement of their own: the next one's snapshot is
-- younger, so what another claimer did before it let go of a lane is seen.
CREATE OR REPLACE FUNCTION claim_deliveries(p_limit integer, p_lanes integer, p_lease_seconds double precision)
RETURNS TABLE (
    o_id bigint, o_tenant bigint, o_webhook varchar, o_claim uuid, o_attempts smallint, o_url varchar,
    o_party_type varchar, o_party_id varchar, o_secret_ids uuid[], o_secrets bytea[], o_now timestamptz,
    o_position bigint, o_event_id uuid, o_type varchar, o_subject varchar, o_sequence bigint, o_facts jsonb,
    o_occurred_at timestamptz
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
        ORDER BY l.next_due
        LIMIT p_lanes
        FOR UPDATE OF l SKIP LOCKED
    ) due;
    IF v_tenants IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
    WITH room AS (
        SELECT l.tenant_id, l.webhook_id, l.next_due, greatest(l.cap - (
            SELECT count(*) FROM webhooks_delivery f
            WHERE f.tenant_id = l.tenant_id AND f.webhook_id = l.webhook_id AND f.state = 1
        ), 0) AS places
        FROM unnest(v_tenants, v_webhooks) AS locked (tenant_id, webhook_id)
        JOIN webhooks_lane l ON l.tenant_id = locked.tenant_id AND l.webhook_id = locked.webhook_id
    ), due AS (
        SELECT d.tenant_id, d.id FROM room CROSS JOIN LATERAL (
            SELECT r.tenant_id, r.id FROM webhooks_delivery r
            WHERE r.tenant_id = room.tenant_id AND r.webhook_id = room.webhook_id AND r.state = 0
              AND r.due_at <= now() AND NOT EXISTS (
                SELECT FROM webhooks_delivery f
                WHERE f.tenant_id = r.tenant_id AND f.webhook_id = r.webhook_id AND f.key = r.key AND f.state = 1)
            ORDER BY r.due_at, r.id
            LIMIT room.places
        ) d
        ORDER BY room.next_due
        LIMIT p_limit
    ), claimed AS (
        UPDATE webhooks_delivery d
        SET state = 1, attempts = d.attempts + 1, claim_id = gen_random_uuid(),
            lease_until = now() + make_interval(secs => p_lease_seconds)
        FROM due WHERE d.tenant_id = due.tenant_id AND d.id = due.id AND d.state = 0
        RETURNING d.*
    )
    SELECT c.id, c.tenant_id, c.webhook_id, c.claim_id, c.attempts, w.url, w.party_type, w.party_id,
           ARRAY (SELECT s.id FROM webhooks_secret s WHERE s.tenant_id = c.tenant_id AND s.webhook_id = c.webhook_id
                  AND (s.expires_at IS NULL OR s.expires_at > now()) ORDER BY s.created_at DESC, s.id DESC),
           ARRAY (SELECT s.sealed FROM webhooks_secret s WHERE s.tenant_id = c.tenant_id AND s.webhook_id = c.webhook_id
                  AND (s.expires_at IS NULL OR s.expires_at > now()) ORDER BY s.created_at DESC, s.id DESC),
           now(), e.position, e.event_id, e.type, e.subject, e.sequence, e.facts, e.occurred_at
    FROM claimed c
    JOIN webhooks_webhook w ON w.tenant_id = c.tenant_id AND w.id = c.webhook_id
    LEFT JOIN outbox_event e ON e.tenant_id = c.tenant_id AND e.position = c.position;

    -- A full lane waits for a completion; a key in flight hides what waits behind it.
    UPDATE webhooks_lane l SET next_due = CASE WHEN l.cap > (
            SELECT count(*) FROM webhooks_delivery f
            WHERE f.tenant_id = l.tenant_id AND f.webhook_id = l.webhook_id AND f.state = 1
        ) THEN (
            SELECT r.due_at FROM webhooks_delivery r
            WHERE r.tenant_id = l.tenant_id AND r.webhook_id = l.webhook_id AND r.state = 0 AND NOT EXISTS (
                SELECT FROM webhooks_delivery f
                WHERE f.tenant_id = r.tenant_id AND f.webhook_id = r.webhook_id AND f.key = r.key AND f.state = 1)
            ORDER BY r.due_at LIMIT 1
        ) END
    FROM unnest(v_tenants, v_webhooks) AS locked (tenant_id, webhook_id)
    WHERE l.tenant_id = locked.tenant_id AND l.webhook_id = locked.webhook_id;
END
$$;
