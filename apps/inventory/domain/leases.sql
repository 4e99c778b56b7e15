-- Reservations: what is held of levels, for whom, until when. Parts of the stock kernel (kernel.sql); each runs under the
-- row lock of the item that it is about. A reservation over several items has a part (`inventory_reservationitem`) for
-- each; the rows of the reservation itself are touched last and in order (stock_publish_reservations).

-- Holds legs for a reservation, which comes into being with its first part.
CREATE OR REPLACE FUNCTION stock_hold(
    p_item inventory_stockitem, p_actor jsonb, p_line jsonb, p_reservation uuid, p_legs jsonb, p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_expires  timestamptz := (p_line->>'reservationExpiresAt')::timestamptz;
    v_quantity bigint;
BEGIN
    SELECT COALESCE(sum((l->>'reserved')::bigint), 0) INTO v_quantity FROM jsonb_array_elements(p_legs) l;
    INSERT INTO inventory_reservation (
        tenant_id, id, version, expires_at, reference, beneficiary_id, for_order, priority, application_id, party_type,
        party_id, created_at)
    VALUES (
        p_item.tenant_id, p_reservation, 0, v_expires, p_line->>'reference', p_line->>'beneficiary',
        p_line ? 'forOrder', COALESCE((p_line->>'priority')::integer, 0), (p_actor->>'application')::bigint,
        p_actor->>'party', p_actor->>'partyId', p_now)
    ON CONFLICT DO NOTHING;
    INSERT INTO inventory_reservationitem (
        tenant_id, reservation_id, item_id, state, requested, quantity, remaining, committed, displaced, expires_at,
        allocation_id)
    VALUES (
        p_item.tenant_id, p_reservation, p_item.id, 'held', (p_line->>'quantity')::bigint, v_quantity, v_quantity, 0, 0,
        v_expires,
        CASE WHEN p_item.pools > 0
            THEN stock_pool_of(p_item.tenant_id, p_item.id, p_line->>'beneficiary', p_now) END)
    ON CONFLICT (tenant_id, reservation_id, item_id) DO UPDATE  -- two lines about one item
    SET requested = inventory_reservationitem.requested + EXCLUDED.requested,
        quantity = inventory_reservationitem.quantity + EXCLUDED.quantity,
        remaining = inventory_reservationitem.remaining + EXCLUDED.remaining;
    PERFORM stock_hold_levels(p_item, p_reservation, p_legs);
    IF p_line ? 'backorder' THEN
        PERFORM stock_wait(p_item, p_reservation, (p_line->>'quantity')::bigint - v_quantity);
    END IF;
    IF v_expires IS NOT NULL THEN
        UPDATE inventory_stockitem i SET leases_expire_at = LEAST(i.leases_expire_at, v_expires)
        WHERE i.tenant_id = p_item.tenant_id AND i.id = p_item.id;
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION stock_hold_levels(p_item inventory_stockitem, p_reservation uuid, p_legs jsonb) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO inventory_reservationline (tenant_id, reservation_id, level_id, remaining)
    SELECT p_item.tenant_id, p_reservation, (l->>'level')::bigint, (l->>'reserved')::bigint
    FROM jsonb_array_elements(p_legs) l
    ON CONFLICT (tenant_id, reservation_id, level_id) DO UPDATE
    SET remaining = inventory_reservationline.remaining + EXCLUDED.remaining
$$;

-- Gives up part of what a reservation holds of an item: released, committed (shipped) or displaced.
CREATE OR REPLACE FUNCTION stock_unhold(
    p_item inventory_stockitem, p_reservation uuid, p_how text, p_legs jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_taken      bigint;
    v_allocation uuid;
BEGIN
    UPDATE inventory_reservationline h SET remaining = h.remaining + (l->>'reserved')::bigint
    FROM jsonb_array_elements(p_legs) l
    WHERE h.tenant_id = p_item.tenant_id AND h.reservation_id = p_reservation AND h.level_id = (l->>'level')::bigint;
    SELECT COALESCE(-sum((l->>'reserved')::bigint), 0) INTO v_taken FROM jsonb_array_elements(p_legs) l;
    UPDATE inventory_reservationitem p
    SET remaining = p.remaining - v_taken,
        committed = p.committed + CASE WHEN p_how = 'committed' THEN v_taken ELSE 0 END,
        displaced = p.displaced + CASE WHEN p_how = 'displaced' THEN v_taken ELSE 0 END,
        state = CASE WHEN p.remaining > v_taken OR p.waiting > 0 THEN 'held' ELSE p_how END
    WHERE p.tenant_id = p_item.tenant_id AND p.reservation_id = p_reservation AND p.item_id = p_item.id
    RETURNING p.allocation_id INTO v_allocation;
    IF p_how = 'committed' AND v_allocation IS NOT NULL THEN
        UPDATE inventory_allocation a SET sold = a.sold + v_taken
        WHERE a.tenant_id = p_item.tenant_id AND a.id = v_allocation;
    END IF;
END
$$;

-- Moves the moment at which a reservation's part lapses. True where the part is still held.
CREATE OR REPLACE FUNCTION stock_extend(p_item inventory_stockitem, p_reservation uuid, p_until timestamptz) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE inventory_reservationitem p SET expires_at = p_until
    WHERE p.tenant_id = p_item.tenant_id AND p.reservation_id = p_reservation AND p.item_id = p_item.id
      AND p.state = 'held';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE inventory_reservation r SET expires_at = p_until
    WHERE r.tenant_id = p_item.tenant_id AND r.id = p_reservation;
    PERFORM stock_note_leases(p_item.tenant_id, p_item.id);
    RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION stock_note_leases(p_tenant bigint, p_item bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE inventory_stockitem i
    SET leases_expire_at = (
        SELECT min(p.expires_at) FROM inventory_reservationitem p
        WHERE p.tenant_id = p_tenant AND p.item_id = p_item AND p.state = 'held')
    WHERE i.tenant_id = p_tenant AND i.id = p_item
$$;

-- Takes back what reservations of a locked item hold beyond their expiry. Returns what was touched, for
-- stock_publish_reservations.
CREATE OR REPLACE FUNCTION stock_expire_reservations(p_tenant bigint, p_item bigint, p_now timestamptz) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_item    inventory_stockitem;
    v_lead    integer;
    v_due     record;
    v_legs    jsonb;
    v_booked  jsonb;
    v_filled  jsonb;
    v_line    jsonb;
    v_actor   CONSTANT jsonb := '{"application": 0, "party": "tenant", "partyId": "", "request": ""}';
    v_touched jsonb := '[]'::jsonb;
BEGIN
    SELECT s.lead_time_days INTO v_lead
    FROM inventory_stockitem i JOIN suppliers_supplier s ON s.tenant_id = i.tenant_id AND s.id = i.supplier_id
    WHERE i.tenant_id = p_tenant AND i.id = p_item;
    FOR v_due IN
        SELECT p.reservation_id, r.reference FROM inventory_reservationitem p
        JOIN inventory_reservation r ON r.tenant_id = p.tenant_id AND r.id = p.reservation_id
        WHERE p.tenant_id = p_tenant AND p.item_id = p_item AND p.state = 'held' AND p.expires_at <= p_now
        ORDER BY p.expires_at, p.reservation_id
    LOOP
        SELECT i.* INTO v_item FROM inventory_stockitem i WHERE i.tenant_id = p_tenant AND i.id = p_item;
        v_line := jsonb_build_object('type', 'release', 'reason', 'expired', 'reference', v_due.reference);
        v_legs := stock_legs_of(v_item, v_due.reservation_id, NULL, 0);
        v_booked := stock_book_legs(v_item, v_actor, v_line, 'release', p_now, v_legs, v_due.reservation_id);
        PERFORM stock_unhold(v_item, v_due.reservation_id, 'expired', v_legs);
        v_touched := v_touched || stock_touched(v_item, v_due.reservation_id, 'expired', v_booked);
        IF v_item.waiting > 0 THEN
            v_filled := stock_fill(v_item, v_actor, p_now);
            v_booked := v_booked || (v_filled->'booked');
            v_touched := v_touched || (v_filled->'touched');
        END IF;
        PERFORM stock_publish(v_item, v_lead, v_line, v_booked, p_now);
    END LOOP;
    PERFORM stock_note_leases(p_tenant, p_item);
    RETURN v_touched;
END
$$;

-- Takes back what is due anywhere in the tenant; returns the number of items, at most `p_limit`. Movements and readers judge
-- by the clock, so being late harms nobody.
CREATE OR REPLACE FUNCTION stock_expire_due(p_tenant bigint, p_limit integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_due     record;
    v_items   bigint[] := '{}';
    v_item    bigint;
    v_now     timestamptz;
    v_touched jsonb := '[]'::jsonb;
BEGIN
    FOR v_due IN
        SELECT i.id, i.supplier_id, i.product_id, i.retail_partner_id FROM inventory_stockitem i
        WHERE i.tenant_id = p_tenant AND i.leases_expire_at <= clock_timestamp()
        ORDER BY i.supplier_id, i.product_id, i.retail_partner_id NULLS FIRST LIMIT p_limit
    LOOP
        PERFORM stock_lock_item(p_tenant, v_due.supplier_id, v_due.product_id, v_due.retail_partner_id, false);
        v_items := v_items || v_due.id;
    END LOOP;
    v_now := clock_timestamp();
    FOREACH v_item IN ARRAY v_items LOOP
        v_touched := v_touched || stock_expire_reservations(p_tenant, v_item, v_now);
    END LOOP;
    PERFORM stock_publish_reservations(p_tenant, v_touched, v_now);
    RETURN cardinality(v_items);
END
$$;

-- Frees a quantity of a level by giving up what reservations hold there: leases before orders, the newest first; with
-- `orders` in the line, none but those of orders. What an order loses it waits for. Returns {booked, touched}; the item's version is the caller's to raise.
CREATE OR REPLACE FUNCTION stock_displace(
    p_item inventory_stockitem, p_level bigint, p_quantity bigint, p_actor jsonb, p_line jsonb, p_now timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_left    bigint := p_quantity;
    v_held    record;
    v_take    bigint;
    v_legs    jsonb;
    v_line    jsonb := (p_line - 'occurredAt') || '{"reason": "displaced"}';  -- it happens now, whenever was counted
    v_rows    jsonb;
    v_booked  jsonb := '[]'::jsonb;
    v_touched jsonb := '[]'::jsonb;
BEGIN
    FOR v_held IN
        SELECT h.reservation_id, h.remaining, r.for_order FROM inventory_reservationline h
        JOIN inventory_reservation r ON r.tenant_id = h.tenant_id AND r.id = h.reservation_id
        WHERE h.tenant_id = p_item.tenant_id AND h.level_id = p_level AND h.remaining > 0
          AND (r.for_order OR NOT p_line ? 'orders')
        ORDER BY r.for_order, r.created_at DESC, r.id DESC
    LOOP
        v_take := LEAST(v_left, v_held.remaining);
        EXIT WHEN v_take = 0;
        v_left := v_left - v_take;
        v_legs := jsonb_build_array(jsonb_build_object('level', p_level, 'onHand', 0, 'reserved', -v_take, 'onHold', 0));
        v_rows := stock_book_legs(p_item, p_actor, v_line, 'release', p_now, v_legs, v_held.reservation_id);
        IF v_held.for_order THEN
            PERFORM stock_wait(p_item, v_held.reservation_id, v_take);
        END IF;
        PERFORM stock_unhold(p_item, v_held.reservation_id, 'displaced', v_legs);
        v_booked := v_booked || v_rows;
        v_touched := v_touched || stock_touched(p_item, v_held.reservation_id, 'displaced', v_rows);
    END LOOP;
    RETURN jsonb_build_object('booked', v_booked, 'touched', v_touched);
END
$$;

-- The legs that take a quantity (NULL: all) out of what a reservation holds of an item, and as many times that of on hand.
CREATE OR REPLACE FUNCTION stock_legs_of(
    p_item inventory_stockitem, p_reservation uuid, p_quantity bigint, p_on_hand integer
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_left bigint := p_quantity;
    v_take bigint;
    v_legs jsonb := '[]'::jsonb;
    v_held record;
BEGIN
    FOR v_held IN
        SELECT h.level_id, h.remaining FROM inventory_reservationline h
        JOIN inventory_stocklevel l ON l.tenant_id = h.tenant_id AND l.id = h.level_id AND l.item_id = p_item.id
        WHERE h.tenant_id = p_item.tenant_id AND h.reservation_id = p_reservation AND h.remaining > 0
        ORDER BY CASE WHEN p_on_hand <> 0 THEN l.expires_at END NULLS LAST, h.id
    LOOP
        v_take := LEAST(v_left, v_held.remaining);
        EXIT WHEN v_take = 0;
        v_left := v_left - v_take;
        v_legs := v_legs || jsonb_build_object(
            'level', v_held.level_id, 'onHand', v_take * p_on_hand, 'reserved', -v_take, 'onHold', 0);
    END LOOP;
    RETURN v_legs;
END
$$;

-- One entry of what a call did to reservations.
CREATE OR REPLACE FUNCTION stock_touched(p_item inventory_stockitem, p_reservation uuid, p_kind text, p_booked jsonb)
RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_array(jsonb_build_object(
        'reservation', p_reservation, 'kind', p_kind, 'supplierId', p_item.supplier_id, 'productId', p_item.product_id,
        'retailPartnerId', p_item.retail_partner_id,
        'quantity', abs((SELECT COALESCE(sum((b->>'reservedChange')::bigint), 0) FROM jsonb_array_elements(p_booked) b))))
$$;

-- Raises the version of every reservation that a call touched and writes its events, one for each kind of thing that
-- happened to it. Last in the transaction and in the order of ids, so that two calls cannot wait for each other.
CREATE OR REPLACE FUNCTION stock_publish_reservations(p_tenant bigint, p_touched jsonb, p_now timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_each    record;
    v_version bigint;
BEGIN
    FOR v_each IN
        SELECT (t->>'reservation')::uuid AS id, t->>'kind' AS kind, jsonb_agg(t - 'reservation' - 'kind') AS changed
        FROM jsonb_array_elements(p_touched) t GROUP BY 1, 2 ORDER BY 1, 2
    LOOP
        UPDATE inventory_reservation r SET version = r.version + 1
        WHERE r.tenant_id = p_tenant AND r.id = v_each.id RETURNING r.version INTO v_version;
        CONTINUE WHEN v_each.kind IN ('extended', 'forgone');
        INSERT INTO outbox_outboxmessage (tenant_id, event_id, type, subject, sequence, facts, occurred_at)
        VALUES (
            p_tenant, stock_uuid7(), 'reservation.' || v_each.kind, stock_public_id('res', v_each.id), v_version,
            jsonb_build_object('reservation', stock_reservation_facts(p_tenant, v_each.id), 'changed', v_each.changed),
            p_now);
    END LOOP;
END
$$;

-- A reservation as facts. Whether it has lapsed is judged where it is rendered.
CREATE OR REPLACE FUNCTION stock_reservation_facts(p_tenant bigint, p_reservation uuid) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'reservationId', r.id, 'version', r.version, 'reference', r.reference, 'expiresAt', r.expires_at,
        'createdAt', r.created_at, 'forOrder', r.for_order, 'party', r.party_type, 'partyId', r.party_id, 'beneficiaryId', r.beneficiary_id,
        'items', (
            SELECT jsonb_agg(jsonb_build_object(
                'supplierId', i.supplier_id, 'productId', i.product_id, 'retailPartnerId', i.retail_partner_id,
                'state', p.state, 'requested', p.requested, 'quantity', p.quantity, 'remaining', p.remaining,
                'committed', p.committed, 'displaced', p.displaced, 'waiting', p.waiting) ORDER BY p.id)
            FROM inventory_reservationitem p
            JOIN inventory_stockitem i ON i.tenant_id = p.tenant_id AND i.id = p.item_id
            WHERE p.tenant_id = r.tenant_id AND p.reservation_id = r.id))
    FROM inventory_reservation r
    WHERE r.tenant_id = p_tenant AND r.id = p_reservation
$$;
