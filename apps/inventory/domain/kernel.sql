-- The stock kernel: the only writer of stock. It applies a list of movements in one transaction and one round trip:
-- tenant, keys, locks in one order, then each line in turn: guard, levels, ledger, item, event, facts under the key.
-- A refused line leaves nothing behind, its key included, and does not disturb its neighbours.
--
-- p_lines, in the order in which they apply; the codes of a line are the caller's, everything else is data from
-- `domain/movements.py`, the table of kinds:
--   {supplier, product, partner, type, quantity, unit, warehouse, batch, expiresAt, toWarehouse, reservation,
--    reservationExpiresAt, reference, reason, occurredAt, countedAt, versions, key, fingerprint, settings,
--    actor: {application, party, partyId, request},
--    rule: {road, onHand, reserved, onHold, unexpired, fromHold, absolute, creates}}
-- Returns a result a line: {status: posted | replayed, facts} or {status: refused, code, facts}.
--
-- Locks in one global order, whatever the order of the lines: keys, then items by (supplier, product, partner).
-- An item's lock covers its levels, batches' levels and reservations, because nothing else writes them.
CREATE OR REPLACE FUNCTION post_movements(p_tenant bigint, p_lines jsonb, p_lock_timeout text DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_count   integer := jsonb_array_length(p_lines);
    v_lines   jsonb[] := ARRAY(SELECT l FROM jsonb_array_elements(p_lines) WITH ORDINALITY AS e(l, n) ORDER BY n);
    v_results jsonb[] := array_fill(NULL::jsonb, ARRAY[v_count]);
    v_n       integer;
    v_pair    record;
    v_claim   record;
    v_base    jsonb;
    v_refused boolean := false;
BEGIN
    PERFORM set_config('app.tenant_id', p_tenant::text, true);
    IF p_lock_timeout IS NOT NULL THEN
        PERFORM set_config('lock_timeout', p_lock_timeout, true);
    END IF;

    FOR v_n IN
        SELECT n FROM unnest(v_lines) WITH ORDINALITY AS e(l, n)
        WHERE l ? 'key' ORDER BY l->'actor'->'application', l->>'key' COLLATE "C", n
    LOOP
        SELECT * INTO v_claim FROM claim_idempotency_key(
            p_tenant, (v_lines[v_n]->'actor'->>'application')::bigint, v_lines[v_n]->>'key',
            decode(v_lines[v_n]->>'fingerprint', 'hex')
        );
        IF NOT v_claim.claimed THEN
            v_results[v_n] := CASE WHEN v_claim.same_request
                THEN jsonb_build_object('status', 'replayed', 'facts', v_claim.facts)
                ELSE jsonb_build_object('status', 'refused', 'code', 'idempotency_key_reused', 'facts', '{}'::jsonb) END;
        END IF;
    END LOOP;

    -- Warehouses decide whose item a line is about; both ends of a transfer are items of their own.
    FOR v_n IN 1..v_count LOOP
        IF v_results[v_n] IS NULL THEN
            v_lines[v_n] := v_lines[v_n] || stock_resolve(p_tenant, v_lines[v_n]->'actor', v_lines[v_n]);
            -- Behind it, so that what a party may not see stays unseen. From here on everything counts base units.
            IF v_lines[v_n] ? 'unit' AND NOT v_lines[v_n] ? 'refusal' THEN
                v_base := product_base_quantity(
                    p_tenant, v_lines[v_n]->>'product', v_lines[v_n]->>'unit', (v_lines[v_n]->>'quantity')::bigint);
                v_lines[v_n] := v_lines[v_n] || CASE WHEN v_base ? 'code'
                    THEN jsonb_build_object('refusal', stock_refusal(v_base->>'code', v_base->'facts')) ELSE v_base END;
            END IF;
            IF v_lines[v_n] ? 'refusal' THEN
                v_results[v_n] := v_lines[v_n]->'refusal';
            END IF;
        END IF;
    END LOOP;

    FOR v_pair IN
        SELECT l->>'supplier' COLLATE "C" AS supplier, l->>'product' COLLATE "C" AS product,
               ends.partner COLLATE "C" AS partner, bool_or(ends.creates) AS creates
        FROM unnest(v_lines) WITH ORDINALITY AS e(l, n)
        CROSS JOIN LATERAL (
            SELECT l->>'partner', (l->'rule'->>'creates')::boolean
            UNION ALL SELECT l->>'toPartner', true WHERE l->>'toWarehouse' IS NOT NULL
        ) AS ends(partner, creates)
        WHERE v_results[n] IS NULL
        GROUP BY 1, 2, 3
        ORDER BY 1, 2, 3 NULLS FIRST
    LOOP
        PERFORM stock_lock_item(p_tenant, v_pair.supplier, v_pair.product, v_pair.partner, v_pair.creates);
    END LOOP;

    FOR v_n IN 1..v_count LOOP
        IF v_results[v_n] IS NULL THEN
            v_results[v_n] := stock_apply(p_tenant, v_lines[v_n]->'actor', v_lines[v_n]);
            v_refused := v_refused OR v_results[v_n]->>'status' = 'refused';
        END IF;
        IF v_lines[v_n] ? 'key' THEN
            IF v_results[v_n]->>'status' = 'posted' THEN
                UPDATE outbox_idempotencyrecord r SET facts = v_results[v_n]->'facts'
                WHERE r.tenant_id = p_tenant AND r.application_id = (v_lines[v_n]->'actor'->>'application')::bigint
                  AND r.key = v_lines[v_n]->>'key';
            ELSIF v_results[v_n]->>'status' = 'refused' AND v_results[v_n]->>'code' <> 'idempotency_key_reused' THEN
                DELETE FROM outbox_idempotencyrecord r
                WHERE r.tenant_id = p_tenant AND r.application_id = (v_lines[v_n]->'actor'->>'application')::bigint
                  AND r.key = v_lines[v_n]->>'key' AND r.facts IS NULL;
            END IF;
        END IF;
    END LOOP;
    IF v_refused THEN
        -- An item that was made for a line which was then refused was never there.
        DELETE FROM inventory_stockitem i USING unnest(v_lines) l
        WHERE i.tenant_id = p_tenant AND i.supplier_id = l->>'supplier' AND i.product_id = l->>'product'
          AND i.version = 0;
    END IF;
    RETURN to_jsonb(v_results);
END
$$;

CREATE OR REPLACE FUNCTION stock_refusal(p_code text, p_facts jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('status', 'refused', 'code', p_code, 'facts', p_facts)
$$;

-- Finds out whose item and whose stock a line is about, and whether the caller may name it at all. What a party may
-- not see is refused like what does not exist. Adds `partner`, `owner`, `toPartner`, `toOwner`, or `refusal`.
CREATE OR REPLACE FUNCTION stock_resolve(p_tenant bigint, p_actor jsonb, p_line jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_party   text := p_actor->>'party';
    v_me      text := p_actor->>'partyId';
    v_partner text := p_line->>'partner';
    v_line    jsonb := p_line;
    v_place   record;
    v_field   text;
BEGIN
    FOREACH v_field IN ARRAY ARRAY['warehouse', 'toWarehouse'] LOOP
        CONTINUE WHEN p_line->>v_field IS NULL;
        SELECT w.owner_type, w.owner_id INTO v_place FROM inventory_warehouse w
        WHERE w.tenant_id = p_tenant AND w.id = p_line->>v_field;
        IF NOT FOUND
            OR v_party = 'supplier' AND NOT (
                v_place.owner_type = 'tenant' OR v_place.owner_type = 'supplier' AND v_place.owner_id = v_me)
            OR v_party = 'retailPartner' AND NOT (v_place.owner_type = 'retailPartner' AND v_place.owner_id = v_me)
            OR v_place.owner_type = 'supplier' AND v_place.owner_id <> p_line->>'supplier'
            OR v_field = 'warehouse' AND v_partner IS NOT NULL
                AND NOT (v_place.owner_type = 'retailPartner' AND v_place.owner_id = v_partner)
        THEN
            RETURN jsonb_build_object('refusal', stock_refusal('not_found', jsonb_build_object('field', v_field)));
        END IF;
        IF v_field = 'warehouse' THEN
            v_partner := CASE WHEN v_place.owner_type = 'retailPartner' THEN v_place.owner_id END;
            v_line := v_line || jsonb_build_object('owner', v_place.owner_type);
        ELSE
            v_line := v_line || jsonb_build_object(
                'toOwner', v_place.owner_type,
                'toPartner', CASE WHEN v_place.owner_type = 'retailPartner' THEN v_place.owner_id END);
        END IF;
    END LOOP;
    v_line := v_line || jsonb_build_object('partner', v_partner);

    IF v_party = 'supplier' AND (v_partner IS NOT NULL OR p_line->>'supplier' <> v_me) THEN
        RETURN jsonb_build_object('refusal', stock_refusal('not_found'));
    ELSIF v_party = 'retailPartner' AND v_partner IS NOT NULL AND v_partner <> v_me THEN
        RETURN jsonb_build_object('refusal', stock_refusal('not_found'));
    ELSIF v_party = 'retailPartner' AND v_partner IS NOT NULL THEN
        -- Its own item; a first one only of what was ever shared with it: others' suppliers are nobody's to find out.
        PERFORM FROM inventory_stockitem i
        WHERE i.tenant_id = p_tenant AND i.supplier_id = p_line->>'supplier' AND i.product_id = p_line->>'product'
          AND i.retail_partner_id = v_me;
        IF NOT FOUND THEN
            PERFORM FROM retail_partners_supplyagreement a
            WHERE a.tenant_id = p_tenant AND a.retail_partner_id = v_me AND a.supplier_id = p_line->>'supplier'
              AND (a.product_id IS NULL OR a.product_id = p_line->>'product');
            IF NOT FOUND THEN
                RETURN jsonb_build_object('refusal', stock_refusal('not_found'));
            END IF;
        END IF;
    ELSIF v_party = 'retailPartner' AND v_partner IS NULL THEN
        PERFORM FROM retail_partners_supplyagreement a
        WHERE a.tenant_id = p_tenant AND a.retail_partner_id = v_me AND a.supplier_id = p_line->>'supplier'
          AND (a.product_id IS NULL OR a.product_id = p_line->>'product') AND a.status = 'active'
          AND (a.valid_from IS NULL OR a.valid_from <= (now() AT TIME ZONE 'UTC')::date)
          AND (a.valid_to IS NULL OR a.valid_to >= (now() AT TIME ZONE 'UTC')::date);
        IF NOT FOUND THEN
            RETURN jsonb_build_object('refusal', stock_refusal('not_found'));
        ELSIF p_line->>'type' NOT IN ('reservation', 'release') OR p_line ? 'settings' THEN
            RETURN jsonb_build_object('refusal', stock_refusal('not_permitted'));
        END IF;
    END IF;
    RETURN v_line;
END
$$;

-- Locks an item and takes back what expired on it. Where a line may make the item, it is made, if its supplier,
-- product and partner exist; its version is 0 until something is booked.
CREATE OR REPLACE FUNCTION stock_lock_item(
    p_tenant bigint, p_supplier text, p_product text, p_partner text, p_creates boolean
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_id     bigint;
    v_leases timestamptz;
BEGIN
    FOR v_attempt IN 1..2 LOOP
        IF p_partner IS NULL THEN
            SELECT i.id, i.leases_expire_at INTO v_id, v_leases FROM inventory_stockitem i
            WHERE i.tenant_id = p_tenant AND i.supplier_id = p_supplier AND i.product_id = p_product
              AND i.retail_partner_id IS NULL
            FOR NO KEY UPDATE;
        ELSE
            SELECT i.id, i.leases_expire_at INTO v_id, v_leases FROM inventory_stockitem i
            WHERE i.tenant_id = p_tenant AND i.supplier_id = p_supplier AND i.product_id = p_product
              AND i.retail_partner_id = p_partner
            FOR NO KEY UPDATE;
        END IF;
        EXIT WHEN v_id IS NOT NULL OR v_attempt = 2 OR NOT p_creates;
        INSERT INTO inventory_stockitem
            (tenant_id, supplier_id, product_id, retail_partner_id, version, on_hand, reserved, on_hold, attributes, updated_at)
        SELECT p_tenant, s.id, p.id, p_partner, 0, 0, 0, 0, '{}', now()
        FROM suppliers_supplier s, products_product p
        WHERE s.tenant_id = p_tenant AND s.id = p_supplier AND p.tenant_id = p_tenant AND p.id = p_product
          AND (p_partner IS NULL OR EXISTS (
              SELECT FROM retail_partners_retailpartner r WHERE r.tenant_id = p_tenant AND r.id = p_partner))
        ON CONFLICT DO NOTHING;
    END LOOP;
    IF v_leases <= clock_timestamp() THEN
        PERFORM stock_expire_reservations(
            p_tenant, v_id,
            (SELECT s.lead_time_days FROM suppliers_supplier s WHERE s.tenant_id = p_tenant AND s.id = p_supplier),
            clock_timestamp());
    END IF;
END
$$;

-- Applies one line to its locked item.
CREATE OR REPLACE FUNCTION stock_apply(p_tenant bigint, p_actor jsonb, p_line jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    c_max_level   CONSTANT bigint := 1000000000000000;
    c_max_attributes CONSTANT integer := 100;
    v_rule        jsonb := p_line->'rule';
    v_type        text := p_line->>'type';
    v_road        text := v_rule->>'road';
    v_quantity    bigint := (p_line->>'quantity')::bigint;
    v_versions    jsonb := p_line->'versions';
    v_now         timestamptz := clock_timestamp();
    v_item        inventory_stockitem;
    v_to          inventory_stockitem;
    v_lead_time   integer;
    v_level       bigint;
    v_legs        jsonb;
    v_leg         jsonb;
    v_booked      jsonb := '[]'::jsonb;
    v_arrived     jsonb := '[]'::jsonb;
    v_row         jsonb;
    v_reservation uuid;
    v_expires     timestamptz;
    v_facts       jsonb;
BEGIN
    IF p_line->>'partner' IS NULL THEN
        SELECT i.* INTO v_item FROM inventory_stockitem i
        WHERE i.tenant_id = p_tenant AND i.supplier_id = p_line->>'supplier' AND i.product_id = p_line->>'product'
          AND i.retail_partner_id IS NULL;
    ELSE
        SELECT i.* INTO v_item FROM inventory_stockitem i
        WHERE i.tenant_id = p_tenant AND i.supplier_id = p_line->>'supplier' AND i.product_id = p_line->>'product'
          AND i.retail_partner_id = p_line->>'partner';
    END IF;
    IF NOT FOUND THEN
        RETURN stock_refusal_without_item(p_tenant, p_line, v_quantity);
    END IF;
    IF jsonb_typeof(v_versions) = 'array' AND NOT v_versions @> to_jsonb(v_item.version) THEN
        RETURN stock_refusal('version_conflict', jsonb_build_object('currentVersion', v_item.version));
    END IF;
    SELECT s.lead_time_days INTO v_lead_time FROM suppliers_supplier s
    WHERE s.tenant_id = p_tenant AND s.id = v_item.supplier_id;

    IF p_line->'settings' ? 'attributes' AND (
        SELECT count(*) FROM jsonb_object_keys(jsonb_strip_nulls(v_item.attributes || (p_line->'settings'->'attributes')))
    ) > c_max_attributes THEN
        RETURN stock_refusal('invalid_state', jsonb_build_object('maximumAttributes', c_max_attributes));
    END IF;

    -- Which levels, and how much of each: [{level, onHand, reserved, onHold}], or a refusal.
    v_legs := CASE v_road
        WHEN 'in' THEN stock_legs_in(v_item, p_line, v_quantity)
        WHEN 'out' THEN stock_legs_out(v_item, p_line, v_quantity, v_now)
        WHEN 'held' THEN stock_legs_held(v_item, p_actor, p_line, v_quantity)
        WHEN 'set' THEN stock_legs_set(v_item, p_line, v_quantity)
        ELSE '[]'::jsonb  -- settings alone
    END;
    IF jsonb_typeof(v_legs) = 'object' THEN
        RETURN v_legs;
    END IF;
    IF v_type = 'transfer' THEN
        IF p_line->>'toPartner' IS NOT DISTINCT FROM p_line->>'partner' THEN
            v_to := v_item;
        ELSE
            SELECT i.* INTO v_to FROM inventory_stockitem i
            WHERE i.tenant_id = p_tenant AND i.supplier_id = p_line->>'supplier' AND i.product_id = p_line->>'product'
              AND i.retail_partner_id IS NOT DISTINCT FROM p_line->>'toPartner';
        END IF;
    END IF;
    -- No level holds more than its item, so that hardly any line needs the look at its levels. One that was made for
    -- this line is empty and takes every quantity: what is refused here has made nothing.
    IF (CASE WHEN v_type = 'transfer' THEN v_to.on_hand WHEN v_road IN ('in', 'set') THEN v_item.on_hand ELSE 0 END)
            + COALESCE(v_quantity, 0) > c_max_level
        AND stock_overfills(p_tenant, v_legs, v_to.id, p_line->>'toWarehouse', c_max_level)
    THEN
        RETURN stock_refusal('invalid_state', jsonb_build_object('maximum', c_max_level));
    END IF;
    IF v_road = 'held' AND jsonb_array_length(v_legs) = 0 THEN
        -- Released before: harmless, and nothing happens.
        RETURN jsonb_build_object('status', 'posted', 'facts', jsonb_build_object(
            'item', stock_item_facts(v_item, v_lead_time), 'transactions', '[]'::jsonb,
            'reservationId', p_line->'reservation', 'at', v_now));
    END IF;
    v_reservation := COALESCE((p_line->>'reservation')::uuid, CASE WHEN v_type = 'reservation' THEN stock_uuid7() END);
    FOR v_leg IN SELECT l FROM jsonb_array_elements(v_legs) l LOOP
        v_booked := v_booked || stock_book(
            v_item, (v_leg->>'level')::bigint, p_actor, p_line, v_type, v_now,
            (v_leg->>'onHand')::bigint, (v_leg->>'reserved')::bigint, (v_leg->>'onHold')::bigint, v_reservation);
    END LOOP;

    IF v_type = 'reservation' THEN
        PERFORM stock_hold(v_item, p_actor, p_line, v_reservation, v_quantity, v_legs, v_now);
    ELSIF v_road = 'held' THEN
        PERFORM stock_unhold(p_tenant, v_reservation, v_type, v_legs);
    ELSIF v_type = 'transfer' THEN
        FOR v_row IN SELECT b FROM jsonb_array_elements(v_booked) b LOOP
            -- A batch keeps its expiry on its way to another item, unless that item knows the batch already.
            SELECT l.expires_at INTO v_expires FROM inventory_stocklevel l
            WHERE l.tenant_id = p_tenant AND l.item_id = v_item.id AND l.batch_number = v_row->>'batch' LIMIT 1;
            IF EXISTS (
                SELECT FROM inventory_batch b
                WHERE b.tenant_id = p_tenant AND b.supplier_id = v_to.supplier_id AND b.product_id = v_to.product_id
                  AND b.number = v_row->>'batch' AND b.retail_partner_id IS NOT DISTINCT FROM v_to.retail_partner_id
            ) THEN
                v_expires := NULL;
            END IF;
            v_level := stock_level_for(v_to, p_line->>'toWarehouse', p_line->>'toOwner', v_row->>'batch', v_expires);
            v_arrived := v_arrived || stock_book(
                v_to, v_level, p_actor, p_line, v_type, v_now, -(v_row->>'onHandChange')::bigint, 0, 0, NULL);
        END LOOP;
        IF v_to.id = v_item.id THEN
            v_booked := v_booked || v_arrived;
        ELSE
            PERFORM stock_publish(v_to, v_lead_time, p_line - 'settings', v_arrived, v_now);
        END IF;
    END IF;

    v_facts := stock_publish(v_item, v_lead_time, p_line, v_booked, v_now);
    IF v_to.id <> v_item.id THEN
        v_booked := v_booked || v_arrived;
    END IF;
    RETURN jsonb_build_object('status', 'posted', 'facts', jsonb_build_object(
        'item', v_facts, 'transactions', v_booked, 'reservationId', v_reservation, 'at', v_now));
END
$$;

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
    v_level bigint := stock_level_for(
        p_item, p_line->>'warehouse', p_line->>'owner', p_line->>'batch', (p_line->>'expiresAt')::timestamptz);
BEGIN
    IF v_level IS NULL THEN
        RETURN stock_refusal('invalid_state', jsonb_build_object('expirationDate', (
            SELECT b.expires_at FROM inventory_batch b
            WHERE b.tenant_id = p_item.tenant_id AND b.supplier_id = p_item.supplier_id
              AND b.product_id = p_item.product_id AND b.number = p_line->>'batch'
              AND b.retail_partner_id IS NOT DISTINCT FROM p_item.retail_partner_id)));
    END IF;
    RETURN jsonb_build_array(jsonb_build_object(
        'level', v_level, 'onHand', p_quantity, 'reserved', 0,
        'onHold', p_quantity * (p_line->'rule'->>'onHold')::integer));
END
$$;

-- Stock that goes out or is held: first expired, first out, over the levels that the line leaves open. Where the rule
-- lets stock on hold go too, it goes last: of no level before available stock of another.
CREATE OR REPLACE FUNCTION stock_legs_out(p_item inventory_stockitem, p_line jsonb, p_quantity bigint, p_now timestamptz)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_rule      jsonb := p_line->'rule';
    v_unexpired boolean := (v_rule->>'unexpired')::boolean;
    v_left      bigint := p_quantity;
    v_open      bigint := 0;
    v_take      bigint;
    v_legs      jsonb := '[]'::jsonb;
    v_level     inventory_stocklevel;
BEGIN
    FOR v_level IN
        SELECT l.* FROM inventory_stocklevel l
        WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id
          AND (p_line->>'warehouse' IS NULL OR l.warehouse_id = p_line->>'warehouse')
          AND (p_line->>'batch' IS NULL OR l.batch_number = p_line->>'batch')
          AND NOT (v_unexpired AND l.expires_at IS NOT NULL AND l.expires_at <= p_now)
        ORDER BY l.expires_at NULLS LAST, l.id
    LOOP
        v_open := v_open + v_level.on_hand - v_level.reserved - v_level.on_hold;
        v_take := LEAST(v_left, v_level.on_hand - v_level.reserved - v_level.on_hold);
        CONTINUE WHEN v_take = 0;
        v_left := v_left - v_take;
        v_legs := v_legs || jsonb_build_object(
            'level', v_level.id,
            'onHand', v_take * (v_rule->>'onHand')::integer,
            'reserved', v_take * (v_rule->>'reserved')::integer,
            'onHold', v_take * (v_rule->>'onHold')::integer);
    END LOOP;
    IF v_left > 0 AND (v_rule->>'fromHold')::boolean THEN
        FOR v_level IN
            SELECT l.* FROM inventory_stocklevel l
            WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id AND l.on_hold > 0
              AND (p_line->>'warehouse' IS NULL OR l.warehouse_id = p_line->>'warehouse')
              AND (p_line->>'batch' IS NULL OR l.batch_number = p_line->>'batch')
            ORDER BY l.expires_at NULLS LAST, l.id
        LOOP
            v_open := v_open + v_level.on_hold;
            v_take := LEAST(v_left, v_level.on_hold);
            CONTINUE WHEN v_take = 0;
            v_left := v_left - v_take;
            v_legs := v_legs || jsonb_build_object(
                'level', v_level.id, 'onHand', v_take * (v_rule->>'onHand')::integer, 'reserved', 0, 'onHold', -v_take);
        END LOOP;
    END IF;
    IF v_left > 0 THEN
        RETURN stock_refusal('insufficient_stock', jsonb_build_object('available', v_open, 'requested', p_quantity));
    END IF;
    RETURN v_legs;
END
$$;

-- What a reservation holds: released, or shipped. No quantity means all that is left of it.
CREATE OR REPLACE FUNCTION stock_legs_held(p_item inventory_stockitem, p_actor jsonb, p_line jsonb, p_quantity bigint)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_reservation inventory_reservation;
    v_left        bigint;
    v_take        bigint;
    v_legs        jsonb := '[]'::jsonb;
    v_held        record;
BEGIN
    SELECT r.* INTO v_reservation FROM inventory_reservation r
    WHERE r.tenant_id = p_item.tenant_id AND r.id = (p_line->>'reservation')::uuid AND r.item_id = p_item.id
      AND (p_actor->>'party' <> 'retailPartner' OR p_item.retail_partner_id IS NOT NULL
           OR r.party_type = 'retailPartner' AND r.party_id = p_actor->>'partyId');
    IF NOT FOUND THEN
        RETURN stock_refusal('not_found', jsonb_build_object('field', 'reservation'));
    END IF;
    IF v_reservation.state IN ('released', 'expired') AND p_line->>'type' = 'release' THEN
        RETURN '[]'::jsonb;
    END IF;
    v_left := COALESCE(p_quantity, v_reservation.remaining);
    IF v_reservation.state <> 'held' OR v_left > v_reservation.remaining THEN
        RETURN stock_refusal('insufficient_stock', jsonb_build_object(
            'available', v_reservation.remaining, 'requested', v_left, 'reservationState', v_reservation.state));
    END IF;
    FOR v_held IN
        SELECT h.level_id, h.remaining FROM inventory_reservationline h
        WHERE h.tenant_id = p_item.tenant_id AND h.reservation_id = v_reservation.id AND h.remaining > 0
        ORDER BY h.id
    LOOP
        v_take := LEAST(v_left, v_held.remaining);
        EXIT WHEN v_take = 0;
        v_left := v_left - v_take;
        v_legs := v_legs || jsonb_build_object(
            'level', v_held.level_id,
            'onHand', v_take * (p_line->'rule'->>'onHand')::integer, 'reserved', -v_take, 'onHold', 0);
    END LOOP;
    RETURN v_legs;
END
$$;

-- One level that is corrected: by a difference (adjustment) or to an absolute quantity (count, set).
CREATE OR REPLACE FUNCTION stock_legs_set(p_item inventory_stockitem, p_line jsonb, p_quantity bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_absolute boolean := (p_line->'rule'->>'absolute')::boolean;
    v_counted  timestamptz := (p_line->>'countedAt')::timestamptz;
    v_level    inventory_stocklevel;
    v_id       bigint;
    v_found    integer;
    v_change   bigint;
    v_places   jsonb;
BEGIN
    SELECT count(*), min(l.id), jsonb_agg(jsonb_build_object(
        'warehouseLocation', l.warehouse_id, 'batchNumber', l.batch_number, 'inventoryLevel', l.on_hand) ORDER BY l.id)
    INTO v_found, v_id, v_places
    FROM inventory_stocklevel l
    WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id
      AND (p_line->>'warehouse' IS NULL OR l.warehouse_id = p_line->>'warehouse')
      AND (p_line->>'batch' IS NULL OR l.batch_number = p_line->>'batch');
    IF v_found > 1 THEN
        RETURN stock_refusal('ambiguous_level', jsonb_build_object('levels', v_places));
    ELSIF v_found = 0 AND (p_line->>'warehouse' IS NULL OR NOT v_absolute AND p_quantity < 0) THEN
        RETURN stock_refusal('insufficient_stock', jsonb_build_object('available', 0, 'requested', abs(p_quantity)));
    ELSIF v_found = 0 THEN
        v_id := stock_level_for(p_item, p_line->>'warehouse', p_line->>'owner', p_line->>'batch', NULL);
    END IF;
    SELECT l.* INTO v_level FROM inventory_stocklevel l WHERE l.tenant_id = p_item.tenant_id AND l.id = v_id;

    v_change := CASE WHEN v_absolute THEN p_quantity - v_level.on_hand ELSE p_quantity END;
    IF v_counted IS NOT NULL THEN
        -- What was booked after somebody counted was not there to be counted: it stays booked.
        v_change := v_change + COALESCE((
            SELECT sum(t.on_hand_change) FROM transactions_stocktransaction t
            WHERE t.tenant_id = p_item.tenant_id AND t.supplier_id = p_item.supplier_id
              AND t.product_id = p_item.product_id AND t.level_id = v_id
              AND t.recorded_at > v_counted), 0);
    END IF;
    IF v_level.on_hand + v_change < v_level.reserved + v_level.on_hold THEN
        RETURN stock_refusal('insufficient_stock', jsonb_build_object(
            'available', v_level.on_hand - v_level.reserved - v_level.on_hold, 'requested', -v_change,
            'reserved', v_level.reserved, 'onHold', v_level.on_hold));
    END IF;
    IF v_change = 0 AND p_line ? 'settings' THEN
        RETURN '[]'::jsonb;  -- a correction that corrects nothing is not booked
    END IF;
    RETURN jsonb_build_array(jsonb_build_object('level', v_id, 'onHand', v_change, 'reserved', 0, 'onHold', 0));
END
$$;

CREATE OR REPLACE FUNCTION stock_hold(
    p_item inventory_stockitem, p_actor jsonb, p_line jsonb, p_reservation uuid, p_quantity bigint, p_legs jsonb,
    p_now timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_expires timestamptz := (p_line->>'reservationExpiresAt')::timestamptz;
BEGIN
    INSERT INTO inventory_reservation (
        tenant_id, id, item_id, state, quantity, remaining, expires_at, reference, application_id, party_type, party_id,
        created_at)
    VALUES (
        p_item.tenant_id, p_reservation, p_item.id, 'held', p_quantity, p_quantity, v_expires, p_line->>'reference',
        (p_actor->>'application')::bigint, p_actor->>'party', p_actor->>'partyId', p_now);
    INSERT INTO inventory_reservationline (tenant_id, reservation_id, level_id, remaining)
    SELECT p_item.tenant_id, p_reservation, (l->>'level')::bigint, (l->>'reserved')::bigint
    FROM jsonb_array_elements(p_legs) l;
    IF v_expires IS NOT NULL THEN
        UPDATE inventory_stockitem i SET leases_expire_at = LEAST(i.leases_expire_at, v_expires)
        WHERE i.tenant_id = p_item.tenant_id AND i.id = p_item.id;
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION stock_unhold(p_tenant bigint, p_reservation uuid, p_type text, p_legs jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE inventory_reservationline h SET remaining = h.remaining + (l->>'reserved')::bigint
    FROM jsonb_array_elements(p_legs) l
    WHERE h.tenant_id = p_tenant AND h.reservation_id = p_reservation AND h.level_id = (l->>'level')::bigint;
    UPDATE inventory_reservation r
    SET remaining = r.remaining + taken.quantity,
        state = CASE WHEN r.remaining + taken.quantity > 0 THEN 'held'
                     WHEN p_type = 'release' THEN 'released' ELSE 'committed' END
    FROM (SELECT sum((l->>'reserved')::bigint) AS quantity FROM jsonb_array_elements(p_legs) l) taken
    WHERE r.tenant_id = p_tenant AND r.id = p_reservation;
END
$$;
