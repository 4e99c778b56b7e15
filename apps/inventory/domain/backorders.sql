-- Back-orders: what a reservation for an order shall hold of an item as soon as there is stock. `waiting` of its part says
-- how much, the item has the sum. Everything here runs under the item's row lock, in the very step that brings the stock,
-- so that nobody passes those who wait and no unit is promised twice.

-- Promises what is available of an item to what waits for it, in the order of its supplier's policy: first come first
-- served, by priority, or to each its share. Returns {booked, touched}; the item's version is the caller's to raise.
CREATE OR REPLACE FUNCTION stock_fill(p_item inventory_stockitem, p_actor jsonb, p_now timestamptz) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    c_rule    CONSTANT jsonb := '{"road": "out", "onHand": 0, "reserved": 1, "onHold": 0, "unexpired": true,
                                  "fromHold": false, "promises": true, "displaces": false}';
    v_free    bigint := stock_available(p_item, p_now, false, NULL, 0);
    v_policy  text;
    v_all     numeric;
    v_turn    text;
    v_wait    record;
    v_line    jsonb;
    v_legs    jsonb;
    v_rows    jsonb;
    v_booked  jsonb := '[]'::jsonb;
    v_touched jsonb := '[]'::jsonb;
BEGIN
    IF v_free > 0 THEN
        SELECT s.backorder_policy INTO v_policy FROM suppliers_supplier s
        WHERE s.tenant_id = p_item.tenant_id AND s.id = p_item.supplier_id;
        SELECT sum(p.waiting) INTO v_all FROM inventory_reservationitem p
        WHERE p.tenant_id = p_item.tenant_id AND p.item_id = p_item.id AND p.waiting > 0;
        FOREACH v_turn IN ARRAY ARRAY['shares', 'queue'] LOOP
            CONTINUE WHEN v_turn = 'shares' AND v_policy <> 'proRata';
            FOR v_wait IN
                SELECT p.reservation_id, r.beneficiary_id, r.reference, CASE v_turn WHEN 'queue' THEN p.waiting
                    ELSE floor(p.waiting * LEAST(v_free, v_all) / v_all)::bigint END AS quantity
                FROM inventory_reservationitem p
                JOIN inventory_reservation r ON r.tenant_id = p.tenant_id AND r.id = p.reservation_id
                WHERE p.tenant_id = p_item.tenant_id AND p.item_id = p_item.id AND p.waiting > 0
                ORDER BY CASE WHEN v_policy = 'priority' THEN -r.priority END, r.created_at, r.id
            LOOP
                v_line := jsonb_build_object(
                    'type', 'reservation', 'reason', 'back-order', 'reference', v_wait.reference, 'rule', c_rule,
                    'upTo', true, 'beneficiary', v_wait.beneficiary_id, 'shelfLifeDays', COALESCE(stock_agreed_shelf_life(
                        p_item.tenant_id, v_wait.beneficiary_id, p_item.supplier_id, p_item.product_id), 0));
                v_legs := CASE WHEN v_wait.quantity = 0 THEN '[]'::jsonb
                    ELSE stock_legs_out(p_item, v_line, v_wait.quantity, p_now) END;
                CONTINUE WHEN jsonb_typeof(v_legs) = 'object' OR v_legs = '[]'::jsonb;
                v_rows := stock_book_legs(p_item, p_actor, v_line, 'reservation', p_now, v_legs, v_wait.reservation_id);
                PERFORM stock_hold_waited_for(p_item, v_wait.reservation_id, v_wait.beneficiary_id, v_legs, p_now);
                v_booked := v_booked || v_rows;
                v_touched := v_touched || stock_touched(p_item, v_wait.reservation_id, 'filled', v_rows);
            END LOOP;
        END LOOP;
    END IF;
    RETURN jsonb_build_object('booked', v_booked, 'touched', v_touched);
END
$$;

