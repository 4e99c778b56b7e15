-- Parts of the stock kernel (kernel.sql). Nothing else calls them and nothing else writes stock.
-- Each runs in the kernel's transaction, under the item's row lock and the caller's row level security.

-- A UUID of version 7 whose order follows the clock to the microsecond (RFC 9562, 6.2, method 3).
CREATE OR REPLACE FUNCTION stock_uuid7() RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_microseconds bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    v_fraction     integer := (v_microseconds % 1000)::integer * 4;
    v_bytes        bytea := uuid_send(gen_random_uuid());
BEGIN
    v_bytes := overlay(v_bytes PLACING substring(int8send(v_microseconds / 1000) FROM 3) FROM 1 FOR 6);
    v_bytes := set_byte(v_bytes, 6, 112 | (v_fraction >> 8));
    v_bytes := set_byte(v_bytes, 7, v_fraction & 255);
    RETURN encode(v_bytes, 'hex')::uuid;
END
$$;

-- The item as facts: what every answer, webhook and feed renders from.
CREATE OR REPLACE FUNCTION stock_item_facts(p_item inventory_stockitem, p_lead_time integer) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'supplierId', p_item.supplier_id,
        'productId', p_item.product_id,
        'retailPartnerId', p_item.retail_partner_id,
        'version', p_item.version,
        'onHand', p_item.on_hand,
        'reserved', p_item.reserved,
        'onHold', p_item.on_hold,
        'leadTimeDays', p_lead_time,
        'reorderThreshold', p_item.reorder_threshold,
        'attributes', p_item.attributes,
        'updatedAt', p_item.updated_at,
        'levels', COALESCE((
            SELECT jsonb_agg(
                jsonb_build_object(
                    'warehouse', l.warehouse_id,
                    'owner', l.owner_type,
                    'batch', l.batch_number,
                    'expiresAt', l.expires_at,
                    'onHand', l.on_hand,
                    'reserved', l.reserved,
                    'onHold', l.on_hold
                ) ORDER BY l.expires_at NULLS LAST, l.id
            )
            FROM inventory_stocklevel l
            WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id
        ), '[]'::jsonb)
    )
$$;

