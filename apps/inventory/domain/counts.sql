-- Counts: absolute values as of a moment. Parts of the stock kernel (kernel.sql).

-- A count happens when somebody counts, whenever it is told: `countedAt`, else `occurredAt`. A clock that runs ahead is
-- held to ours, or its count would stand before every honest one for minutes.
CREATE OR REPLACE FUNCTION stock_dated_count(p_line jsonb, p_now timestamptz) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_line->>'countedAt' IS NULL AND p_line->>'occurredAt' IS NULL THEN p_line
        ELSE p_line || jsonb_build_object('occurredAt', LEAST(
            COALESCE((p_line->>'countedAt')::timestamptz, (p_line->>'occurredAt')::timestamptz), p_now)) END
$$;

-- What moved on a level after a moment: it was not there (or still there) to be counted, so it stays booked. Differences
-- that counts found moved nothing; `set_at` tells whether a later one has spoken.
CREATE OR REPLACE FUNCTION stock_moved_since(p_item inventory_stockitem, p_level bigint, p_moment timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT COALESCE(sum(t.on_hand_change), 0)::bigint FROM transactions_stocktransaction t
    WHERE t.tenant_id = p_item.tenant_id AND t.supplier_id = p_item.supplier_id AND t.product_id = p_item.product_id
      AND t.id >= stock_first_id(p_moment) AND t.level_id = p_level AND t.occurred_at > p_moment AND t.type <> 'count'
$$;

-- The smallest id that a booking may have which happened after a moment. Ids follow the time of booking, and nothing is
-- booked more than the API's five minutes before it happens: an hour is safe, and spares the reading of years.
CREATE OR REPLACE FUNCTION stock_first_id(p_moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(GREATEST(0, floor(extract(epoch FROM p_moment) * 1000)::bigint - 3600000)), 12, '0')
            || '70008000000000000000')::uuid
$$;

-- Notes on a level the last absolute value that was believed: as of when, and whose (NULL: a person's).
CREATE OR REPLACE FUNCTION stock_settle(p_item inventory_stockitem, p_level bigint, p_line jsonb, p_now timestamptz)
RETURNS void LANGUAGE sql AS $$
    UPDATE inventory_stocklevel l
    SET set_at = COALESCE((p_line->>'occurredAt')::timestamptz, p_now), set_by = p_line->>'source'
    WHERE l.tenant_id = p_item.tenant_id AND l.id = p_level
$$;
