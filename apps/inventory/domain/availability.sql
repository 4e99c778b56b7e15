-- What may be promised of stock. One predicate for every reader and every picker: `queries/stock.py` filters by it, the
-- kernel picks by it, `availability.py` renders by it (`tests/api/inventory/test_availability.py` holds them together).

-- True where the stock of a level may be promised to somebody who needs it until a moment.
CREATE OR REPLACE FUNCTION stock_is_offered(p_level inventory_stocklevel, p_until timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT NOT p_level.held AND (p_level.expires_at IS NULL OR p_level.expires_at > p_until)
$$;

-- What reservations that have lapsed still hold of a level in the books: nobody has swept them, and they hold nothing.
CREATE OR REPLACE FUNCTION stock_lapsed(p_tenant bigint, p_item bigint, p_level bigint, p_at timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT COALESCE(sum(h.remaining), 0)::bigint
    FROM inventory_reservationitem p
    JOIN inventory_reservationline h ON h.tenant_id = p.tenant_id AND h.reservation_id = p.reservation_id
    WHERE p.tenant_id = p_tenant AND p.item_id = p_item AND p.state = 'held' AND p.expires_at <= p_at
      AND h.level_id = p_level
$$;

-- What is available of an item to a reader or taker: all of it (p_limited false), or as far as the pools of others leave it.
CREATE OR REPLACE FUNCTION stock_available(
    p_item inventory_stockitem, p_at timestamptz, p_limited boolean, p_partner text, p_days integer
) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_all     bigint;
    v_offered bigint;
BEGIN
    SELECT COALESCE(sum(free.quantity) FILTER (WHERE stock_is_offered(free.level, p_at)), 0),
           COALESCE(sum(free.quantity) FILTER (WHERE stock_is_offered(free.level, p_at + make_interval(days => p_days))), 0)
    INTO v_all, v_offered
    FROM (
        SELECT l AS level, l.on_hand - l.reserved - l.on_hold
            + CASE WHEN p_item.leases_expire_at <= p_at THEN stock_lapsed(l.tenant_id, l.item_id, l.id, p_at) ELSE 0 END
            AS quantity
        FROM inventory_stocklevel l WHERE l.tenant_id = p_item.tenant_id AND l.item_id = p_item.id
    ) free;
    IF p_limited AND p_item.pools > 0 THEN
        v_offered := GREATEST(0, LEAST(
            v_offered, v_all - stock_kept_for_others(p_item.tenant_id, p_item.id, p_partner, p_at)));
    END IF;
    RETURN v_offered;
END
$$;
