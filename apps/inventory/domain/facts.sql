-- Stock as facts: what every answer, webhook and feed renders from.

-- The item as facts: what every answer, webhook and feed renders from. What lapsed before `p_at` is not reserved in it.
CREATE OR REPLACE FUNCTION stock_item_facts(p_item inventory_stockitem, p_lead_time integer, p_at timestamptz) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'supplierId', p_item.supplier_id,
        'productId', p_item.product_id,
        'retailPartnerId', p_item.retail_partner_id,
        'version', p_item.version,
        'onHand', p_item.on_hand,
        'reserved', p_item.reserved - CASE WHEN p_item.leases_expire_at <= p_at THEN (
            SELECT COALESCE(sum(p.remaining), 0)::bigint FROM inventory_reservationitem p
            WHERE p.tenant_id = p_item.tenant_id AND p.item_id = p_item.id AND p.state = 'held' AND p.expires_at <= p_at
        ) ELSE 0 END,
        'onHold', p_item.on_hold,
        'incoming', p_item.incoming,
        'leadTimeDays', p_lead_time,
        'reorderThreshold', p_item.reorder_threshold,
        'reorderThresholds', p_item.place_thresholds,
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
                    'reserved', l.reserved - CASE WHEN p_item.leases_expire_at <= p_at
                        THEN stock_lapsed(l.tenant_id, l.item_id, l.id, p_at) ELSE 0 END,
                    'onHold', l.on_hold,
                    'held', l.held
                ) ORDER BY l.expires_at NULLS LAST, l.id
            )
            FROM inventory_stocklevel l
            WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id
        ), '[]'::jsonb),
        'arrivals', CASE WHEN p_item.incoming > 0 THEN (
            SELECT jsonb_agg(jsonb_build_object('quantity', a.quantity, 'expectedAt', a.expected_at, 'source', a.source)
                             ORDER BY a.expected_at NULLS LAST, a.source)
            FROM inventory_arrival a WHERE a.tenant_id = p_item.tenant_id AND a.item_id = p_item.id
        ) ELSE '[]'::jsonb END,
        'pools', CASE WHEN p_item.pools > 0 THEN stock_pools(p_item.tenant_id, p_item.id, p_at) ELSE '[]'::jsonb END
    )
$$;

-- An id as the API writes it (`apps/core/ids.py`): a prefix and 26 characters of Crockford's base32, 130 bits for 128.
CREATE OR REPLACE FUNCTION stock_public_id(p_prefix text, p_id uuid) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT p_prefix || '_' || string_agg(
        substr('0123456789abcdefghjkmnpqrstvwxyz', substring(bits.value FROM n * 5 + 1 FOR 5)::bit(5)::integer + 1, 1),
        '' ORDER BY n)
    FROM generate_series(0, 25) n,
         (SELECT B'00' || ('x' || replace(p_id::text, '-', ''))::bit(128) AS value) bits
$$;
