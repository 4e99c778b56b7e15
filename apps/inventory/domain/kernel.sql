-- The stock kernel: the only writer of stock. It applies a list of movements in one transaction and one round trip:
-- tenant, keys, locks in one order, then each line in turn: guard, levels, ledger, item, event, facts under the key.
-- A refused line leaves nothing behind, its key included, and does not disturb its neighbours.
--
-- p_lines, in the order in which they apply; the codes of a line are the caller's, everything else is data from
-- `domain/movements.py`, the table of kinds:
--   {supplier, product, partner, type, quantity, unit, warehouse, batch, expiresAt, toWarehouse, reservation,
--    reservationExpiresAt, reference, reason, occurredAt, countedAt, versions, key, fingerprint, settings,
--    beneficiary: the retail partner that it is for, upTo: as much as there is, transit: it was under way,
--    origin: the retail partner (null: the house) whose item it left, if it is another,
--    arrival: {source, quantity, expectedAt}, source: the feed that states it, prevails: whatever was stated since,
--    allocation: {...}, forOrder: it is an order's, which names others' places for them, priority: of the order,
--    backorder: what is not there is waited for, writeOff: as what the road `lost` writes it off,
--    actor: {application, party, partyId, request},
--    rule: {road, onHand, reserved, onHold, unexpired, fromHold, absolute, creates, promises, displaces}}
-- Returns a result a line: {status: posted | replayed, facts} or {status: refused, code, facts}.
--
-- Locks in one global order, whatever the order of the lines: keys, then items by (supplier, product, partner), then
-- reservations by id. An item's lock covers its levels, batches, pools and its parts of reservations, because nothing
-- else writes them. There is one now, taken when all locks are held: what has lapsed or expired at it has done so for
-- every line.
--
-- Its parts: `roads.sql` (which levels), `booking.sql` (levels, ledger, item, event), `leases.sql` (reservations),
-- `backorders.sql` (what waits for stock),
-- `availability.sql` (what may be promised), `crossings.sql` (thresholds), `conflicts.sql` (feeds), `facts.sql`.
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
    v_locked  record;
    v_leased  bigint[] := '{}';
    v_lapse_at timestamptz[] := '{}';
    v_now     timestamptz;
    v_refused boolean := false;
    v_touched jsonb := '[]'::jsonb;
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
            UNION ALL SELECT l->>'origin', false WHERE l ? 'origin'
        ) AS ends(partner, creates)
        WHERE v_results[n] IS NULL
        GROUP BY 1, 2, 3
        ORDER BY 1, 2, 3 NULLS FIRST
    LOOP
        SELECT * INTO v_locked
        FROM stock_lock_item(p_tenant, v_pair.supplier, v_pair.product, v_pair.partner, v_pair.creates);
        IF v_locked.o_leases IS NOT NULL THEN
            v_leased := v_leased || v_locked.o_id;
            v_lapse_at := v_lapse_at || v_locked.o_leases;
        END IF;
    END LOOP;
    v_now := clock_timestamp();
    -- Judged only now: while the last item was waited for, a lease on the first may have lapsed.
    FOR v_n IN 1..cardinality(v_leased) LOOP
        IF v_lapse_at[v_n] <= v_now THEN
            v_touched := v_touched || stock_expire_reservations(p_tenant, v_leased[v_n], v_now);
        END IF;
    END LOOP;

    FOR v_n IN 1..v_count LOOP
        IF v_results[v_n] IS NULL THEN
            IF v_lines[v_n]->>'type' = 'count' THEN
                v_lines[v_n] := stock_dated_count(v_lines[v_n], v_now);
            END IF;
            v_results[v_n] := stock_apply(p_tenant, v_lines[v_n]->'actor', v_lines[v_n], v_now);
            v_refused := v_refused OR v_results[v_n]->>'status' = 'refused';
            IF v_results[v_n] ? 'touched' THEN
                v_touched := v_touched || (v_results[v_n]->'touched');
                v_results[v_n] := v_results[v_n] - 'touched';
            END IF;
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
    IF v_touched <> '[]'::jsonb THEN
        PERFORM stock_publish_reservations(p_tenant, v_touched, v_now);
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
    -- Who may place, ship or receive an order was asked before; its stock lies where neither party sees all of it.
    v_party   text := CASE WHEN p_line ? 'forOrder' THEN 'tenant' ELSE p_actor->>'party' END;
    v_me      text := p_actor->>'partyId';
    v_partner text := p_line->>'partner';
    v_line    jsonb := p_line;
    v_place   record;
    v_field   text;
    v_days    integer;
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
    ELSIF v_party = 'retailPartner' AND p_line->>'beneficiary' <> v_me THEN
        RETURN jsonb_build_object('refusal', stock_refusal('not_permitted'));  -- not of its own stock either
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
        v_line := v_line || jsonb_build_object('beneficiary', v_me);
        v_days := stock_agreed_shelf_life(p_tenant, v_me, p_line->>'supplier', p_line->>'product');
        -- What it holds it may give back, also when the agreement has ended.
        IF v_days IS NULL AND NOT EXISTS (
            SELECT FROM inventory_reservation r
            WHERE r.tenant_id = p_tenant AND r.id = (p_line->>'reservation')::uuid AND r.beneficiary_id = v_me
              AND p_line->>'type' = 'release')
        THEN
            RETURN jsonb_build_object('refusal', stock_refusal('not_found'));
        ELSIF p_line->>'type' NOT IN ('reservation', 'release', 'extension') OR p_line ? 'settings' THEN
            RETURN jsonb_build_object('refusal', stock_refusal('not_permitted'));
        END IF;
        v_line := v_line || jsonb_build_object('shelfLifeDays', COALESCE(v_days, 0));
    END IF;
    IF v_party <> 'retailPartner' AND p_line->>'beneficiary' IS NOT NULL THEN
        IF v_party = 'supplier' THEN
            RETURN jsonb_build_object('refusal', stock_refusal('not_permitted'));  -- partners are not its to name
        END IF;
        PERFORM FROM retail_partners_retailpartner r WHERE r.tenant_id = p_tenant AND r.id = p_line->>'beneficiary';
        IF NOT FOUND THEN
            RETURN jsonb_build_object('refusal', stock_refusal('not_found', '{"field": "beneficiary"}'));
        END IF;
        v_line := v_line || jsonb_build_object('shelfLifeDays', COALESCE(stock_agreed_shelf_life(
            p_tenant, p_line->>'beneficiary', p_line->>'supplier', p_line->>'product'), 0));
    ELSIF v_line->>'toPartner' IS DISTINCT FROM v_line->>'partner' AND v_line ? 'toWarehouse' THEN
        -- What is delivered into its warehouse it gets, like what is sold to it: of its pool, and as fresh as agreed.
        v_line := v_line || jsonb_build_object('beneficiary', v_line->'toPartner', 'shelfLifeDays', COALESCE(
            stock_agreed_shelf_life(p_tenant, v_line->>'toPartner', p_line->>'supplier', p_line->>'product'), 0));
    END IF;
    RETURN v_line;
