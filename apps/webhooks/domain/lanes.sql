-- What a lane may do now; pure functions, shared by claims and completions.

-- The deliveries that a lane may still put in flight: one while its breaker asks for a probe or its order is strict,
-- one request's fill for batches, its cap otherwise. `p_tokens` null: the rate is unbounded.
CREATE OR REPLACE FUNCTION lane_places(
    p_cap double precision, p_trips smallint, p_strategy text, p_tokens double precision, p_in_flight bigint
) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT greatest(least(
        CASE WHEN p_trips > 0 OR p_strategy = 'ordered' THEN 1
             WHEN p_strategy = 'batch' THEN 100
             ELSE floor(p_cap)::bigint END - p_in_flight,
        floor(p_tokens)::bigint), 0)
$$;

-- The requests that a bounded rate allows now: a bucket that holds a second's worth. Null where the rate is unbounded.
CREATE OR REPLACE FUNCTION lane_tokens(p_tokens double precision, p_tokens_at timestamptz, p_rate smallint)
RETURNS double precision
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_rate IS NULL THEN NULL
           WHEN p_tokens_at IS NULL THEN p_rate::double precision
           ELSE least(p_rate, p_tokens + extract(epoch FROM now() - p_tokens_at) * p_rate)::double precision END
$$;

-- How long a breaker that opens for the nth time in a row stays open: 30 s, doubling, at most a quarter of an hour,
-- give or take a fifth.
CREATE OR REPLACE FUNCTION breaker_seconds(p_trips integer, p_scale double precision) RETURNS double precision
LANGUAGE sql VOLATILE AS $$
    SELECT least(30 * 2 ^ least(p_trips, 10), 900) * (0.8 + 0.4 * random()) * p_scale
$$;
