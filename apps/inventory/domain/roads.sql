-- The roads of the stock kernel: which levels a line is about, and how much of each. A road decides and refuses; it books
-- nothing.

-- True where legs would bring a level above what one may hold: their own levels, or those of the same batches in the
-- warehouse that a transfer leads to.
CREATE OR REPLACE FUNCTION stock_overfills(
    p_tenant bigint, p_legs jsonb, p_to_item bigint, p_to_warehouse text, p_max bigint
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM jsonb_array_elements(p_legs) g
        JOIN inventory_stocklevel l ON l.tenant_id = p_tenant AND l.id = (g->>'level')::bigint
        LEFT JOIN inventory_stocklevel t ON t.tenant_id = p_tenant AND t.item_id = p_to_item
            AND t.warehouse_id = p_to_warehouse AND t.batch_number IS NOT DISTINCT FROM l.batch_number
        WHERE CASE WHEN p_to_item IS NULL THEN l.on_hand + (g->>'onHand')::bigint
                   ELSE t.on_hand - (g->>'onHand')::bigint END > p_max)
$$;

-- What is said where nothing was ever in stock: a stranger's pair is not found, a known pair has nothing available.
CREATE OR REPLACE FUNCTION stock_refusal_without_item(p_tenant bigint, p_line jsonb, p_quantity bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM suppliers_supplier s
    JOIN products_product p ON p.tenant_id = s.tenant_id AND p.id = p_line->>'product'
    WHERE s.tenant_id = p_tenant AND s.id = p_line->>'supplier';
    IF NOT FOUND OR p_line->>'partner' IS NOT NULL OR p_line->'rule'->>'road' <> 'out' THEN
        RETURN stock_refusal('not_found');
    END IF;
    RETURN stock_refusal('insufficient_stock', jsonb_build_object('available', 0, 'requested', p_quantity));
END
$$;

-- Stock that comes in: onto the level of its warehouse and batch, which comes into being with it.
CREATE OR REPLACE FUNCTION stock_legs_in(p_item inventory_stockitem, p_line jsonb, p_quantity bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_knows boolean := p_line ? 'transit' AND stock_knows_batch(p_item, p_line->>'batch');
    v_level bigint := stock_level_for(
        p_item, p_line->>'warehouse', p_line->>'owner', p_line->>'batch',
        -- What was under way keeps its expiry, unless the item knows the batch already.
        CASE WHEN NOT v_knows THEN (p_line->>'expiresAt')::timestamptz END);
BEGIN
    IF p_line ? 'origin' AND NOT v_knows THEN
        PERFORM stock_keep_hold(p_item, p_line);
    END IF;
    IF v_level IS NULL THEN
        RETURN stock_refusal('invalid_state', jsonb_build_object('expirationDate', (
            SELECT b.expires_at FROM inventory_batch b
            WHERE b.tenant_id = p_item.tenant_id AND b.supplier_id = p_item.supplier_id
              AND b.product_id = p_item.product_id AND b.number = p_line->>'batch'
              AND b.retail_partner_id IS NOT DISTINCT FROM p_item.retail_partner_id)));
    END IF;
    RETURN jsonb_build_array(jsonb_build_object(
        'level', v_level, 'onHand', p_quantity * (p_line->'rule'->>'onHand')::integer, 'reserved', 0,
        'onHold', p_quantity * (p_line->'rule'->>'onHold')::integer))
        || CASE WHEN p_line ? 'arrivedDamaged' THEN jsonb_build_array(jsonb_build_object(
            'level', v_level, 'onHand', 0, 'reserved', 0, 'onHold', (p_line->'arrivedDamaged'->>'quantity')::bigint,
            'line', p_line->'arrivedDamaged'->'line')) ELSE '[]'::jsonb END;
END
$$;

-- A batch that was held while some of it was under way to another item is held there too.
CREATE OR REPLACE FUNCTION stock_keep_hold(p_item inventory_stockitem, p_line jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE inventory_batch b SET held = true, hold_reason = o.hold_reason, held_at = o.held_at
    FROM inventory_batch o
    WHERE o.tenant_id = p_item.tenant_id AND o.supplier_id = p_item.supplier_id AND o.product_id = p_item.product_id
      AND o.number = p_line->>'batch' AND o.retail_partner_id IS NOT DISTINCT FROM p_line->>'origin' AND o.held
      AND b.tenant_id = o.tenant_id AND b.supplier_id = o.supplier_id AND b.product_id = o.product_id
      AND b.number = o.number AND b.retail_partner_id IS NOT DISTINCT FROM p_item.retail_partner_id;
    IF FOUND THEN
        UPDATE inventory_stocklevel l SET held = true
        WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id AND l.batch_number = p_line->>'batch';
    END IF;
END
$$;

-- What was sent and never came, or came back broken: it arrives in the books and is written off there in one step, so
-- that the ledger tells where it was lost and nobody is told that it was available.
CREATE OR REPLACE FUNCTION stock_legs_lost(p_item inventory_stockitem, p_line jsonb, p_quantity bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_legs jsonb := stock_legs_in(p_item, p_line, p_quantity);
BEGIN
    IF jsonb_typeof(v_legs) = 'object' THEN
        RETURN v_legs;
    END IF;
    RETURN v_legs || (v_legs->0 || jsonb_build_object(
        'onHand', -p_quantity, 'line', COALESCE(p_line->'writeOff', '{"type": "adjustment", "reason": "short"}')));
END
$$;

-- Stock that goes out or is held: first expired, first out, over the levels that the line leaves open. Where the rule
-- lets stock on hold go too, it goes after all that is available, and what reservations hold goes last.
CREATE OR REPLACE FUNCTION stock_legs_out(p_item inventory_stockitem, p_line jsonb, p_quantity bigint, p_now timestamptz)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_rule  jsonb := p_line->'rule';
    v_until timestamptz := CASE WHEN (v_rule->>'unexpired')::boolean
        THEN p_now + make_interval(days => COALESCE((p_line->>'shelfLifeDays')::integer, 0)) END;
    -- What the pools of others leave.
    v_limit bigint := CASE WHEN p_item.pools > 0 AND stock_is_promised(p_line)
        THEN GREATEST(0, stock_available(p_item, p_now, false, NULL, 0) - stock_kept_for_others(
            p_item.tenant_id, p_item.id, p_line->>'beneficiary', p_now)) END;
    v_left  bigint := LEAST(p_quantity, v_limit);
    v_open  bigint := 0;
    v_turn  text;
    v_free  bigint;
    v_take  bigint;
    v_legs  jsonb := '[]'::jsonb;
    v_level inventory_stocklevel;
BEGIN
    FOREACH v_turn IN ARRAY ARRAY['available', 'fromHold', 'displaces'] LOOP
        CONTINUE WHEN v_turn <> 'available' AND (v_left = 0 OR NOT (v_rule->>v_turn)::boolean);
        FOR v_level IN
            SELECT l.* FROM inventory_stocklevel l
            WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id
              AND (p_line->>'warehouse' IS NULL OR l.warehouse_id = p_line->>'warehouse')
              AND (p_line->>'batch' IS NULL OR l.batch_number = p_line->>'batch')
              AND (v_until IS NULL OR stock_is_offered(l, v_until))
            ORDER BY l.expires_at NULLS LAST, l.id
        LOOP
            v_free := CASE v_turn WHEN 'available' THEN v_level.on_hand - v_level.reserved - v_level.on_hold
                                  WHEN 'fromHold' THEN v_level.on_hold ELSE v_level.reserved END;
            v_open := v_open + v_free;
            v_take := LEAST(v_left, v_free);
            CONTINUE WHEN v_take = 0;
            v_left := v_left - v_take;
            v_legs := v_legs || jsonb_build_object(
                'level', v_level.id,
                'onHand', v_take * (v_rule->>'onHand')::integer,
                'reserved', v_take * (v_rule->>'reserved')::integer,
                'onHold', CASE v_turn WHEN 'fromHold' THEN -v_take ELSE v_take * (v_rule->>'onHold')::integer END,
                'displaced', CASE v_turn WHEN 'displaces' THEN v_take ELSE 0 END);
        END LOOP;
    END LOOP;
    v_open := LEAST(v_open, v_limit);
    IF v_open < p_quantity AND NOT (p_line ? 'backorder' OR p_line ? 'upTo' AND v_open > 0) THEN
        RETURN stock_refusal('insufficient_stock', jsonb_build_object('available', v_open, 'requested', p_quantity));
    END IF;
    RETURN v_legs;
END
$$;

-- True where a line takes stock off the market for somebody, so that the pools of others bind it.
CREATE OR REPLACE FUNCTION stock_is_promised(p_line jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT (p_line->'rule'->>'promises')::boolean
        AND (NOT p_line ? 'toWarehouse' OR p_line->>'toPartner' IS DISTINCT FROM p_line->>'partner')
$$;

-- What a reservation holds: released, or shipped. No quantity means all that is left of it. One for an order is the
-- order's to use up: it ships from the warehouse and of the batch that were picked, and what it gives up it gives up
-- first of what it waits for.
CREATE OR REPLACE FUNCTION stock_legs_held(
    p_item inventory_stockitem, p_actor jsonb, p_line jsonb, p_quantity bigint, p_now timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_part    inventory_reservationitem := stock_part_of(p_item, p_actor, p_line);
    v_order   boolean := p_line ? 'forOrder';
    v_forgone bigint := CASE WHEN v_order AND p_line->>'type' = 'release'
        THEN LEAST(v_part.waiting, COALESCE(p_quantity, v_part.waiting)) ELSE 0 END;
    v_left    bigint := COALESCE(p_quantity - v_forgone, v_part.remaining);
    v_legs    jsonb;
    v_expired text;
BEGIN
    IF v_part.id IS NULL THEN
        RETURN stock_refusal('not_found', jsonb_build_object('field', 'reservation'));
    ELSIF NOT v_order AND stock_is_for_order(p_item.tenant_id, v_part.reservation_id) THEN
        RETURN stock_refusal('invalid_state', '{"reservationOf": "order"}');
    ELSIF v_part.state IN ('released', 'expired', 'displaced') AND p_line->>'type' = 'release' THEN
        RETURN '[]'::jsonb;
    ELSIF v_part.state <> 'held' OR v_left > v_part.remaining THEN
        RETURN stock_refusal('insufficient_stock', jsonb_build_object(
            'available', v_part.remaining, 'requested', v_left, 'reservationState', v_part.state));
    END IF;
    v_legs := CASE WHEN v_order AND p_line ?| ARRAY['warehouse', 'batch'] AND p_line->>'type' <> 'release'
        THEN stock_legs_picked(p_item, v_part, p_line, v_left, p_now)
        ELSE stock_legs_of(p_item, v_part.reservation_id, v_left, (p_line->'rule'->>'onHand')::integer) END;
    IF jsonb_typeof(v_legs) = 'object' THEN
        RETURN v_legs;
    ELSIF v_forgone > 0 THEN
        v_legs := v_legs || jsonb_build_object('forgone', v_forgone);
    END IF;
    IF p_line->>'type' <> 'release' THEN
        SELECT min(l.batch_number) INTO v_expired
        FROM jsonb_array_elements(v_legs) g
        JOIN inventory_stocklevel l ON l.tenant_id = p_item.tenant_id AND l.id = (g->>'level')::bigint
        WHERE l.expires_at <= p_now AND (g->>'onHand')::bigint <> 0;  -- what is only given back may have expired
        IF v_expired IS NOT NULL THEN
            RETURN stock_refusal('batch_expired', jsonb_build_object('batchNumber', v_expired));
        END IF;
    END IF;
    RETURN v_legs;
END
$$;

CREATE OR REPLACE FUNCTION stock_is_for_order(p_tenant bigint, p_reservation uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT r.for_order FROM inventory_reservation r WHERE r.tenant_id = p_tenant AND r.id = p_reservation
$$;

-- What is shipped of the batch, or from the warehouse, that was picked: of what the reservation holds there, then of
-- what is available there to its party, with the shelf life that was agreed. As much as that gives back of what it holds
-- elsewhere; where nobody can be offered that any more, the pools of others bind what takes its place.
CREATE OR REPLACE FUNCTION stock_legs_picked(
    p_item inventory_stockitem, p_part inventory_reservationitem, p_line jsonb, p_quantity bigint, p_now timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_level  record;
    v_held   bigint := 0;  -- what the reservation holds of what was picked
    v_own    bigint;
    v_free   bigint;
    v_left   bigint := p_quantity;
    v_back   bigint;
    v_lost   bigint := 0;  -- of what is given back, what nobody is offered
    v_until  timestamptz := p_now + make_interval(days => COALESCE(stock_agreed_shelf_life(
        p_item.tenant_id, p_line->>'beneficiary', p_item.supplier_id, p_item.product_id), 0));
    v_legs   jsonb := '[]'::jsonb;
BEGIN
    SELECT COALESCE(sum(h.remaining), 0) INTO v_held FROM inventory_reservationline h
    JOIN inventory_stocklevel l ON l.tenant_id = h.tenant_id AND l.id = h.level_id AND l.item_id = p_item.id
    WHERE h.tenant_id = p_item.tenant_id AND h.reservation_id = p_part.reservation_id
      AND (p_line->>'warehouse' IS NULL OR l.warehouse_id = p_line->>'warehouse')
      AND (p_line->>'batch' IS NULL OR l.batch_number = p_line->>'batch');
    v_back := GREATEST(0, p_quantity - v_held);
    v_free := v_back;
    FOR v_level IN
        SELECT l.id, COALESCE(h.remaining, 0) AS held,
               CASE WHEN stock_is_offered(l, v_until) THEN l.on_hand - l.reserved - l.on_hold ELSE 0 END AS free
        FROM inventory_stocklevel l
        LEFT JOIN inventory_reservationline h ON h.tenant_id = l.tenant_id AND h.level_id = l.id
            AND h.reservation_id = p_part.reservation_id
        WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id
          AND (p_line->>'warehouse' IS NULL OR l.warehouse_id = p_line->>'warehouse')
          AND (p_line->>'batch' IS NULL OR l.batch_number = p_line->>'batch')
        ORDER BY l.expires_at NULLS LAST, l.id
    LOOP
        v_own := LEAST(v_left, v_level.held);
        v_left := v_left - v_own;
        v_level.free := LEAST(v_free, v_level.free);
        v_free := v_free - v_level.free;
        v_left := v_left - v_level.free;
        CONTINUE WHEN v_own + v_level.free = 0;
        v_legs := v_legs || jsonb_build_object(
            'level', v_level.id, 'onHand', -(v_own + v_level.free), 'reserved', -v_own, 'onHold', 0);
    END LOOP;
    IF v_free > 0 THEN
        RETURN stock_refusal('insufficient_stock', jsonb_build_object(
            'available', p_quantity - v_free, 'requested', p_quantity));
    END IF;
    FOR v_level IN
        SELECT h.level_id AS id, h.remaining AS held, stock_is_offered(l, p_now) AS offered FROM inventory_reservationline h
        JOIN inventory_stocklevel l ON l.tenant_id = h.tenant_id AND l.id = h.level_id AND l.item_id = p_item.id
        WHERE h.tenant_id = p_item.tenant_id AND h.reservation_id = p_part.reservation_id AND h.remaining > 0
          AND NOT COALESCE((p_line->>'warehouse' IS NULL OR l.warehouse_id = p_line->>'warehouse')
                           AND (p_line->>'batch' IS NULL OR l.batch_number = p_line->>'batch'), false)
        ORDER BY l.expires_at DESC NULLS FIRST, h.id DESC
    LOOP
        EXIT WHEN v_back = 0;
        v_own := LEAST(v_back, v_level.held);
        v_back := v_back - v_own;
        v_lost := v_lost + CASE WHEN v_level.offered THEN 0 ELSE v_own END;
        v_legs := v_legs || jsonb_build_object(
            'level', v_level.id, 'onHand', 0, 'reserved', -v_own, 'onHold', 0,
            'line', '{"type": "release", "reason": "picked elsewhere"}'::jsonb);
    END LOOP;
    IF v_lost > 0 AND p_item.pools > 0 THEN
        v_free := stock_available(p_item, p_now, true, p_line->>'beneficiary', 0);
        IF v_lost > v_free THEN
            RETURN stock_refusal('insufficient_stock', jsonb_build_object(
                'available', p_quantity - v_lost + v_free, 'requested', p_quantity));
        END IF;
    END IF;
    RETURN v_legs;
END
$$;

-- The part of a reservation that is about an item, where the caller may touch it.
CREATE OR REPLACE FUNCTION stock_part_of(p_item inventory_stockitem, p_actor jsonb, p_line jsonb)
RETURNS inventory_reservationitem LANGUAGE sql STABLE AS $$
    SELECT p FROM inventory_reservationitem p
    JOIN inventory_reservation r ON r.tenant_id = p.tenant_id AND r.id = p.reservation_id
    WHERE p.tenant_id = p_item.tenant_id AND p.reservation_id = (p_line->>'reservation')::uuid AND p.item_id = p_item.id
      AND (p_actor->>'party' <> 'retailPartner' OR p_item.retail_partner_id IS NOT NULL
           OR r.beneficiary_id = p_actor->>'partyId')
$$;

-- A reservation whose end is moved: something to do while it is held.
CREATE OR REPLACE FUNCTION stock_legs_lease(p_item inventory_stockitem, p_actor jsonb, p_line jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_part inventory_reservationitem := stock_part_of(p_item, p_actor, p_line);
BEGIN
    IF v_part.id IS NULL THEN
        RETURN stock_refusal('not_found', jsonb_build_object('field', 'reservation'));
    ELSIF v_part.state <> 'held' THEN
        RETURN '[]'::jsonb;
    ELSIF v_part.expires_at IS NULL OR v_part.expires_at >= (p_line->>'reservationExpiresAt')::timestamptz THEN
        RETURN stock_refusal('invalid_state', jsonb_build_object('expiresAt', v_part.expires_at));
    END IF;
    RETURN '[{}]'::jsonb;
END
$$;

-- A batch that is held or let go: its levels, and on a hold what reservations hold there has to give way.
CREATE OR REPLACE FUNCTION stock_legs_batch(p_item inventory_stockitem, p_line jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_hold boolean := p_line->>'type' = 'hold';
    v_held boolean;
BEGIN
    SELECT b.held INTO v_held FROM inventory_batch b
    WHERE b.tenant_id = p_item.tenant_id AND b.supplier_id = p_item.supplier_id AND b.product_id = p_item.product_id
      AND b.number = p_line->>'batch' AND b.retail_partner_id IS NOT DISTINCT FROM p_item.retail_partner_id;
    IF v_held IS NULL THEN
        RETURN stock_refusal('not_found');
    ELSIF v_held = v_hold THEN
        RETURN '[]'::jsonb;
    END IF;
    RETURN (
        SELECT jsonb_agg(jsonb_build_object('level', l.id, 'displaced', CASE WHEN v_hold THEN l.reserved ELSE 0 END)
                         ORDER BY l.id)
        FROM inventory_stocklevel l
        WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id AND l.batch_number = p_line->>'batch');
END
$$;

CREATE OR REPLACE FUNCTION stock_mark_batch(p_item inventory_stockitem, p_line jsonb, p_now timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_hold boolean := p_line->>'type' = 'hold';
BEGIN
    UPDATE inventory_batch b
    SET held = v_hold, hold_reason = CASE WHEN v_hold THEN p_line->>'reason' END, held_at = CASE WHEN v_hold THEN p_now END
    WHERE b.tenant_id = p_item.tenant_id AND b.supplier_id = p_item.supplier_id AND b.product_id = p_item.product_id
      AND b.number = p_line->>'batch' AND b.retail_partner_id IS NOT DISTINCT FROM p_item.retail_partner_id;
    UPDATE inventory_stocklevel l SET held = v_hold
    WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id AND l.batch_number = p_line->>'batch';
END
$$;

-- One level that is corrected: by a difference (adjustment) or to an absolute quantity (count, set). A batch that is
-- named as null is the stock without a batch; one that is not named is the only one.
CREATE OR REPLACE FUNCTION stock_legs_set(p_item inventory_stockitem, p_line jsonb, p_quantity bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_absolute boolean := (p_line->'rule'->>'absolute')::boolean;
    v_counted  timestamptz := CASE WHEN p_line->>'type' = 'count' THEN (p_line->>'occurredAt')::timestamptz END;
    v_level    inventory_stocklevel;
    v_old      boolean := false;
    v_id       bigint;
    v_found    integer;
    v_change   bigint;
    v_short    bigint;
    v_displaced bigint;
    v_places   jsonb;
BEGIN
    SELECT count(*), min(l.id), jsonb_agg(jsonb_build_object(
        'warehouseLocation', l.warehouse_id, 'batchNumber', l.batch_number, 'inventoryLevel', l.on_hand) ORDER BY l.id)
    INTO v_found, v_id, v_places
    FROM inventory_stocklevel l
    WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id
      AND (p_line->>'warehouse' IS NULL OR l.warehouse_id = p_line->>'warehouse')
      AND (NOT p_line ? 'batch' OR l.batch_number IS NOT DISTINCT FROM p_line->>'batch');
    IF v_found > 1 THEN
        RETURN stock_refusal('ambiguous_level', jsonb_build_object('levels', v_places));
    ELSIF v_found = 0 AND (p_line->>'warehouse' IS NULL OR NOT v_absolute AND p_quantity < 0) THEN
        RETURN stock_refusal('insufficient_stock', jsonb_build_object('available', 0, 'requested', abs(p_quantity)));
    ELSIF v_found = 0 THEN
        v_id := stock_level_for(p_item, p_line->>'warehouse', p_line->>'owner', p_line->>'batch', NULL);
    END IF;
    SELECT l.* INTO v_level FROM inventory_stocklevel l WHERE l.tenant_id = p_item.tenant_id AND l.id = v_id;

    v_change := CASE WHEN v_absolute THEN p_quantity - v_level.on_hand ELSE p_quantity END;
    IF v_level.set_at > v_counted AND NOT p_line ?| ARRAY['source', 'prevails'] THEN
        -- Somebody counted later, and that was booked: what lay there before says nothing any more.
        v_old := true;
        v_change := 0;
    ELSIF v_counted IS NOT NULL THEN
        v_change := v_change + stock_moved_since(p_item, v_id, v_counted);
    END IF;
    v_short := v_level.reserved + v_level.on_hold - (v_level.on_hand + v_change);
    IF v_short > 0 AND NOT ((p_line->'rule'->>'displaces')::boolean AND v_level.on_hand + v_change >= 0) THEN
        RETURN stock_refusal('insufficient_stock', jsonb_build_object(
            'available', v_level.on_hand - v_level.reserved - v_level.on_hold, 'requested', -v_change,
            'reserved', v_level.reserved, 'onHold', v_level.on_hold));
    END IF;
    IF v_change = 0 AND p_line ? 'settings' THEN
        RETURN '[]'::jsonb;  -- a correction that corrects nothing is not booked
    END IF;
    -- What is not there cannot be promised, and then cannot be on hold.
    v_displaced := GREATEST(0, LEAST(v_level.reserved, v_short));
    RETURN jsonb_build_array(
        jsonb_build_object(
            'level', v_id, 'onHand', v_change, 'reserved', 0, 'onHold', -GREATEST(0, v_short - v_displaced),
            'displaced', v_displaced, 'settles', v_absolute AND NOT v_old)
        || CASE WHEN v_found = 0 THEN '{"new": true}'::jsonb WHEN v_old THEN '{"line": {"reason": "superseded"}}' ELSE '{}' END);
END
$$;
