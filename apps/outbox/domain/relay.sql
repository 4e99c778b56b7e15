-- Moves committed events from the outbox into the log and gives each its place: dense in the tenant, in the order in
-- which the outbox wrote them. A tenant's head row is its lock, so several relays share the tenants and never one of
-- them. An item's events are written under the item's lock, hence in the order of its versions.
CREATE OR REPLACE FUNCTION relay_events(p_tenant_limit integer)
RETURNS TABLE (tenant_id bigint, first_position bigint, last_position bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant bigint;
    v_head   bigint;
    v_count  bigint;
    v_now    timestamptz;
    v_day    date;
BEGIN
    -- A loose index scan: one probe for each tenant that has something waiting, however much waits.
    SELECT min(m.tenant_id) INTO v_tenant FROM outbox_outboxmessage m;
    WHILE v_tenant IS NOT NULL LOOP
        SELECT h.position INTO v_head FROM outbox_feedhead h WHERE h.tenant_id = v_tenant FOR UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            -- Busy in another relay, or the tenant's first event: then the row is made for the next step.
            INSERT INTO outbox_feedhead (tenant_id, position) VALUES (v_tenant, 0) ON CONFLICT DO NOTHING;
            SELECT h.position INTO v_head FROM outbox_feedhead h WHERE h.tenant_id = v_tenant FOR UPDATE SKIP LOCKED;
        END IF;
        IF FOUND THEN
            -- One moment for the step: its events lie in one day of the log.
            v_now := clock_timestamp();
            WITH due AS (
                SELECT m.id FROM outbox_outboxmessage m WHERE m.tenant_id = v_tenant ORDER BY m.id LIMIT p_tenant_limit
            ), taken AS (
                DELETE FROM outbox_outboxmessage m USING due WHERE m.tenant_id = v_tenant AND m.id = due.id
                RETURNING m.*
            )
            INSERT INTO outbox_event
                (tenant_id, position, event_id, type, subject, sequence, facts, occurred_at, logged_at)
            SELECT v_tenant, v_head + row_number() OVER (ORDER BY t.id),
                   t.event_id, t.type, t.subject, t.sequence, t.facts, t.occurred_at, v_now
            FROM taken t;
            GET DIAGNOSTICS v_count = ROW_COUNT;
            IF v_count > 0 THEN
                v_day := (v_now AT TIME ZONE 'UTC')::date;
                INSERT INTO outbox_feedday (tenant_id, first_position, logged_on)
                SELECT v_tenant, v_head + 1, v_day WHERE v_day IS DISTINCT FROM (
                    SELECT d.logged_on FROM outbox_feedday d WHERE d.tenant_id = v_tenant
                    ORDER BY d.first_position DESC LIMIT 1);
                UPDATE outbox_feedhead h SET position = v_head + v_count WHERE h.tenant_id = v_tenant;
                tenant_id := v_tenant;
                first_position := v_head + 1;
                last_position := v_head + v_count;
                RETURN NEXT;
            END IF;
        END IF;
        SELECT min(m.tenant_id) INTO v_tenant FROM outbox_outboxmessage m WHERE m.tenant_id > v_tenant;
    END LOOP;
END
$$;