-- Holds legs for a reservation that waited for them.
CREATE OR REPLACE FUNCTION stock_hold_waited_for(
    p_item inventory_stockitem, p_reservation uuid, p_beneficiary text, p_legs jsonb, p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_quantity bigint;
BEGIN
    SELECT sum((l->>'reserved')::bigint) INTO v_quantity FROM jsonb_array_elements(p_legs) l;
    UPDATE inventory_reservationitem p
    SET quantity = p.quantity + v_quantity, remaining = p.remaining + v_quantity, state = 'held',
        allocation_id = COALESCE(p.allocation_id, CASE WHEN p_item.pools > 0
            THEN stock_pool_of(p_item.tenant_id, p_item.id, p_beneficiary, p_now) END)
    WHERE p.tenant_id = p_item.tenant_id AND p.reservation_id = p_reservation AND p.item_id = p_item.id;
    PERFORM stock_hold_levels(p_item, p_reservation, p_legs);
    PERFORM stock_wait(p_item, p_reservation, -v_quantity);
END
$$;

-- Changes by a difference how much a reservation waits for.
CREATE OR REPLACE FUNCTION stock_wait(p_item inventory_stockitem, p_reservation uuid, p_quantity bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_quantity <> 0 THEN
        UPDATE inventory_reservationitem p SET waiting = p.waiting + p_quantity
        WHERE p.tenant_id = p_item.tenant_id AND p.reservation_id = p_reservation AND p.item_id = p_item.id;
        UPDATE inventory_stockitem i SET waiting = i.waiting + p_quantity
        WHERE i.tenant_id = p_item.tenant_id AND i.id = p_item.id;
    END IF;
END
$$;

-- Fills back-orders for which there is stock only because time has passed: a pool that has ended, a share that may be
-- borrowed now. Looks at most at `p_limit` items beyond `p_after`, and returns the last of them (0: there are no more).
CREATE OR REPLACE FUNCTION stock_fill_due(p_tenant bigint, p_after bigint, p_limit integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_actor   CONSTANT jsonb := '{"application": 0, "party": "tenant", "partyId": "", "request": ""}';
    v_due     record;
    v_ids     bigint[] := '{}';
    v_id      bigint;
    v_item    inventory_stockitem;
    v_lead    integer;
    v_filled  jsonb;
    v_now     timestamptz;
    v_touched jsonb := '[]'::jsonb;
BEGIN
    FOR v_due IN
        SELECT due.* FROM (
            SELECT i.id, i.supplier_id, i.product_id, i.retail_partner_id FROM inventory_stockitem i
            WHERE i.tenant_id = p_tenant AND i.id > p_after AND i.waiting > 0
              AND stock_available(i, clock_timestamp(), false, NULL, 0) > 0
            ORDER BY i.id LIMIT p_limit
        ) due ORDER BY due.supplier_id, due.product_id, due.retail_partner_id NULLS FIRST
    LOOP
        PERFORM stock_lock_item(p_tenant, v_due.supplier_id, v_due.product_id, v_due.retail_partner_id, false);
        v_ids := v_ids || v_due.id;
    END LOOP;
    v_now := clock_timestamp();
    FOREACH v_id IN ARRAY v_ids LOOP
        v_touched := v_touched || stock_expire_reservations(p_tenant, v_id, v_now);
        SELECT i.* INTO v_item FROM inventory_stockitem i WHERE i.tenant_id = p_tenant AND i.id = v_id;
        v_filled := stock_fill(v_item, v_actor, v_now);
        CONTINUE WHEN v_filled->'booked' = '[]'::jsonb;
        SELECT s.lead_time_days INTO v_lead FROM suppliers_supplier s
        WHERE s.tenant_id = p_tenant AND s.id = v_item.supplier_id;
        PERFORM stock_publish(v_item, v_lead, '{"type": "reservation"}', v_filled->'booked', v_now);
        v_touched := v_touched || (v_filled->'touched');
    END LOOP;
    PERFORM stock_publish_reservations(p_tenant, v_touched, v_now);
    RETURN COALESCE((SELECT max(id) FROM unnest(v_ids) id), 0);
END
$$;