-- Books one change on one level: the guarded balance and the ledger row, never one without the other.
CREATE OR REPLACE FUNCTION stock_book(
    p_item inventory_stockitem, p_level bigint, p_actor jsonb, p_line jsonb, p_type text, p_now timestamptz,
    p_on_hand bigint, p_reserved bigint, p_on_hold bigint, p_reservation uuid
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_level inventory_stocklevel;
    v_id    uuid := stock_uuid7();
    v_at    timestamptz := COALESCE((p_line->>'occurredAt')::timestamptz, p_now);
BEGIN
    UPDATE inventory_stocklevel l
    SET on_hand = l.on_hand + p_on_hand, reserved = l.reserved + p_reserved, on_hold = l.on_hold + p_on_hold
    WHERE l.tenant_id = p_item.tenant_id AND l.id = p_level
      AND l.reserved + p_reserved >= 0 AND l.on_hold + p_on_hold >= 0
      AND l.on_hand + p_on_hand >= l.reserved + p_reserved + l.on_hold + p_on_hold
    RETURNING l.* INTO v_level;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the guard of level % refused what the kernel had allowed', p_level USING ERRCODE = 'SW500';
    END IF;

    INSERT INTO transactions_stocktransaction (
        tenant_id, id, item_id, item_version, level_id, supplier_id, product_id, retail_partner_id,
        warehouse_id, owner_type, batch_number, type,
        on_hand_change, reserved_change, on_hold_change, on_hand_after, reserved_after, on_hold_after,
        reservation_id, reference, reason, application_id, party_type, party_id, request_id, occurred_at, recorded_at
    ) VALUES (
        p_item.tenant_id, v_id, p_item.id, p_item.version + 1, p_level,
        p_item.supplier_id, p_item.product_id, p_item.retail_partner_id,
        v_level.warehouse_id, v_level.owner_type, v_level.batch_number, p_type,
        p_on_hand, p_reserved, p_on_hold, v_level.on_hand, v_level.reserved, v_level.on_hold,
        p_reservation, p_line->>'reference', p_line->>'reason',
        (p_actor->>'application')::bigint, p_actor->>'party', p_actor->>'partyId', p_actor->>'request', v_at, p_now
    );
    RETURN jsonb_build_object(
        'id', v_id, 'supplierId', p_item.supplier_id, 'productId', p_item.product_id,
        'retailPartnerId', p_item.retail_partner_id, 'itemVersion', p_item.version + 1,
        'warehouse', v_level.warehouse_id, 'owner', v_level.owner_type, 'batch', v_level.batch_number,
        'type', p_type, 'onHandChange', p_on_hand, 'reservedChange', p_reserved, 'onHoldChange', p_on_hold,
        'onHandAfter', v_level.on_hand, 'reservedAfter', v_level.reserved, 'onHoldAfter', v_level.on_hold,
        'reservationId', p_reservation, 'reference', p_line->>'reference', 'reason', p_line->>'reason',
        'applicationId', (p_actor->>'application')::bigint, 'party', p_actor->>'party', 'partyId', p_actor->>'partyId',
        'occurredAt', v_at, 'recordedAt', p_now
    );
END
$$;

-- Raises the item's version by one with the sums of what was booked, and writes the event. Returns the new item facts.
CREATE OR REPLACE FUNCTION stock_publish(
    p_item inventory_stockitem, p_lead_time integer, p_line jsonb, p_booked jsonb, p_now timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_item     inventory_stockitem;
    v_settings jsonb := p_line->'settings';
    v_facts    jsonb;
    v_subject  text := p_item.supplier_id || '/' || p_item.product_id;
    v_places   jsonb;
    v_on_hand  bigint;
    v_reserved bigint;
    v_on_hold  bigint;
BEGIN
    IF jsonb_array_length(p_booked) = 1 THEN
        -- Nearly always: no set to sum up.
        v_places := jsonb_build_array(p_booked->0->'warehouse');
        v_on_hand := (p_booked->0->>'onHandChange')::bigint;
        v_reserved := (p_booked->0->>'reservedChange')::bigint;
        v_on_hold := (p_booked->0->>'onHoldChange')::bigint;
    ELSE
        SELECT COALESCE(jsonb_agg(DISTINCT b->'warehouse'), '[]'), COALESCE(sum((b->>'onHandChange')::bigint), 0),
               COALESCE(sum((b->>'reservedChange')::bigint), 0), COALESCE(sum((b->>'onHoldChange')::bigint), 0)
        INTO v_places, v_on_hand, v_reserved, v_on_hold
        FROM jsonb_array_elements(p_booked) b;
    END IF;

    UPDATE inventory_stockitem i
    SET version = i.version + 1,
        updated_at = p_now,
        on_hand = i.on_hand + v_on_hand,
        reserved = i.reserved + v_reserved,
        on_hold = i.on_hold + v_on_hold,
        reorder_threshold = CASE WHEN v_settings ? 'reorderThreshold'
            THEN (v_settings->>'reorderThreshold')::bigint ELSE i.reorder_threshold END,
        attributes = CASE WHEN v_settings ? 'attributes'
            THEN jsonb_strip_nulls(i.attributes || (v_settings->'attributes')) ELSE i.attributes END
    WHERE i.tenant_id = p_item.tenant_id AND i.id = p_item.id
    RETURNING i.* INTO v_item;

    v_facts := stock_item_facts(v_item, p_lead_time);
    INSERT INTO outbox_outboxmessage (tenant_id, event_id, type, subject, sequence, facts, occurred_at)
    VALUES (
        p_item.tenant_id, stock_uuid7(), 'inventory.updated',
        v_subject || COALESCE('/' || p_item.retail_partner_id, ''), v_item.version,
        jsonb_build_object(
            'supplierId', p_item.supplier_id,
            'productId', p_item.product_id,
            'retailPartnerId', p_item.retail_partner_id,
            'warehouses', v_places,
            'item', v_facts,
            'previous', jsonb_build_object('onHand', p_item.on_hand, 'reserved', p_item.reserved),
            'cause', jsonb_build_object(
                'transactionId', p_booked->0->'id', 'type', p_line->'type', 'reference', p_line->'reference'
            )
        ),
        p_now
    );
    RETURN v_facts;
END
$$;

-- Finds or makes the level of an item in a warehouse, of a batch; the batch's expiry is fixed by the first receipt that
-- states it. Returns NULL where the batch is known with another expiry.
CREATE OR REPLACE FUNCTION stock_level_for(
    p_item inventory_stockitem, p_warehouse text, p_owner text, p_batch text, p_expires timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_level   bigint;
    v_batch   bigint;
    v_expires timestamptz;
BEGIN
    IF p_batch IS NOT NULL THEN
        -- The batch is the item's own, so the item's lock keeps everybody else from making it.
        SELECT b.id, b.expires_at INTO v_batch, v_expires FROM inventory_batch b
        WHERE b.tenant_id = p_item.tenant_id AND b.supplier_id = p_item.supplier_id
          AND b.product_id = p_item.product_id AND b.number = p_batch
          AND b.retail_partner_id IS NOT DISTINCT FROM p_item.retail_partner_id;
        IF NOT FOUND THEN
            v_expires := p_expires;
            INSERT INTO inventory_batch (tenant_id, supplier_id, product_id, retail_partner_id, number, expires_at)
            VALUES (p_item.tenant_id, p_item.supplier_id, p_item.product_id, p_item.retail_partner_id, p_batch, p_expires);
        ELSIF v_expires IS NULL AND p_expires IS NOT NULL THEN
            v_expires := p_expires;
            UPDATE inventory_batch b SET expires_at = p_expires WHERE b.tenant_id = p_item.tenant_id AND b.id = v_batch;
            UPDATE inventory_stocklevel l SET expires_at = p_expires
            WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id AND l.batch_number = p_batch;
        ELSIF p_expires IS NOT NULL AND v_expires <> p_expires THEN
            RETURN NULL;
        END IF;
    END IF;

    -- Two statements, because an index finds NULL by IS NULL only.
    IF p_batch IS NULL THEN
        SELECT l.id INTO v_level FROM inventory_stocklevel l
        WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id AND l.warehouse_id = p_warehouse
          AND l.owner_type = p_owner AND l.batch_number IS NULL;
    ELSE
        SELECT l.id INTO v_level FROM inventory_stocklevel l
        WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id AND l.warehouse_id = p_warehouse
          AND l.owner_type = p_owner AND l.batch_number = p_batch;
    END IF;
    IF v_level IS NULL THEN
        -- The item's lock keeps everybody else from making it.
        INSERT INTO inventory_stocklevel
            (tenant_id, item_id, warehouse_id, owner_type, batch_number, expires_at, on_hand, reserved, on_hold)
        VALUES (p_item.tenant_id, p_item.id, p_warehouse, p_owner, p_batch, v_expires, 0, 0, 0)
        RETURNING id INTO v_level;
    END IF;
    RETURN v_level;
END
$$;

-- Takes back what reservations of an item hold beyond their expiry. True where anything was taken back.
CREATE OR REPLACE FUNCTION stock_expire_reservations(
    p_tenant bigint, p_item bigint, p_lead_time integer, p_now timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_item        inventory_stockitem;
    v_reservation inventory_reservation;
    v_held        record;
    v_booked      jsonb;
    v_line        jsonb;
    v_actor       jsonb;
    v_any         boolean := false;
BEGIN
    FOR v_reservation IN
        SELECT r.* FROM inventory_reservation r
        WHERE r.tenant_id = p_tenant AND r.item_id = p_item AND r.state = 'held' AND r.expires_at <= p_now
        ORDER BY r.expires_at, r.id
    LOOP
        v_any := true;
        v_booked := '[]'::jsonb;
        v_line := jsonb_build_object('type', 'release', 'reason', 'expired', 'reference', v_reservation.reference);
        v_actor := jsonb_build_object('application', 0, 'party', 'tenant', 'partyId', '', 'request', '');
        SELECT i.* INTO v_item FROM inventory_stockitem i WHERE i.tenant_id = p_tenant AND i.id = p_item;
        FOR v_held IN
            SELECT h.level_id, h.remaining FROM inventory_reservationline h
            WHERE h.tenant_id = p_tenant AND h.reservation_id = v_reservation.id AND h.remaining > 0 ORDER BY h.level_id
        LOOP
            v_booked := v_booked || stock_book(
                v_item, v_held.level_id, v_actor, v_line, 'release', p_now, 0, -v_held.remaining, 0, v_reservation.id
            );
        END LOOP;
        UPDATE inventory_reservationline h SET remaining = 0
        WHERE h.tenant_id = p_tenant AND h.reservation_id = v_reservation.id;
        UPDATE inventory_reservation r SET state = 'expired', remaining = 0
        WHERE r.tenant_id = p_tenant AND r.id = v_reservation.id;
        PERFORM stock_publish(v_item, p_lead_time, v_line, v_booked, p_now);
    END LOOP;
    UPDATE inventory_stockitem i
    SET leases_expire_at = (
        SELECT min(r.expires_at) FROM inventory_reservation r
        WHERE r.tenant_id = p_tenant AND r.item_id = p_item AND r.state = 'held'
    )
    WHERE i.tenant_id = p_tenant AND i.id = p_item;
    RETURN v_any;
END
$$;