END
$$;

-- The days that a batch must still last for a retail partner: what one of its agreements in force allows is allowed.
-- NULL where no agreement in force covers the item.
CREATE OR REPLACE FUNCTION stock_agreed_shelf_life(p_tenant bigint, p_partner text, p_supplier text, p_product text)
RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT min(COALESCE(a.minimum_shelf_life_days, 0)) FROM retail_partners_supplyagreement a
    WHERE a.tenant_id = p_tenant AND a.retail_partner_id = p_partner AND a.supplier_id = p_supplier
      AND (a.product_id IS NULL OR a.product_id = p_product) AND a.status = 'active'
      AND (a.valid_from IS NULL OR a.valid_from <= (now() AT TIME ZONE 'UTC')::date)
      AND (a.valid_to IS NULL OR a.valid_to >= (now() AT TIME ZONE 'UTC')::date)
$$;

-- Locks an item and tells when the first of its leases lapses. Where a line may make the item, it is made, if its
-- supplier, product and partner exist; its version is 0 until something is booked.
CREATE OR REPLACE FUNCTION stock_lock_item(
    p_tenant bigint, p_supplier text, p_product text, p_partner text, p_creates boolean,
    OUT o_id bigint, OUT o_leases timestamptz
) LANGUAGE plpgsql AS $$
BEGIN
    FOR v_attempt IN 1..2 LOOP
        IF p_partner IS NULL THEN
            SELECT i.id, i.leases_expire_at INTO o_id, o_leases FROM inventory_stockitem i
            WHERE i.tenant_id = p_tenant AND i.supplier_id = p_supplier AND i.product_id = p_product
              AND i.retail_partner_id IS NULL
            FOR NO KEY UPDATE;
        ELSE
            SELECT i.id, i.leases_expire_at INTO o_id, o_leases FROM inventory_stockitem i
            WHERE i.tenant_id = p_tenant AND i.supplier_id = p_supplier AND i.product_id = p_product
              AND i.retail_partner_id = p_partner
            FOR NO KEY UPDATE;
        END IF;
        EXIT WHEN o_id IS NOT NULL OR v_attempt = 2 OR NOT p_creates;
        INSERT INTO inventory_stockitem
            (tenant_id, supplier_id, product_id, retail_partner_id, version, on_hand, reserved, on_hold, incoming, pools,
             place_thresholds, place_states, attributes, updated_at)
        SELECT p_tenant, s.id, p.id, p_partner, 0, 0, 0, 0, 0, 0, '{}', '{}', '{}', now()
        FROM suppliers_supplier s, products_product p
        WHERE s.tenant_id = p_tenant AND s.id = p_supplier AND p.tenant_id = p_tenant AND p.id = p_product
          AND (p_partner IS NULL OR EXISTS (
              SELECT FROM retail_partners_retailpartner r WHERE r.tenant_id = p_tenant AND r.id = p_partner))
        ON CONFLICT DO NOTHING;
    END LOOP;
