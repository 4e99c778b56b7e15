-- Where the logs of some tenants stand, in one round trip. Each is read as its tenant, so that row level security
-- holds for a process that follows many.
CREATE OR REPLACE FUNCTION feed_heads(p_tenants bigint[]) RETURNS TABLE (tenant_id bigint, head bigint)
LANGUAGE plpgsql AS $$
BEGIN
    FOREACH tenant_id IN ARRAY p_tenants LOOP
        PERFORM set_config('app.tenant_id', tenant_id::text, true);
        SELECT h.position INTO head FROM outbox_feedhead h WHERE h.tenant_id = feed_heads.tenant_id;
        head := coalesce(head, 0);
        RETURN NEXT;
    END LOOP;
END
$$;
