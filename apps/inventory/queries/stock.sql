-- One item by its key, as facts: the tenant's context and the read in one statement, hence one round trip. Who may see
-- it is decided by its only caller, `queries/stock.py`. NULL where there is none.
CREATE OR REPLACE FUNCTION stock_item_by_key(p_tenant bigint, p_supplier text, p_product text, p_partner text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_facts jsonb;
BEGIN
    PERFORM set_config('app.tenant_id', p_tenant::text, true);
    -- Two statements, because an index finds NULL by IS NULL only.
    IF p_partner IS NULL THEN
        SELECT stock_item_facts(i, s.lead_time_days, clock_timestamp()) INTO v_facts
        FROM inventory_stockitem i
        JOIN suppliers_supplier s ON s.tenant_id = i.tenant_id AND s.id = i.supplier_id
        WHERE i.tenant_id = p_tenant AND i.supplier_id = p_supplier AND i.product_id = p_product
          AND i.retail_partner_id IS NULL;
    ELSE
        SELECT stock_item_facts(i, s.lead_time_days, clock_timestamp()) INTO v_facts
        FROM inventory_stockitem i
        JOIN suppliers_supplier s ON s.tenant_id = i.tenant_id AND s.id = i.supplier_id
        WHERE i.tenant_id = p_tenant AND i.supplier_id = p_supplier AND i.product_id = p_product
          AND i.retail_partner_id = p_partner;
    END IF;
    RETURN v_facts;
END
$$;
