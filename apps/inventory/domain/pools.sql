-- Pools: shares of an item that are guaranteed to a retail partner or a channel. What others may take is what is available
-- less the open part of every pool that may not be borrowed at the moment. Under the item's lock, in the same guarded
-- step as the movement itself (`stock_legs_out`).

-- What of the pools of an item is kept for others than a retail partner (NULL: for everybody): the guaranteed share that
-- is neither sold nor held, where it may not be borrowed at the moment.
CREATE OR REPLACE FUNCTION stock_kept_for_others(p_tenant bigint, p_item bigint, p_partner text, p_at timestamptz)
RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT COALESCE(sum(GREATEST(0, a.quantity - a.sold - (
        SELECT COALESCE(sum(p.remaining), 0) FROM inventory_reservationitem p
        WHERE p.tenant_id = a.tenant_id AND p.item_id = a.item_id AND p.allocation_id = a.id AND p.state = 'held'
          AND (p.expires_at IS NULL OR p.expires_at > p_at)))), 0)::bigint
    FROM inventory_allocation a
    WHERE a.tenant_id = p_tenant AND a.item_id = p_item AND (a.ends_at IS NULL OR a.ends_at > p_at)
      AND (a.borrowable_until IS NULL OR a.borrowable_until <= p_at)
      AND a.id IS DISTINCT FROM stock_pool_of(p_tenant, p_item, p_partner, p_at)
$$;

-- The pool that a retail partner draws on: its own, else its channel's. NULL where it has none.
CREATE OR REPLACE FUNCTION stock_pool_of(p_tenant bigint, p_item bigint, p_partner text, p_at timestamptz) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT a.id FROM inventory_allocation a
    JOIN retail_partners_retailpartner r ON r.tenant_id = a.tenant_id AND r.id = p_partner
    WHERE a.tenant_id = p_tenant AND a.item_id = p_item AND (a.ends_at IS NULL OR a.ends_at > p_at)
      AND (a.retail_partner_id = r.id OR a.channel = r.channel)
    ORDER BY a.retail_partner_id IS NULL LIMIT 1
$$;

-- The pools of an item that have not ended: for whom, how much, and what is open of it.
CREATE OR REPLACE FUNCTION stock_pools(p_tenant bigint, p_item bigint, p_at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT COALESCE(jsonb_agg(jsonb_build_object(
        'id', a.id, 'retailPartner', a.retail_partner_id, 'channel', a.channel, 'quantity', a.quantity,
        'sold', a.sold, 'held', held.quantity, 'open', GREATEST(0, a.quantity - a.sold - held.quantity),
        'borrowableUntil', a.borrowable_until, 'endsAt', a.ends_at) ORDER BY a.id), '[]'::jsonb)
    FROM inventory_allocation a
    CROSS JOIN LATERAL (
        SELECT COALESCE(sum(p.remaining), 0)::bigint AS quantity FROM inventory_reservationitem p
        WHERE p.tenant_id = a.tenant_id AND p.item_id = a.item_id AND p.allocation_id = a.id AND p.state = 'held'
          AND (p.expires_at IS NULL OR p.expires_at > p_at)
    ) held
    WHERE a.tenant_id = p_tenant AND a.item_id = p_item AND (a.ends_at IS NULL OR a.ends_at > p_at)
$$;

-- Whether a pool may be made, changed or ended: no more is guaranteed than there is. Nothing to book, or a refusal.
CREATE OR REPLACE FUNCTION stock_legs_pool(p_item inventory_stockitem, p_line jsonb, p_now timestamptz) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_pool     jsonb := p_line->'allocation';
    v_row      inventory_allocation;
    v_held     bigint := 0;
    v_open     bigint;
    v_free     bigint;
BEGIN
    SELECT a.* INTO v_row FROM inventory_allocation a
    WHERE a.tenant_id = p_item.tenant_id AND a.item_id = p_item.id AND a.id = (v_pool->>'id')::uuid;
    IF (v_pool->>'ends')::boolean THEN
        RETURN CASE WHEN FOUND THEN '[]'::jsonb ELSE stock_refusal('not_found') END;
    ELSIF NOT FOUND AND EXISTS (
        SELECT FROM inventory_allocation a
        WHERE a.tenant_id = p_item.tenant_id AND a.item_id = p_item.id AND (a.ends_at IS NULL OR a.ends_at > p_now)
          AND a.retail_partner_id IS NOT DISTINCT FROM v_pool->>'retailPartner'
          AND a.channel IS NOT DISTINCT FROM v_pool->>'channel')
    THEN
        RETURN stock_refusal('already_exists');
    END IF;
    SELECT COALESCE(sum(p.remaining), 0) INTO v_held FROM inventory_reservationitem p
    WHERE p.tenant_id = p_item.tenant_id AND p.item_id = p_item.id AND p.allocation_id = v_row.id AND p.state = 'held';
    v_open := GREATEST(0, (v_pool->>'quantity')::bigint - COALESCE(v_row.sold, 0) - v_held);
    SELECT GREATEST(0, stock_available(p_item, p_now, false, NULL, 0) - COALESCE(sum((p->>'open')::bigint), 0)) INTO v_free
    FROM jsonb_array_elements(stock_pools(p_item.tenant_id, p_item.id, p_now)) p
    WHERE p->>'id' IS DISTINCT FROM v_pool->>'id';
    IF v_open > v_free THEN
        RETURN stock_refusal('insufficient_stock', jsonb_build_object('available', v_free, 'requested', v_open));
    END IF;
    RETURN '[]'::jsonb;
END
$$;

CREATE OR REPLACE FUNCTION stock_allocate(p_item inventory_stockitem, p_pool jsonb, p_now timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF (p_pool->>'ends')::boolean THEN
        DELETE FROM inventory_allocation a
        WHERE a.tenant_id = p_item.tenant_id AND a.item_id = p_item.id AND a.id = (p_pool->>'id')::uuid;
    ELSE
        -- One that has ended makes room for its successor.
        DELETE FROM inventory_allocation a
        WHERE a.tenant_id = p_item.tenant_id AND a.item_id = p_item.id AND a.id <> (p_pool->>'id')::uuid
          AND a.ends_at <= p_now;
        INSERT INTO inventory_allocation (
            tenant_id, id, item_id, retail_partner_id, channel, quantity, sold, borrowable_until, ends_at, version,
            created_at, updated_at)
        VALUES (
            p_item.tenant_id, (p_pool->>'id')::uuid, p_item.id, p_pool->>'retailPartner', p_pool->>'channel',
            (p_pool->>'quantity')::bigint, 0, (p_pool->>'borrowableUntil')::timestamptz, (p_pool->>'endsAt')::timestamptz,
            1, p_now, p_now)
        ON CONFLICT (tenant_id, id) DO UPDATE
        SET quantity = EXCLUDED.quantity, borrowable_until = EXCLUDED.borrowable_until, ends_at = EXCLUDED.ends_at,
            version = inventory_allocation.version + 1, updated_at = p_now;
    END IF;
    UPDATE inventory_stockitem i SET pools = (
        SELECT count(*) FROM inventory_allocation a WHERE a.tenant_id = p_item.tenant_id AND a.item_id = p_item.id)
    WHERE i.tenant_id = p_item.tenant_id AND i.id = p_item.id;
END
$$;