END
$$;

-- Applies one line to its locked item. All refusals come before the first booking.
CREATE OR REPLACE FUNCTION stock_apply(p_tenant bigint, p_actor jsonb, p_line jsonb, p_now timestamptz) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    c_max_level   CONSTANT bigint := 1000000000000000;
    c_max_attributes CONSTANT integer := 100;
    v_road        text := p_line->'rule'->>'road';
    v_quantity    bigint := (p_line->>'quantity')::bigint;
    v_versions    jsonb := p_line->'versions';
    v_item        inventory_stockitem;
    v_to          inventory_stockitem;
    v_lead_time   integer;
    v_legs        jsonb;
    v_stranger    text;
    v_doubt       text;
    v_reservation uuid := (p_line->>'reservation')::uuid;
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
    -- One that was made for another line, which was refused, is not there for this one.
    IF NOT FOUND OR v_item.version = 0 AND (p_line->'rule'->>'creates')::boolean IS NOT TRUE THEN
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
    ELSIF p_line->'settings' ? 'reorderThresholds' THEN
        v_stranger := stock_place_unknown(v_item, p_line->'settings'->'reorderThresholds');
        IF v_stranger IS NOT NULL THEN
            RETURN stock_refusal('not_found', jsonb_build_object('field', 'reorderThresholds', 'member', v_stranger));
        END IF;
    END IF;

    -- Which levels, and how much of each: [{level, onHand, reserved, onHold, line: what it says otherwise}], or a refusal,
    -- or nothing to do.
    v_legs := CASE v_road
        WHEN 'in' THEN stock_legs_in(v_item, p_line, v_quantity)
        WHEN 'lost' THEN stock_legs_lost(v_item, p_line, v_quantity)
        WHEN 'out' THEN stock_legs_out(v_item, p_line, v_quantity, p_now)
        WHEN 'held' THEN stock_legs_held(v_item, p_actor, p_line, v_quantity, p_now)
        WHEN 'set' THEN stock_legs_set(v_item, p_line, v_quantity)
        WHEN 'batch' THEN stock_legs_batch(v_item, p_line)
        WHEN 'lease' THEN stock_legs_lease(v_item, p_actor, p_line)
        WHEN 'pool' THEN stock_legs_pool(v_item, p_line, p_now)
        ELSE '[]'::jsonb  -- settings, or something that is expected
    END;
    IF jsonb_typeof(v_legs) = 'object' THEN
        RETURN v_legs;
    END IF;
    IF p_line->>'toWarehouse' IS NOT NULL THEN
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
    IF (CASE WHEN v_to.id IS NOT NULL THEN v_to.on_hand WHEN v_road IN ('in', 'lost', 'set') THEN v_item.on_hand ELSE 0 END)
            + COALESCE(v_quantity, 0) > c_max_level
        AND stock_overfills(p_tenant, v_legs, v_to.id, p_line->>'toWarehouse', c_max_level)
    THEN
        RETURN stock_refusal('invalid_state', jsonb_build_object('maximum', c_max_level));
    END IF;
    IF v_road IN ('held', 'batch', 'lease') AND v_legs = '[]'::jsonb THEN
        -- Released before, held before, ended before: harmless, and nothing happens.
        RETURN stock_posted(v_item, v_lead_time, p_actor, p_line, p_now, v_reservation, NULL);
    ELSIF v_road = 'lease' THEN
        PERFORM stock_extend(v_item, v_reservation, (p_line->>'reservationExpiresAt')::timestamptz);
        RETURN stock_posted(v_item, v_lead_time, p_actor, p_line, p_now, v_reservation, NULL)
            || jsonb_build_object('touched', stock_touched(v_item, v_reservation, 'extended', '[]'::jsonb));
    ELSIF p_line ? 'source' THEN
        v_doubt := stock_doubt(v_item, p_line, v_legs->0);
        IF v_doubt IS NOT NULL AND (v_legs->0->>'onHand')::bigint <> 0 THEN
            -- Overruled, or for a person to decide: recorded, and nothing is booked.
            RETURN stock_posted(
                v_item, v_lead_time, p_actor, p_line, p_now, NULL,
                stock_review(v_item, p_actor, p_line, v_legs->0, v_doubt, p_now));
        ELSIF v_doubt IS NOT NULL THEN
            -- It agrees with the books: no discrepancy, and no word that counts either.
            v_legs := jsonb_build_array(v_legs->0 || '{"settles": false}');
        END IF;
    END IF;
    RETURN stock_carry_out(v_item, v_to, v_lead_time, p_actor, p_line, v_legs, p_now);
