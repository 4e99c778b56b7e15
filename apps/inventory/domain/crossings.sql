-- Thresholds: an event for each crossing of what is available, made where the crossing is made.

-- Writes an event for each crossing of what is available: of the item, and of each place that has a threshold of its own.
-- The state is kept on the item, so each crossing is told once, whoever makes it: a movement, or the sweeper for what
-- expired by the clock.
CREATE OR REPLACE FUNCTION stock_announce_crossings(
    p_item inventory_stockitem, p_subject text, p_facts jsonb, p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_available bigint;
    v_state     text;
    v_places    jsonb := '{}'::jsonb;
    v_place     record;
BEGIN
    SELECT COALESCE(sum(l.on_hand - l.reserved - l.on_hold), 0) INTO v_available
    FROM inventory_stocklevel l
    WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id AND stock_is_offered(l, p_now);
    -- What was only expected, or received on hold, has no state yet: its first stock is not back.
    v_state := stock_state(v_available, p_item.reorder_threshold);
    IF p_item.state IS NULL AND v_state = 'out' THEN
        v_state := NULL;
    END IF;
    IF p_item.place_thresholds <> '{}'::jsonb THEN
        FOR v_place IN
            SELECT t.key AS warehouse, t.value::bigint AS threshold, COALESCE((
                SELECT sum(l.on_hand - l.reserved - l.on_hold) FROM inventory_stocklevel l
                WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id AND l.warehouse_id = t.key
                  AND stock_is_offered(l, p_now)), 0)::bigint AS available
            FROM jsonb_each_text(p_item.place_thresholds) t ORDER BY t.key
        LOOP
            v_places := v_places || jsonb_build_object(v_place.warehouse, stock_state(v_place.available, v_place.threshold));
            PERFORM stock_announce_crossing(
                p_item, p_subject || '@' || v_place.warehouse, p_facts, p_now, v_place.available, v_place.threshold,
                v_place.warehouse,
                -- A threshold that is new is crossed by what lies there already.
                COALESCE(p_item.place_states->>v_place.warehouse, stock_state(v_place.available, NULL)),
                v_places->>v_place.warehouse);
        END LOOP;
    END IF;
    IF v_state IS DISTINCT FROM p_item.state OR v_places <> p_item.place_states THEN
        PERFORM stock_announce_crossing(
            p_item, p_subject, p_facts, p_now, v_available, p_item.reorder_threshold, NULL, p_item.state, v_state);
        UPDATE inventory_stockitem i SET state = v_state, place_states = v_places
        WHERE i.tenant_id = p_item.tenant_id AND i.id = p_item.id;
    END IF;
END
$$;

-- The first warehouse for which a threshold is set and where no stock of the item can lie; NULL where all is well. Removing
-- the threshold of a place needs no place.
CREATE OR REPLACE FUNCTION stock_place_unknown(p_item inventory_stockitem, p_thresholds jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT t.key FROM jsonb_each(p_thresholds) t
    WHERE t.value <> 'null'::jsonb AND NOT EXISTS (
        SELECT FROM inventory_warehouse w
        WHERE w.tenant_id = p_item.tenant_id AND w.id = t.key AND CASE w.owner_type
            WHEN 'tenant' THEN p_item.retail_partner_id IS NULL
            WHEN 'supplier' THEN p_item.retail_partner_id IS NULL AND w.owner_id = p_item.supplier_id
            ELSE w.owner_id = p_item.retail_partner_id END)
    ORDER BY t.key LIMIT 1
$$;

CREATE OR REPLACE FUNCTION stock_state(p_available bigint, p_threshold bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_available <= 0 THEN 'out' WHEN p_available <= p_threshold THEN 'low' ELSE 'in' END
$$;

-- Nothing is told of a first state: stock that was never there is not back.
CREATE OR REPLACE FUNCTION stock_announce_crossing(
    p_item inventory_stockitem, p_subject text, p_facts jsonb, p_now timestamptz, p_available bigint, p_threshold bigint,
    p_warehouse text, p_before text, p_after text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_type text := CASE WHEN p_before = p_after THEN NULL
                        WHEN p_after = 'out' THEN 'inventory.out_of_stock'
                        WHEN p_before = 'out' THEN 'inventory.back_in_stock'
                        WHEN p_after = 'low' THEN 'inventory.low_stock' END;
BEGIN
    IF v_type IS NULL OR p_before IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO outbox_outboxmessage (tenant_id, event_id, type, subject, sequence, facts, occurred_at)
    VALUES (
        p_item.tenant_id, stock_uuid7(), v_type, p_subject, p_item.version,
        jsonb_build_object(
            'supplierId', p_item.supplier_id, 'productId', p_item.product_id,
            'retailPartnerId', p_item.retail_partner_id,
            'warehouses', CASE WHEN p_warehouse IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(p_warehouse) END,
            'warehouse', p_warehouse, 'available', p_available, 'threshold', p_threshold, 'item', p_facts),
        p_now);
END
$$;

-- What the clock does to batches, told once: those that expire within a horizon (`inventory.expiring`), and those that
-- have expired, whose stock is available no longer. Returns the number of batches looked at, at most `p_limit`.
CREATE OR REPLACE FUNCTION stock_sweep_batches(p_tenant bigint, p_horizon interval, p_limit integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_due     record;
    v_locked  record;
    v_count   integer := 0;
    v_touched jsonb := '[]'::jsonb;
BEGIN
    FOR v_due IN
        SELECT b.id, b.supplier_id, b.product_id, b.retail_partner_id FROM inventory_batch b
        WHERE b.tenant_id = p_tenant AND b.expires_at <= clock_timestamp() + p_horizon AND b.expired_at IS NULL
          AND (b.expires_at <= clock_timestamp() OR b.expiring_at IS NULL)
        ORDER BY b.supplier_id, b.product_id, b.retail_partner_id NULLS FIRST, b.id LIMIT p_limit
    LOOP
        SELECT * INTO v_locked
        FROM stock_lock_item(p_tenant, v_due.supplier_id, v_due.product_id, v_due.retail_partner_id, false);
        IF v_locked.o_leases <= clock_timestamp() THEN
            -- What lapsed holds nothing: told later, the item would have run out meanwhile.
            v_touched := v_touched || stock_expire_reservations(p_tenant, v_locked.o_id, clock_timestamp());
        END IF;
        v_touched := v_touched || stock_sweep_batch(p_tenant, v_due.id, clock_timestamp());
        v_count := v_count + 1;
    END LOOP;
    IF v_touched <> '[]'::jsonb THEN
        PERFORM stock_publish_reservations(p_tenant, v_touched, clock_timestamp());
    END IF;
    RETURN v_count;
END
$$;

-- Orders cannot be sent what has expired: they wait for other stock. Returns what was done to reservations.
CREATE OR REPLACE FUNCTION stock_sweep_batch(p_tenant bigint, p_batch bigint, p_now timestamptz) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_actor   CONSTANT jsonb := '{"application": 0, "party": "tenant", "partyId": "", "request": ""}';
    v_batch   inventory_batch;
    v_item    inventory_stockitem;
    v_lead    integer;
    v_on_hand bigint;
    v_line    jsonb;
    v_held    record;
    v_done    jsonb;
    v_booked  jsonb := '[]'::jsonb;
    v_touched jsonb := '[]'::jsonb;
BEGIN
    SELECT b.* INTO v_batch FROM inventory_batch b WHERE b.tenant_id = p_tenant AND b.id = p_batch;
    SELECT i.* INTO v_item FROM inventory_stockitem i
    WHERE i.tenant_id = p_tenant AND i.supplier_id = v_batch.supplier_id AND i.product_id = v_batch.product_id
      AND i.retail_partner_id IS NOT DISTINCT FROM v_batch.retail_partner_id;
    SELECT s.lead_time_days INTO v_lead FROM suppliers_supplier s
    WHERE s.tenant_id = p_tenant AND s.id = v_item.supplier_id;
    SELECT COALESCE(sum(l.on_hand), 0) INTO v_on_hand FROM inventory_stocklevel l
    WHERE l.tenant_id = p_tenant AND l.item_id = v_item.id AND l.batch_number = v_batch.number;
    UPDATE inventory_batch b
    SET expiring_at = COALESCE(b.expiring_at, p_now), expired_at = CASE WHEN b.expires_at <= p_now THEN p_now END
    WHERE b.tenant_id = p_tenant AND b.id = p_batch;
    IF v_on_hand > 0 AND v_batch.expires_at <= p_now THEN
        v_line := jsonb_build_object('type', 'expiry', 'reference', v_batch.number);
        FOR v_held IN
            SELECT l.id, sum(h.remaining)::bigint AS quantity
            FROM inventory_stocklevel l
            JOIN inventory_reservationline h ON h.tenant_id = l.tenant_id AND h.level_id = l.id AND h.remaining > 0
            JOIN inventory_reservation r ON r.tenant_id = h.tenant_id AND r.id = h.reservation_id AND r.for_order
            WHERE l.tenant_id = p_tenant AND l.item_id = v_item.id AND l.batch_number = v_batch.number
            GROUP BY l.id ORDER BY l.id
        LOOP
            v_done := stock_displace(v_item, v_held.id, v_held.quantity, v_actor, v_line || '{"orders": true}', p_now);
            v_booked := v_booked || (v_done->'booked');
            v_touched := v_touched || (v_done->'touched');
        END LOOP;
        IF v_booked <> '[]'::jsonb THEN
            v_done := stock_fill(v_item, v_actor, p_now);
            v_booked := v_booked || (v_done->'booked');
            v_touched := v_touched || (v_done->'touched');
        END IF;
        PERFORM stock_publish(v_item, v_lead, v_line, v_booked, p_now);
    ELSIF v_on_hand > 0 THEN
        INSERT INTO outbox_outboxmessage (tenant_id, event_id, type, subject, sequence, facts, occurred_at)
        VALUES (
            p_tenant, stock_uuid7(), 'inventory.expiring',
            v_item.supplier_id || '/' || v_item.product_id || COALESCE('/' || v_item.retail_partner_id, '')
                || '@' || v_batch.number,
            v_item.version,
            jsonb_build_object(
                'supplierId', v_item.supplier_id, 'productId', v_item.product_id,
                'retailPartnerId', v_item.retail_partner_id, 'warehouses', '[]'::jsonb, 'batch', v_batch.number,
                'expiresAt', v_batch.expires_at, 'onHand', v_on_hand, 'item', stock_item_facts(v_item, v_lead, p_now)),
            p_now);
    END IF;
    RETURN v_touched;
END
$$;
