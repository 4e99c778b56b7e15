-- Feeds that state absolute values and contradict each other: which of them is believed.

-- Judges what a source states of a level, by its supplier's policy. NULL where it is believed; otherwise the review that
-- records it, and the books stay as they are.
CREATE OR REPLACE FUNCTION stock_judge(
    p_item inventory_stockitem, p_actor jsonb, p_line jsonb, p_leg jsonb, p_now timestamptz
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v_source text := p_line->>'source';
    v_at     timestamptz := COALESCE((p_line->>'countedAt')::timestamptz, (p_line->>'occurredAt')::timestamptz, p_now);
    v_level  inventory_stocklevel;
    v_policy inventory_conflictpolicy;
    v_reason text;
    v_review uuid;
BEGIN
    SELECT l.* INTO v_level FROM inventory_stocklevel l
    WHERE l.tenant_id = p_item.tenant_id AND l.id = (p_leg->>'level')::bigint;
    SELECT c.* INTO v_policy FROM inventory_conflictpolicy c
    WHERE c.tenant_id = p_item.tenant_id AND (c.supplier_id = p_item.supplier_id OR c.supplier_id IS NULL)
    ORDER BY c.supplier_id NULLS LAST LIMIT 1;
    v_reason := CASE
        WHEN p_item.version = 0 THEN NULL  -- the first word on an item contradicts nobody
        WHEN v_policy.policy = 'manualReview' AND (p_leg->>'onHand')::bigint <> 0 THEN 'review'
        WHEN v_policy.policy = 'sourcePriority' AND v_level.set_by IS NOT NULL
             AND stock_rank(v_policy.priorities, v_source) > stock_rank(v_policy.priorities, v_level.set_by) THEN 'priority'
        WHEN v_policy.policy = 'sourcePriority' AND v_level.set_by IS NOT NULL
             AND stock_rank(v_policy.priorities, v_source) < stock_rank(v_policy.priorities, v_level.set_by) THEN NULL
        WHEN v_level.set_at > v_at THEN 'older' END;
    IF v_reason IS NULL THEN
        UPDATE inventory_stocklevel l SET set_at = v_at, set_by = v_source
        WHERE l.tenant_id = p_item.tenant_id AND l.id = v_level.id;
        RETURN NULL;
    END IF;
    v_review := stock_uuid7();
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

-- The place of a source in a list of priorities; those that are not named come last, all alike.
CREATE OR REPLACE FUNCTION stock_rank(p_priorities jsonb, p_source text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE((
        SELECT n::integer FROM jsonb_array_elements_text(p_priorities) WITH ORDINALITY AS e(name, n)
        WHERE e.name = p_source LIMIT 1), 2147483647)
$$;