END
$$;

-- Books what has been decided about an item: what gives way, the legs, what follows from them, the event.
CREATE OR REPLACE FUNCTION stock_carry_out(
    p_item inventory_stockitem, p_to inventory_stockitem, p_lead_time integer, p_actor jsonb, p_line jsonb, p_legs jsonb,
    p_now timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_type        text := p_line->>'type';
    v_road        text := p_line->'rule'->>'road';
    v_reservation uuid := COALESCE(
        (p_line->>'reservation')::uuid, CASE WHEN v_type = 'reservation' THEN stock_uuid7() END);
    v_leg         jsonb;
    v_said        jsonb;
    v_gave_way    jsonb;
    v_booked      jsonb := '[]'::jsonb;
    v_displaced   jsonb := '[]'::jsonb;
    v_arrived     jsonb := '[]'::jsonb;
    v_touched     jsonb := '[]'::jsonb;
    v_filled      jsonb := '{"booked": []}';
    v_facts       jsonb;
BEGIN
    IF v_road = 'batch' THEN
        PERFORM stock_mark_batch(p_item, p_line, p_now);
    ELSIF v_road = 'pool' THEN
        PERFORM stock_allocate(p_item, p_line->'allocation', p_now);
    END IF;
    FOR v_leg IN SELECT l FROM jsonb_array_elements(p_legs) l LOOP
        IF (v_leg->>'displaced')::bigint > 0 THEN
            v_gave_way := stock_displace(
                p_item, (v_leg->>'level')::bigint, (v_leg->>'displaced')::bigint, p_actor, p_line, p_now);
            v_displaced := v_displaced || (v_gave_way->'booked');
            v_touched := v_touched || (v_gave_way->'touched');
        END IF;
        IF v_leg ? 'forgone' THEN
            PERFORM stock_wait(p_item, v_reservation, -(v_leg->>'forgone')::bigint);
        END IF;
        CONTINUE WHEN v_road = 'batch' OR v_leg ? 'forgone';  -- these book nothing of their own
        v_said := CASE WHEN v_leg ? 'line' THEN p_line || (v_leg->'line') ELSE p_line END;
        v_booked := v_booked || stock_book(
            p_item, (v_leg->>'level')::bigint, p_actor, v_said, v_said->>'type', p_now,
            (v_leg->>'onHand')::bigint, (v_leg->>'reserved')::bigint, (v_leg->>'onHold')::bigint, v_reservation);
        IF (v_leg->>'settles')::boolean THEN
            PERFORM stock_settle(p_item, (v_leg->>'level')::bigint, p_line, p_now);
        END IF;
    END LOOP;

    IF v_type = 'reservation' THEN
        PERFORM stock_hold(p_item, p_actor, p_line, v_reservation, p_legs, p_now);
        v_touched := v_touched || stock_touched(p_item, v_reservation, 'created', v_booked);
    ELSIF v_road = 'held' THEN
        PERFORM stock_unhold(
            p_item, v_reservation, CASE v_type WHEN 'release' THEN 'released' ELSE 'committed' END, p_legs);
        v_touched := v_touched || stock_touched(
            p_item, v_reservation, CASE WHEN v_booked = '[]'::jsonb THEN 'forgone' WHEN v_type = 'release' THEN 'released'
                ELSE 'committed' END, v_booked);
    ELSIF p_item.pools > 0 AND (p_line->'rule'->>'promises')::boolean THEN
        -- What comes back may have left before there was a pool.
        UPDATE inventory_allocation a SET sold = GREATEST(0, a.sold - (
            SELECT sum((b->>'onHandChange')::bigint) FROM jsonb_array_elements(v_booked) b))
        WHERE a.tenant_id = p_item.tenant_id
          AND a.id = stock_pool_of(p_item.tenant_id, p_item.id, p_line->>'beneficiary', p_now);
    END IF;
    IF p_to.id IS NOT NULL THEN
        v_arrived := stock_deliver(p_item, p_to, p_actor, p_line, v_booked, p_now);
        IF p_to.id <> p_item.id THEN
            IF p_to.waiting > 0 THEN
                v_filled := stock_fill(p_to, p_actor, p_now);
                v_touched := v_touched || (v_filled->'touched');
            END IF;
            PERFORM stock_publish(p_to, p_lead_time, p_line - 'settings', v_arrived || (v_filled->'booked'), p_now);
            v_facts := stock_publish(p_item, p_lead_time, p_line, v_booked || v_displaced, p_now);
            v_booked := v_booked || v_arrived;
        ELSE
            v_booked := v_booked || v_arrived;
        END IF;
    END IF;
    v_booked := v_booked || v_displaced;
    IF v_facts IS NULL THEN
        -- Whoever waits comes before whoever asks next. What others are promised is not in the caller's answer.
        IF p_item.waiting > 0 OR v_displaced <> '[]'::jsonb THEN
            v_filled := stock_fill(p_item, p_actor, p_now);
            v_touched := v_touched || (v_filled->'touched');
        END IF;
        v_facts := stock_publish(p_item, p_lead_time, p_line, v_booked || (v_filled->'booked'), p_now);
    END IF;
    RETURN jsonb_build_object('status', 'posted', 'touched', v_touched, 'facts', jsonb_build_object(
        'item', v_facts,
        'transactions', v_booked, 'reservationId', v_reservation, 'terms', stock_terms(p_item.tenant_id, p_actor, p_line),
        'at', p_now));
END
$$;

-- Books what left an item onto another item, or another place of the same.
CREATE OR REPLACE FUNCTION stock_deliver(
    p_item inventory_stockitem, p_to inventory_stockitem, p_actor jsonb, p_line jsonb, p_booked jsonb, p_now timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_row     jsonb;
    v_expires timestamptz;
    v_arrived jsonb := '[]'::jsonb;
BEGIN
    FOR v_row IN SELECT b FROM jsonb_array_elements(p_booked) b LOOP
        -- A batch keeps its expiry on its way to another item, unless that item knows the batch already.
        SELECT l.expires_at INTO v_expires FROM inventory_stocklevel l
        WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id AND l.batch_number = v_row->>'batch' LIMIT 1;
        v_arrived := v_arrived || stock_book(
            p_to,
            stock_level_for(
                p_to, p_line->>'toWarehouse', p_line->>'toOwner', v_row->>'batch',
                CASE WHEN NOT stock_knows_batch(p_to, v_row->>'batch') THEN v_expires END),
            p_actor, p_line, p_line->>'type', p_now, -(v_row->>'onHandChange')::bigint, 0, 0, NULL);
    END LOOP;
    RETURN v_arrived;
END
$$;

-- The answer to a line that booked nothing.
CREATE OR REPLACE FUNCTION stock_posted(
    p_item inventory_stockitem, p_lead_time integer, p_actor jsonb, p_line jsonb, p_now timestamptz, p_reservation uuid,
    p_review uuid
) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('status', 'posted', 'facts', jsonb_build_object(
        'item', stock_item_facts(p_item, p_lead_time, p_now), 'transactions', '[]'::jsonb,
        'reservationId', p_reservation, 'reviewId', p_review, 'terms', stock_terms(p_item.tenant_id, p_actor, p_line),
        'at', p_now))
$$;

-- What a retail partner's answer is rendered by: its channel and the shelf life it needs. NULL for everybody else.
CREATE OR REPLACE FUNCTION stock_terms(p_tenant bigint, p_actor jsonb, p_line jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_actor->>'party' <> 'retailPartner' THEN
        RETURN NULL;
    END IF;
    RETURN jsonb_build_object(
        'shelfLifeDays', COALESCE((p_line->>'shelfLifeDays')::integer, stock_agreed_shelf_life(
            p_tenant, p_actor->>'partyId', p_line->>'supplier', p_line->>'product'), 0),
        'channel', (SELECT r.channel FROM retail_partners_retailpartner r
                    WHERE r.tenant_id = p_tenant AND r.id = p_actor->>'partyId'));
END
$$;
