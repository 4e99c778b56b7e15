-- Says in the log what became of a webhook; its lane is locked by the caller. `p_reason` null: its receiver fails, and
-- goes on being tried. Otherwise the webhook is disabled for that reason: it collects and sends nothing until somebody
-- enables it, and what waits stays.
CREATE OR REPLACE FUNCTION tell_of_webhook(p_tenant bigint, p_webhook text, p_failing_since timestamptz, p_reason text)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH told AS (
        UPDATE webhooks_webhook w
        SET told = w.told + 1,
            status = CASE WHEN p_reason IS NULL THEN w.status ELSE 'disabled' END,
            disabled_reason = p_reason,
            version = w.version + (p_reason IS NOT NULL)::integer,
            updated_at = CASE WHEN p_reason IS NULL THEN w.updated_at ELSE now() END
        WHERE w.tenant_id = p_tenant AND w.id = p_webhook AND w.status = 'active'
        RETURNING w.*
    )
    INSERT INTO outbox_outboxmessage (tenant_id, event_id, type, subject, sequence, facts, occurred_at)
    SELECT t.tenant_id, stock_uuid7(), CASE WHEN p_reason IS NULL THEN 'webhook.failing' ELSE 'webhook.disabled' END,
           t.id, t.told,
           jsonb_build_object(
               'webhookId', t.id, 'url', t.url, 'failingSince', p_failing_since, 'reason', p_reason,
               'supplierId', CASE WHEN t.party_type = 'supplier' THEN t.party_id END,
               'retailPartnerId', CASE WHEN t.party_type = 'retailPartner' THEN t.party_id END),
           now()
    FROM told t;
END
$$;

-- Tells of receivers that have failed without one success between: after 1, 24 and 60 hours, and after 72 the webhook is
-- disabled. Returns of how many webhooks it told.
CREATE OR REPLACE FUNCTION tell_of_failing(p_limit integer, p_scale double precision) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_lane record;
    v_told integer := 0;
BEGIN
    FOR v_lane IN
        SELECT l.tenant_id, l.webhook_id, l.failing_since, reached.notices
        FROM webhooks_lane l
        JOIN webhooks_webhook w ON w.tenant_id = l.tenant_id AND w.id = l.webhook_id AND w.status = 'active'
        CROSS JOIN LATERAL (
            SELECT count(*)::smallint AS notices FROM unnest(ARRAY[1, 24, 60, 72]) AS notice (hours)
            WHERE l.failing_since <= now() - make_interval(secs => notice.hours * 3600 * p_scale)
        ) reached
        WHERE l.failing_since <= now() - make_interval(secs => 3600 * p_scale) AND l.notices < reached.notices
        ORDER BY l.tenant_id, l.webhook_id
        LIMIT p_limit
        FOR UPDATE OF l SKIP LOCKED
    LOOP
        PERFORM tell_of_webhook(
            v_lane.tenant_id, v_lane.webhook_id, v_lane.failing_since,
            CASE WHEN v_lane.notices = 4 THEN 'The receiver has failed for 72 hours.' END);
        UPDATE webhooks_lane l SET notices = v_lane.notices
        WHERE l.tenant_id = v_lane.tenant_id AND l.webhook_id = v_lane.webhook_id;
        v_told := v_told + 1;
    END LOOP;
    RETURN v_told;
END
$$;
