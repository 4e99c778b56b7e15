-- The one rule for idempotency keys, called by the unit of work and by the stock kernel, always before the effect
-- and in its transaction. Insert first: a twin waits on the index until the first commits, then reads its facts.
CREATE OR REPLACE FUNCTION claim_idempotency_key(
    p_tenant bigint, p_application bigint, p_key text, p_fingerprint bytea,
    OUT claimed boolean, OUT same_request boolean, OUT facts jsonb
) LANGUAGE plpgsql AS $$
BEGIN
    LOOP
        INSERT INTO outbox_idempotencyrecord (tenant_id, application_id, key, fingerprint, created_at)
        VALUES (p_tenant, p_application, p_key, p_fingerprint, now())
        ON CONFLICT DO NOTHING;
        claimed := FOUND;
        EXIT WHEN claimed;

        SELECT r.fingerprint = p_fingerprint, r.facts
        INTO same_request, facts
        FROM outbox_idempotencyrecord r
        WHERE r.tenant_id = p_tenant AND r.application_id = p_application AND r.key = p_key;
        -- Not found: the record was forgotten between the two statements, so the key is free again.
        EXIT WHEN FOUND;
    END LOOP;
END
$$;
