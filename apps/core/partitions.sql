-- Tables in daily partitions (apps.core.partitions). Days are UTC's, the clock is the database's. These run as their
-- caller, who has to own the table: the doors for others take a number of days and nothing else, each beside its table.

-- A table's partitions and their bounds; the default one has none.
CREATE OR REPLACE FUNCTION day_partitions(p_table regclass)
RETURNS TABLE (name regclass, starts timestamptz, ends timestamptz)
LANGUAGE sql STABLE SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
    SELECT c.oid::regclass,
           CASE WHEN b.bounds LIKE 'FOR VALUES FROM (MINVALUE)%' THEN '-infinity'
                ELSE substring(b.bounds FROM $re$FROM \('([^']+)'\)$re$)::timestamptz END,
           substring(b.bounds FROM $re$TO \('([^']+)'\)$re$)::timestamptz
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (SELECT pg_get_expr(c.relpartbound, c.oid) AS bounds) b
    WHERE i.inhparent = p_table
$$;

CREATE OR REPLACE FUNCTION utc_midnight(p_day date) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT p_day::timestamp AT TIME ZONE 'UTC' $$;

-- An empty table of the same shape. Only its parent is for others: by its own name it grants nothing to anybody, and
-- row level security without a policy would show nothing to whom an operator grants it by mistake.
CREATE OR REPLACE FUNCTION make_bare_partition(p_table regclass, p_name name) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)',
                   p_name, p_table);
    EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, stockwire_app, stockwire_relay, stockwire_support, stockwire_backup',
                   p_name);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', p_name);
END
$$;

-- Makes the first day that is missing, of those from today to `p_ahead` days ahead and of those that the default
-- partition holds rows of, and moves these rows into it. Returns the day, or null when none is missing or another
-- session is at it.
CREATE OR REPLACE FUNCTION make_day_partition(p_table regclass, p_ahead integer) RETURNS date
LANGUAGE plpgsql AS $$
DECLARE
    v_today   date := (now() AT TIME ZONE 'UTC')::date;
    v_column  name;
    v_default regclass;
    v_day     date;
    v_name    text;
BEGIN
    IF p_ahead NOT BETWEEN 0 AND 60 THEN
        RAISE EXCEPTION 'between 0 and 60 days are made ahead, not %', p_ahead USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT pg_try_advisory_xact_lock(hashtextextended('day partitions', p_table::oid::bigint)) THEN
        RETURN NULL;
    END IF;
    SELECT a.attname INTO STRICT v_column
    FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
    WHERE p.partrelid = p_table;
    SELECT p.name INTO STRICT v_default FROM day_partitions(p_table) p WHERE p.ends IS NULL;

    EXECUTE format($sql$
        SELECT min(wanted.day) FROM (
            SELECT $1 + ahead FROM generate_series(0, $2) ahead
            UNION
            SELECT DISTINCT (%I AT TIME ZONE 'UTC')::date FROM %s
        ) wanted (day)
        WHERE NOT EXISTS (
            SELECT FROM day_partitions($3) p
            WHERE p.starts <= utc_midnight(wanted.day) AND p.ends > utc_midnight(wanted.day))
    $sql$, v_column, v_default) INTO v_day USING v_today, p_ahead, p_table;
    IF v_day IS NULL THEN
        RETURN NULL;
    END IF;

    v_name := (SELECT relname FROM pg_class WHERE oid = p_table) || to_char(v_day, '_YYYYMMDD');
    PERFORM make_bare_partition(p_table, v_name::name);
    -- Everybody's order: the table, then its partitions. Writers wait at the table's door for these milliseconds: one
    -- that was on its way into the default partition would be refused there once the day has its own.
    EXECUTE format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE', p_table);
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', v_default);
    EXECUTE format('WITH moved AS (DELETE FROM %s WHERE %I >= $1 AND %2$I < $2 RETURNING *)'
                   ' INSERT INTO %3$I SELECT * FROM moved', v_default, v_column, v_name)
    USING utc_midnight(v_day), utc_midnight(v_day + 1);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', v_name);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   p_table, v_name, utc_midnight(v_day), utc_midnight(v_day + 1));
    RETURN v_day;
END
$$;

-- Drops the oldest partition that ended `p_keep` days ago or earlier, and returns its name; null when there is none.
CREATE OR REPLACE FUNCTION drop_day_partition(p_table regclass, p_keep integer) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_name text;
BEGIN
    -- A delivery is tried for three days, and needs its event as long.
    IF p_keep < 4 THEN
        RAISE EXCEPTION 'at least 4 days are kept, not %', p_keep USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT pg_try_advisory_xact_lock(hashtextextended('day partitions', p_table::oid::bigint)) THEN
        RETURN NULL;
    END IF;
    SELECT p.name::text INTO v_name FROM day_partitions(p_table) p
    WHERE p.ends <= utc_midnight((now() AT TIME ZONE 'UTC')::date - p_keep)
    ORDER BY p.ends LIMIT 1;
    IF v_name IS NOT NULL THEN
        EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', p_table);
        EXECUTE format('DROP TABLE %s', v_name);
    END IF;
    RETURN v_name;
END
$$;

REVOKE ALL ON FUNCTION make_bare_partition, make_day_partition, drop_day_partition FROM PUBLIC;
