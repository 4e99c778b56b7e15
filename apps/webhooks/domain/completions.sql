-- Writes what became of claims. A result whose claim is no longer the delivery's (its lease ended and another took
-- it) changes nothing. `delay` is the seconds to the next attempt, from now.
--
--   succeeded, dropped   the delivery is deleted
--   released             ready again at once, the attempt is not counted
--   failed               ready again after the delay, or dead after the last attempt
--   gone                 dead, and the webhook is disabled
-- Where a newer event of the key waits already, the failed one is deleted and the newer inherits its place in the
-- schedule: two ready deliveries of one key cannot be.
CREATE OR REPLACE FUNCTION complete_deliveries(p_results jsonb, p_max_attempts integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM webhooks_lane l
    WHERE (l.tenant_id, l.webhook_id) IN (
        SELECT r.tenant_id, r.webhook_id FROM jsonb_to_recordset(p_results) AS r (tenant_id bigint, webhook_id text))
    ORDER BY l.tenant_id, l.webhook_id
    FOR UPDATE;

    WITH result AS (
        SELECT * FROM jsonb_to_recordset(p_results) AS r (
            tenant_id bigint, webhook_id text, delivery_id bigint, claim_id uuid, outcome text, sent boolean,
            status smallint, milliseconds integer, address text, error text, answer text, delay double precision)
    ), held AS (
        SELECT d.id, d.tenant_id, d.webhook_id, d.key, d.delivery_attempts, d.coalesced, d.position, d.event_id, d.type,
               d.subject, d.sequence, r.outcome, r.sent, r.status, r.milliseconds, r.address, r.error, r.answer, r.delay,
               newer.id AS newer_id
        FROM result r
        JOIN LATERAL (
            SELECT w.*, w.attempts - (r.outcome = 'released')::integer AS delivery_attempts FROM webhooks_delivery w
            WHERE w.tenant_id = r.tenant_id AND w.id = r.delivery_id AND w.state = 1 AND w.claim_id = r.claim_id
        ) d ON true
        LEFT JOIN webhooks_delivery newer ON r.outcome IN ('failed', 'released') AND newer.tenant_id = d.tenant_id
             AND newer.webhook_id = d.webhook_id AND newer.key = d.key AND newer.state = 0
    ), judged AS (
        SELECT held.*, CASE
            WHEN outcome IN ('succeeded', 'dropped') THEN outcome
            WHEN newer_id IS NOT NULL THEN 'superseded'
            WHEN outcome = 'gone' OR outcome = 'failed' AND delivery_attempts >= p_max_attempts THEN 'dead'
            ELSE outcome END AS verdict
        FROM held
    ), removed AS (
        DELETE FROM webhooks_delivery d USING judged j
        WHERE d.tenant_id = j.tenant_id AND d.id = j.id AND j.verdict IN ('succeeded', 'dropped', 'superseded')
    ), inherited AS (
        UPDATE webhooks_delivery d
        SET attempts = greatest(d.attempts, j.delivery_attempts), coalesced = d.coalesced + j.coalesced + 1,
            due_at = greatest(d.due_at, now() + make_interval(secs => j.delay)),
            sent_at = CASE WHEN j.sent THEN now() ELSE d.sent_at END
        FROM judged j
        WHERE d.tenant_id = j.tenant_id AND d.id = j.newer_id AND j.verdict = 'superseded'
    ), returned AS (
        UPDATE webhooks_delivery d
        SET state = CASE j.verdict WHEN 'dead' THEN 3 ELSE 0 END, attempts = j.delivery_attempts,
            due_at = now() + make_interval(secs => j.delay), claim_id = NULL, lease_until = NULL,
            sent_at = CASE WHEN j.sent THEN now() ELSE d.sent_at END
        FROM judged j
        WHERE d.tenant_id = j.tenant_id AND d.id = j.id AND j.verdict IN ('failed', 'released', 'dead')
    ), lane AS (
        UPDATE webhooks_lane l
        SET fails = CASE WHEN v.succeeded THEN 0 ELSE l.fails + v.failed END,
            failing_since = CASE WHEN v.succeeded THEN NULL ELSE coalesce(l.failing_since, now()) END
        FROM (
            SELECT tenant_id, webhook_id, bool_or(verdict = 'succeeded') AS succeeded,
                   count(*) FILTER (WHERE verdict IN ('failed', 'dead', 'superseded') AND sent)::integer AS failed
            FROM judged GROUP BY tenant_id, webhook_id
        ) v
        -- A healthy lane that stays healthy is not rewritten for it.
        WHERE l.tenant_id = v.tenant_id AND l.webhook_id = v.webhook_id
          AND (v.succeeded AND l.failing_since IS NOT NULL OR NOT v.succeeded AND v.failed > 0)
    )
    INSERT INTO webhooks_attempt
        (tenant_id, webhook_id, delivery_id, position, event_id, type, subject, sequence, number, coalesced,
         outcome, sent, status, milliseconds, address, error, answer, at)
    SELECT tenant_id, webhook_id, id, position, event_id, type, subject, sequence, delivery_attempts, coalesced,
           verdict, sent, status, milliseconds, address, error, answer, clock_timestamp()
    FROM judged WHERE verdict <> 'released';

    UPDATE webhooks_webhook w
    SET status = 'disabled', disabled_reason = 'The receiver answered 410 Gone.', version = w.version + 1,
        updated_at = now()
    FROM jsonb_to_recordset(p_results) AS r (tenant_id bigint, webhook_id text, outcome text)
    WHERE r.outcome = 'gone' AND w.tenant_id = r.tenant_id AND w.id = r.webhook_id AND w.status = 'active';

    UPDATE webhooks_lane l SET next_due = (
        SELECT min(d.due_at) FROM webhooks_delivery d
        WHERE d.tenant_id = l.tenant_id AND d.webhook_id = l.webhook_id AND d.state = 0)
    FROM (
        SELECT DISTINCT r.tenant_id, r.webhook_id
        FROM jsonb_to_recordset(p_results) AS r (tenant_id bigint, webhook_id text)
    ) touched
    WHERE l.tenant_id = touched.tenant_id AND l.webhook_id = touched.webhook_id;
END
$$;
