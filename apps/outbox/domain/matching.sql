-- Whether somebody who asked for some types, with some filters, is to get an event: the one rule for webhooks, the
-- event list and the live stream. The party's conditions are a first sieve: what the party may see of the event is
-- decided when it is rendered for it. One expression without a subquery, so that the planner puts it into its caller.
CREATE OR REPLACE FUNCTION event_is_wanted(
    p_type text, p_facts jsonb, p_types text[], p_party_type text, p_party_id text, p_filters jsonb
) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT (p_type = ANY (p_types) OR '*' = ANY (p_types))
       AND CASE p_party_type
           WHEN 'tenant' THEN true
           -- A partner's own stock is no business of the supplier that delivered it.
           WHEN 'supplier' THEN coalesce(p_facts ->> 'supplierId', p_party_id) = p_party_id
                AND (p_type NOT LIKE 'inventory.%' OR p_facts ->> 'retailPartnerId' IS NULL)
           ELSE coalesce(p_facts ->> 'retailPartnerId', p_party_id) = p_party_id END
       -- An event that does not name what a filter asks for is not wanted: null is not true.
       -- What is of several things is wanted by whoever wants one of them.
       AND CASE WHEN p_filters ? 'supplierId'
           THEN p_filters -> 'supplierId' ? (p_facts ->> 'supplierId')
                OR jsonb_path_exists(p_facts, '$.reservation.items[*].supplierId ? (@ == $supplierId[*])', p_filters)
           ELSE true END
       AND CASE WHEN p_filters ? 'productId'
           THEN p_filters -> 'productId' ? (p_facts ->> 'productId')
                OR jsonb_path_exists(p_facts, '$.products[*] ? (@ == $productId[*])', p_filters)
                OR jsonb_path_exists(p_facts, '$.reservation.items[*].productId ? (@ == $productId[*])', p_filters)
           ELSE true END
       AND CASE WHEN p_filters ? 'warehouseLocation'
           THEN jsonb_path_exists(p_facts, '$.warehouses[*] ? (@ == $warehouseLocation[*])', p_filters)
           ELSE true END
$$;
