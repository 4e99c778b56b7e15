-- Where a batch came from, where it went and where it lies: one statement, so that its parts are of one moment.
-- `p_partner`: whose item; NULL the house's and, with `p_everybody`, every retail partner's too. NULL where none of them
-- has the batch. Who may ask is decided by the only caller, `queries/batch_trace.py`.
CREATE OR REPLACE FUNCTION stock_batch_trace(
    p_tenant bigint, p_supplier text, p_product text, p_number text, p_partner text, p_everybody boolean, p_limit integer
) RETURNS jsonb LANGUAGE sql STABLE AS $$
    WITH ours AS MATERIALIZED (
        SELECT i.id, i.retail_partner_id AS partner, i.leases_expire_at, b.expires_at, b.held, b.hold_reason, b.held_at
        FROM inventory_batch b
        JOIN inventory_stockitem i ON i.tenant_id = b.tenant_id AND i.supplier_id = b.supplier_id
            AND i.product_id = b.product_id AND i.retail_partner_id IS NOT DISTINCT FROM b.retail_partner_id
        WHERE b.tenant_id = p_tenant AND b.supplier_id = p_supplier AND b.product_id = p_product AND b.number = p_number
          AND (p_everybody OR b.retail_partner_id IS NOT DISTINCT FROM p_partner)
    ), moves AS MATERIALIZED (
        SELECT t.*, COALESCE(t.beneficiary_id, r.beneficiary_id) AS taker
        FROM transactions_stocktransaction t
        LEFT JOIN inventory_reservation r ON r.tenant_id = t.tenant_id AND r.id = t.reservation_id
        WHERE t.tenant_id = p_tenant AND t.supplier_id = p_supplier AND t.product_id = p_product
          AND t.batch_number = p_number AND t.item_id IN (SELECT o.id FROM ours o)
    ), places AS MATERIALIZED (
        SELECT o.partner, l.warehouse_id, l.owner_type, l.on_hand, l.on_hold, l.reserved - CASE
                WHEN o.leases_expire_at <= now() THEN stock_lapsed(l.tenant_id, l.item_id, l.id, now()) ELSE 0 END AS reserved
        FROM ours o JOIN inventory_stocklevel l ON l.tenant_id = p_tenant AND l.item_id = o.id
        WHERE l.batch_number = p_number
    ), leases AS MATERIALIZED (
        SELECT m.reservation_id, m.partner, min(m.taker) AS taker, min(p.state) AS state, min(p.expires_at) AS expires_at,
               sum(m.reserved_change) FILTER (WHERE m.reserved_change > 0) AS reserved,
               CASE WHEN min(p.state) = 'held' AND (min(p.expires_at) > now() OR min(p.expires_at) IS NULL)
                   THEN sum(m.reserved_change) ELSE 0 END AS held,
               COALESCE(-sum(m.on_hand_change), 0) AS shipped,
               COALESCE(-sum(m.reserved_change) FILTER (WHERE m.type = 'release' AND m.reason = 'displaced'), 0) AS displaced
        FROM (SELECT v.*, v.retail_partner_id AS partner FROM moves v WHERE v.reservation_id IS NOT NULL) m
        JOIN inventory_reservationitem p ON p.tenant_id = p_tenant AND p.reservation_id = m.reservation_id
            AND p.item_id = m.item_id
        GROUP BY m.reservation_id, m.partner
    ), takers AS (
        SELECT COALESCE(m.retail_partner_id, m.taker) AS partner,
               COALESCE(-sum(m.on_hand_change) FILTER (WHERE m.retail_partner_id IS NULL AND m.type = 'transfer'), 0) AS sent,
               COALESCE(sum(m.on_hand_change) FILTER (WHERE m.retail_partner_id IS NOT NULL AND m.type = 'transfer'), 0)
                   AS delivered,
               COALESCE(-sum(m.on_hand_change) FILTER (WHERE m.retail_partner_id IS NULL AND m.type <> 'transfer'), 0) AS taken
        FROM moves m WHERE COALESCE(m.retail_partner_id, m.taker) IS NOT NULL GROUP BY 1
    )
    SELECT CASE WHEN EXISTS (SELECT FROM ours) THEN jsonb_build_object(
        'parties', (SELECT jsonb_agg(jsonb_build_object(
            'partner', o.partner, 'expiresAt', o.expires_at, 'held', o.held, 'reason', o.hold_reason, 'heldAt', o.held_at,
            'onHand', COALESCE((SELECT sum(l.on_hand) FROM places l WHERE l.partner IS NOT DISTINCT FROM o.partner), 0))
            ORDER BY o.partner NULLS FIRST) FROM ours o),
        'levels', (SELECT COALESCE(jsonb_agg(jsonb_build_object(
            'partner', l.partner, 'warehouse', l.warehouse_id, 'owner', l.owner_type, 'onHand', l.on_hand,
            'reserved', l.reserved, 'onHold', l.on_hold) ORDER BY l.partner NULLS FIRST, l.warehouse_id, l.owner_type), '[]')
            FROM places l),
        'totals', (SELECT jsonb_build_object(
            'received', COALESCE(sum(m.on_hand_change) FILTER (WHERE m.type = 'receipt'), 0),
            'returned', COALESCE(sum(m.on_hand_change) FILTER (WHERE m.type = 'return'), 0),
            'sold', COALESCE(-sum(m.on_hand_change) FILTER (WHERE m.type = 'sale'), 0),
            'shipped', COALESCE(-sum(m.on_hand_change) FILTER (WHERE m.type = 'shipment'), 0),
            'damaged', COALESCE(-sum(m.on_hand_change) FILTER (WHERE m.type = 'damage'), 0),
            'adjusted', COALESCE(sum(m.on_hand_change) FILTER (WHERE m.type IN ('adjustment', 'count')), 0),
            'transferred', COALESCE(sum(m.on_hand_change) FILTER (WHERE m.type = 'transfer'), 0),
            'onHand', COALESCE((SELECT sum(l.on_hand) FROM places l), 0)) FROM moves m),
        'reservations', (SELECT COALESCE(jsonb_agg(to_jsonb(n) ORDER BY n.id DESC), '[]') FROM (
            SELECT s.reservation_id AS id, s.partner, s.taker, s.reserved, s.held, s.shipped, s.displaced
            FROM leases s ORDER BY s.reservation_id DESC LIMIT p_limit) n),
        'reservationCount', (SELECT count(*) FROM leases),
        'partners', (SELECT COALESCE(jsonb_agg(jsonb_build_object(
            'partner', k.partner, 'sent', k.sent, 'delivered', k.delivered, 'taken', k.taken,
            'onHand', COALESCE((SELECT sum(l.on_hand) FROM places l WHERE l.partner = k.partner), 0)) ORDER BY k.partner), '[]')
            FROM takers k WHERE k.sent <> 0 OR k.delivered <> 0 OR k.taken <> 0
                OR EXISTS (SELECT FROM ours o WHERE o.partner = k.partner)),
        'movementCount', (SELECT count(*) FROM moves),
        'movements', (SELECT COALESCE(jsonb_agg(jsonb_build_object(
            'id', n.id, 'supplierId', n.supplier_id, 'productId', n.product_id, 'retailPartnerId', n.retail_partner_id,
            'itemVersion', n.item_version, 'warehouse', n.warehouse_id, 'owner', n.owner_type, 'batch', n.batch_number,
            'type', n.type, 'onHandChange', n.on_hand_change, 'reservedChange', n.reserved_change,
            'onHoldChange', n.on_hold_change, 'onHandAfter', n.on_hand_after, 'reservedAfter', n.reserved_after,
            'onHoldAfter', n.on_hold_after, 'reservationId', n.reservation_id, 'reference', n.reference,
            'reason', n.reason, 'applicationId', n.application_id, 'party', n.party_type, 'partyId', n.party_id,
            'occurredAt', n.occurred_at, 'recordedAt', n.recorded_at) ORDER BY n.id DESC), '[]')
            FROM (SELECT m.* FROM moves m ORDER BY m.id DESC LIMIT p_limit) n)
    ) END
$$;
