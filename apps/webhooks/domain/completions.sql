-- Writes what became of claims. A result whose claim is no longer the delivery's (its lease ended and another took
-- it) changes nothing. `delay` is the seconds to the next attempt, from now.
--
--   succeeded, dropped   the delivery is deleted
--   released             ready again at once, the attempt is not counted
--   failed               ready again after the delay, or dead after the last attempt
--   gone                 dead, and the webhook is disabled
-- Where a newer event of the key waits already, the failed one is deleted and the newer inherits its place in the
-- schedule: two ready deliveries of one key cannot be.
--
-- The lane learns from it. Its cap grows with quick answers and halves where the receiver says or shows that it is
-- overloaded (`congested`). Its breaker opens after five failures in a row, or where half of twenty and more failed
-- within a minute: nothing is sent until it has cooled, then one probe decides. What waits meanwhile burns no attempt.
-- `p_scale` scales the breaker's times (tests run all times at a fraction). Of a batch only one result is `counted`.
CREATE OR REPLACE FUNCTION complete_deliveries(p_results jsonb, p_max_attempts integer, p_scale double precision)
RETURNS void
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
            status smallint, milliseconds integer, address text, error text, answer text, delay double precision,
            congested boolean, counted boolean)
    ), held AS (
        SELECT d.id, d.tenant_id, d.webhook_id, d.key, d.delivery_attempts, d.coalesced, d.position, d.event_id, d.type,
               d.subject, d.sequence, r.outcome, r.sent, r.status, r.milliseconds, r.address, r.error, r.answer, r.delay,
               r.congested, r.counted, newer.id AS newer_id
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
    ), seen AS (
        SELECT tenant_id, webhook_id, bool_or(verdict = 'succeeded') AS succeeded, bool_or(congested) AS congested,
               count(*) FILTER (WHERE sent AND counted) AS tried,
               count(*) FILTER (WHERE sent AND counted AND verdict <> 'succeeded') AS failed,
               count(*) FILTER (WHERE counted AND verdict = 'succeeded' AND milliseconds < 1000) AS quick,
               avg(milliseconds) FILTER (WHERE sent) AS pace
        FROM judged GROUP BY tenant_id, webhook_id
    ), lesson AS (
        SELECT s.*, s.failed > 0 AND (l.open_until IS NULL OR l.open_until <= now()) AND (
                   NOT s.succeeded AND (l.trips > 0 OR l.fails + s.failed >= 5)
                   OR recent.tried + s.tried >= 20 AND (recent.failed + s.failed) * 2 >= recent.tried + s.tried
               ) AS opens
        FROM seen s
        JOIN webhooks_lane l ON l.tenant_id = s.tenant_id AND l.webhook_id = s.webhook_id
        LEFT JOIN LATERAL (
            SELECT count(*) AS tried, count(*) FILTER (WHERE a.outcome <> 'succeeded') AS failed
            FROM (
                SELECT o.outcome FROM webhooks_attempt o
                WHERE s.failed > 0 AND o.tenant_id = s.tenant_id AND o.webhook_id = s.webhook_id AND o.sent
                  AND o.at > greatest(now() - make_interval(secs => 60 * p_scale), l.closed_at)
                ORDER BY o.at DESC LIMIT 200
            ) a
        ) recent ON (
            SELECT w.strategy <> 'batch' FROM webhooks_webhook w WHERE w.tenant_id = s.tenant_id AND w.id = s.webhook_id)
        -- A lane that is healthy and full-grown, and stays so, is not rewritten for it.
        WHERE s.failed > 0 OR s.succeeded AND (
            l.failing_since IS NOT NULL OR l.trips > 0 OR l.cap < 32 OR l.pace IS NULL
            OR (l.pace < 1000) <> (s.pace < 1000))
    ), lane AS (
        UPDATE webhooks_lane l
        SET fails = CASE WHEN v.succeeded THEN 0 ELSE l.fails + v.failed END,
            failing_since = CASE WHEN v.succeeded THEN NULL ELSE coalesce(l.failing_since, now()) END,
            notices = CASE WHEN v.succeeded THEN 0 ELSE l.notices END,
            pace = coalesce(l.pace * 0.7 + v.pace * 0.3, v.pace),
            cap = CASE WHEN v.opens THEN 1
                  WHEN v.congested THEN greatest(l.cap / 2, 1)
                  WHEN v.succeeded THEN least(CASE WHEN l.cap < 8 THEN l.cap * 2 ELSE l.cap + v.quick / 8.0 END, 32)
                  ELSE l.cap END,
            trips = CASE WHEN v.opens THEN l.trips + 1 WHEN v.succeeded THEN 0 ELSE l.trips END,
            open_until = CASE WHEN v.opens THEN now() + make_interval(secs => breaker_seconds(l.trips, p_scale))
                         WHEN v.succeeded THEN NULL ELSE l.open_until END,
            closed_at = CASE WHEN v.succeeded AND l.trips > 0 AND NOT v.opens THEN now() ELSE l.closed_at END
        FROM lesson v WHERE l.tenant_id = v.tenant_id AND l.webhook_id = v.webhook_id
    )
    INSERT INTO webhooks_attempt
        (tenant_id, webhook_id, delivery_id, position, event_id, type, subject, sequence, number, coalesced,
         outcome, sent, status, milliseconds, address, error, answer, at)
    SELECT tenant_id, webhook_id, id, position, event_id, type, subject, sequence, delivery_attempts, coalesced,
           verdict, sent, status, milliseconds, address, error, answer, clock_timestamp()
    FROM judged WHERE verdict <> 'released';

    PERFORM tell_of_webhook(l.tenant_id, l.webhook_id, l.failing_since, 'The receiver answered 410 Gone.')
    FROM webhooks_lane l
    WHERE (l.tenant_id, l.webhook_id) IN (
        SELECT r.tenant_id, r.webhook_id
        FROM jsonb_to_recordset(p_results) AS r (tenant_id bigint, webhook_id text, outcome text)
        WHERE r.outcome = 'gone');

    UPDATE webhooks_lane l SET next_due = (
        SELECT greatest(d.due_at, l.open_until) FROM webhooks_delivery d
        WHERE d.tenant_id = l.tenant_id AND d.webhook_id = l.webhook_id AND d.state = 0
        ORDER BY d.due_at LIMIT 1)
    FROM (
        SELECT DISTINCT r.tenant_id, r.webhook_id
        FROM jsonb_to_recordset(p_results) AS r (tenant_id bigint, webhook_id text)
    ) touched
    WHERE l.tenant_id = touched.tenant_id AND l.webhook_id = touched.webhook_id;
END
$$;
