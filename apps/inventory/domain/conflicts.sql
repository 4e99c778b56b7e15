-- Feeds that state absolute values and contradict each other: which of them is believed.

-- Why a source is not believed about a level, by its supplier's policy; NULL where it is. Of two equal moments the one
-- that is told last is believed.
CREATE OR REPLACE FUNCTION stock_doubt(p_item inventory_stockitem, p_line jsonb, p_leg jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_at     timestamptz := (p_line->>'occurredAt')::timestamptz;
    v_level  inventory_stocklevel;
    v_policy inventory_conflictpolicy;
    v_mine   integer;
    v_theirs integer;
BEGIN
    IF p_leg ? 'new' THEN
        RETURN NULL;  -- the first word on a place contradicts nobody
    END IF;
    SELECT l.* INTO v_level FROM inventory_stocklevel l
    WHERE l.tenant_id = p_item.tenant_id AND l.id = (p_leg->>'level')::bigint;
    SELECT c.* INTO v_policy FROM inventory_conflictpolicy c
    WHERE c.tenant_id = p_item.tenant_id AND (c.supplier_id = p_item.supplier_id OR c.supplier_id IS NULL)
    ORDER BY c.supplier_id NULLS LAST LIMIT 1;
    IF v_policy.policy = 'manualReview' THEN
        RETURN CASE WHEN (p_leg->>'onHand')::bigint <> 0 THEN 'review' WHEN v_level.set_at > v_at THEN 'older' END;
    ELSIF v_policy.policy = 'sourcePriority' AND v_level.set_by IS NOT NULL THEN
        v_mine := stock_rank(v_policy.priorities, p_line->>'source');
        v_theirs := stock_rank(v_policy.priorities, v_level.set_by);
        IF v_mine <> v_theirs THEN
            RETURN CASE WHEN v_mine > v_theirs THEN 'priority' END;
        END IF;
    END IF;
    RETURN CASE WHEN v_level.set_at > v_at THEN 'older' END;
END
$$;

-- The place of a source in a list of priorities; those that are not named come last, all alike.
CREATE OR REPLACE FUNCTION stock_rank(p_priorities jsonb, p_source text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE((
        SELECT n::integer FROM jsonb_array_elements_text(p_priorities) WITH ORDINALITY AS e(name, n)
        WHERE e.name = p_source LIMIT 1), 2147483647)
$$;

-- Records what a source stated and was not believed, and tells it. The books stay as they are.
CREATE OR REPLACE FUNCTION stock_review(
    p_item inventory_stockitem, p_actor jsonb, p_line jsonb, p_leg jsonb, p_doubt text, p_now timestamptz
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v_at     timestamptz := COALESCE((p_line->>'occurredAt')::timestamptz, p_now);
    v_source text := p_line->>'source';
    v_reason text := p_doubt;
    v_review uuid := stock_uuid7();
    v_level  inventory_stocklevel;
BEGIN
    SELECT l.* INTO v_level FROM inventory_stocklevel l
    WHERE l.tenant_id = p_item.tenant_id AND l.id = (p_leg->>'level')::bigint;
    IF p_doubt = 'review' THEN
        v_reason := stock_reason_of_review(p_item, v_level, v_source, v_at, p_now);
    END IF;
    INSERT INTO inventory_review (
        tenant_id, id, version, item_id, warehouse_id, batch_number, source, stated, on_hand, difference, reason, status,
        stated_at, application_id, party_type, party_id, reference, created_at, updated_at)
    VALUES (
        p_item.tenant_id, v_review, 1, p_item.id, v_level.warehouse_id, v_level.batch_number, v_source,
        (p_line->>'quantity')::bigint, v_level.on_hand, (p_leg->>'onHand')::bigint, v_reason,
        CASE v_reason WHEN 'review' THEN 'open' ELSE 'overruled' END, v_at, (p_actor->>'application')::bigint,
        p_actor->>'party', p_actor->>'partyId', p_line->>'reference', p_now, p_now);
    INSERT INTO outbox_outboxmessage (tenant_id, event_id, type, subject, sequence, facts, occurred_at)
    VALUES (
        p_item.tenant_id, stock_uuid7(), 'inventory.discrepancy', stock_public_id('rev', v_review), 1,
        jsonb_build_object(
            'supplierId', p_item.supplier_id, 'productId', p_item.product_id, 'retailPartnerId', p_item.retail_partner_id,
            'warehouses', jsonb_build_array(v_level.warehouse_id),
            'review', jsonb_build_object(
                'id', v_review, 'warehouse', v_level.warehouse_id, 'batch', v_level.batch_number, 'source', v_source,
                'stated', p_line->'quantity', 'onHand', v_level.on_hand, 'difference', p_leg->'onHand',
                'reason', v_reason, 'statedAt', v_at)),
        p_now);
    RETURN v_review;
END
$$;

-- Of what one source says of one level only the newest waits for a person, or a feed that repeats itself would fill the
-- list. Returns 'review', having overruled what waited, or 'older' where something newer waits.
CREATE OR REPLACE FUNCTION stock_reason_of_review(
    p_item inventory_stockitem, p_level inventory_stocklevel, p_source text, p_at timestamptz, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM inventory_review r
    WHERE r.tenant_id = p_item.tenant_id AND r.item_id = p_item.id AND r.warehouse_id = p_level.warehouse_id
      AND r.batch_number IS NOT DISTINCT FROM p_level.batch_number AND r.source = p_source AND r.status = 'open'
      AND r.stated_at > p_at;
    IF FOUND THEN
        RETURN 'older';
    END IF;
    UPDATE inventory_review r SET status = 'overruled', reason = 'older', version = r.version + 1, updated_at = p_now
    WHERE r.tenant_id = p_item.tenant_id AND r.item_id = p_item.id AND r.warehouse_id = p_level.warehouse_id
      AND r.batch_number IS NOT DISTINCT FROM p_level.batch_number AND r.source = p_source AND r.status = 'open';
    RETURN 'review';
END
$$;
