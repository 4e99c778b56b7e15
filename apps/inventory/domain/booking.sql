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
        reservation_id, beneficiary_id, reference, reason, application_id, party_type, party_id, request_id, occurred_at,
        recorded_at
    ) VALUES (
        p_item.tenant_id, v_id, p_item.id, p_item.version + 1, p_level,
        p_item.supplier_id, p_item.product_id, p_item.retail_partner_id,
        v_level.warehouse_id, v_level.owner_type, v_level.batch_number, p_type,
        p_on_hand, p_reserved, p_on_hold, v_level.on_hand, v_level.reserved, v_level.on_hold,
        p_reservation, p_line->>'beneficiary', p_line->>'reference', p_line->>'reason',
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

-- Books legs, [{level, onHand, reserved, onHold}], in their order.
CREATE OR REPLACE FUNCTION stock_book_legs(
    p_item inventory_stockitem, p_actor jsonb, p_line jsonb, p_type text, p_now timestamptz, p_legs jsonb,
    p_reservation uuid
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_leg    jsonb;
    v_booked jsonb := '[]'::jsonb;
BEGIN
    FOR v_leg IN SELECT l FROM jsonb_array_elements(p_legs) l LOOP
        v_booked := v_booked || stock_book(
            p_item, (v_leg->>'level')::bigint, p_actor, p_line, p_type, p_now,
            (v_leg->>'onHand')::bigint, (v_leg->>'reserved')::bigint, (v_leg->>'onHold')::bigint, p_reservation);
    END LOOP;
    RETURN v_booked;
END
$$;

-- Raises the item's version by one with the sums of what was booked, and writes the event; then one for each crossing
-- of what is available. Returns the new item facts.
CREATE OR REPLACE FUNCTION stock_publish(
    p_item inventory_stockitem, p_lead_time integer, p_line jsonb, p_booked jsonb, p_now timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_item     inventory_stockitem;
    v_settings jsonb := p_line->'settings';
    v_facts    jsonb;
    v_subject  text := p_item.supplier_id || '/' || p_item.product_id || COALESCE('/' || p_item.retail_partner_id, '');
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
    IF p_line ? 'arrival' THEN
        PERFORM stock_expect(p_item, p_line->'arrival');
    END IF;

    UPDATE inventory_stockitem i
    SET version = i.version + 1,
        updated_at = p_now,
        on_hand = i.on_hand + v_on_hand,
        reserved = i.reserved + v_reserved,
        on_hold = i.on_hold + v_on_hold,
        incoming = i.incoming + COALESCE((p_line->'arrival'->>'quantity')::bigint, 0),
        reorder_threshold = CASE WHEN v_settings ? 'reorderThreshold'
            THEN (v_settings->>'reorderThreshold')::bigint ELSE i.reorder_threshold END,
        place_thresholds = CASE WHEN v_settings ? 'reorderThresholds'
            THEN jsonb_strip_nulls(i.place_thresholds || (v_settings->'reorderThresholds')) ELSE i.place_thresholds END,
        attributes = CASE WHEN v_settings ? 'attributes'
            THEN jsonb_strip_nulls(i.attributes || (v_settings->'attributes')) ELSE i.attributes END
    WHERE i.tenant_id = p_item.tenant_id AND i.id = p_item.id
    RETURNING i.* INTO v_item;

    v_facts := stock_item_facts(v_item, p_lead_time, p_now);
    INSERT INTO outbox_outboxmessage (tenant_id, event_id, type, subject, sequence, facts, occurred_at)
    VALUES (
        p_item.tenant_id, stock_uuid7(), 'inventory.updated', v_subject, v_item.version,
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
    PERFORM stock_announce_crossings(v_item, v_subject, v_facts, p_now);
    RETURN v_facts;
END
$$;

-- Changes what is expected from a source (a transfer, a shipment) by a difference; nothing left, nothing expected.
CREATE OR REPLACE FUNCTION stock_expect(p_item inventory_stockitem, p_arrival jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_quantity bigint := (p_arrival->>'quantity')::bigint;
BEGIN
    IF v_quantity > 0 THEN
        INSERT INTO inventory_arrival (tenant_id, item_id, source, quantity, expected_at)
        VALUES (p_item.tenant_id, p_item.id, p_arrival->>'source', v_quantity, (p_arrival->>'expectedAt')::timestamptz)
        ON CONFLICT (tenant_id, item_id, source) DO UPDATE
        SET quantity = inventory_arrival.quantity + EXCLUDED.quantity, expected_at = EXCLUDED.expected_at;
    ELSE
        -- None more and none less: the same, at another moment.
        UPDATE inventory_arrival a SET quantity = a.quantity + v_quantity,
            expected_at = CASE WHEN v_quantity = 0 THEN (p_arrival->>'expectedAt')::timestamptz ELSE a.expected_at END
        WHERE a.tenant_id = p_item.tenant_id AND a.item_id = p_item.id AND a.source = p_arrival->>'source';
        DELETE FROM inventory_arrival a
        WHERE a.tenant_id = p_item.tenant_id AND a.item_id = p_item.id AND a.source = p_arrival->>'source'
          AND a.quantity = 0;
    END IF;
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
    v_held    boolean := false;
BEGIN
    IF p_batch IS NOT NULL THEN
        -- The batch is the item's own, so the item's lock keeps everybody else from making it.
        SELECT b.id, b.expires_at, b.held INTO v_batch, v_expires, v_held FROM inventory_batch b
        WHERE b.tenant_id = p_item.tenant_id AND b.supplier_id = p_item.supplier_id
          AND b.product_id = p_item.product_id AND b.number = p_batch
          AND b.retail_partner_id IS NOT DISTINCT FROM p_item.retail_partner_id;
        IF NOT FOUND THEN
            v_expires := p_expires;
            v_held := false;
            INSERT INTO inventory_batch (tenant_id, supplier_id, product_id, retail_partner_id, number, expires_at, held)
            VALUES (p_item.tenant_id, p_item.supplier_id, p_item.product_id, p_item.retail_partner_id, p_batch, p_expires,
                    false);
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
            (tenant_id, item_id, warehouse_id, owner_type, batch_number, expires_at, held, on_hand, reserved, on_hold)
        VALUES (p_item.tenant_id, p_item.id, p_warehouse, p_owner, p_batch, v_expires, v_held, 0, 0, 0)
        RETURNING id INTO v_level;
    END IF;
    RETURN v_level;
END
$$;

-- True where an item has a batch of a number; without a number, true.
CREATE OR REPLACE FUNCTION stock_knows_batch(p_item inventory_stockitem, p_batch text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT p_batch IS NULL OR EXISTS (
        SELECT FROM inventory_batch b
        WHERE b.tenant_id = p_item.tenant_id AND b.supplier_id = p_item.supplier_id AND b.product_id = p_item.product_id
          AND b.number = p_batch AND b.retail_partner_id IS NOT DISTINCT FROM p_item.retail_partner_id)
$$;
