"""The movement as one statement: guard, level, ledger, outbox and idempotency key, and nothing else.

It knows no tenants' isolation, no parties, no batches, no replays: the least that PostgreSQL must do, hence the most
movements that anybody can get out of it one by one. Our own kernel does more; it is measured in pgbench beside it.
"""

SKUS = 10_000
OPENING = 1_000_000_000

SCHEMA = """
CREATE TABLE stock_level (
    tenant_id integer NOT NULL, id integer NOT NULL, on_hand bigint NOT NULL, reserved bigint NOT NULL,
    version bigint NOT NULL, updated_at timestamptz NOT NULL, PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 70);
CREATE TABLE ledger (
    tenant_id integer NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, stock_id integer NOT NULL, type text NOT NULL,
    change bigint NOT NULL, on_hand_after bigint NOT NULL, version bigint NOT NULL, reference text,
    recorded_at timestamptz NOT NULL, PRIMARY KEY (tenant_id, id)
);
CREATE INDEX ledger_by_stock ON ledger (tenant_id, stock_id, id);
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id integer NOT NULL, type text NOT NULL,
    subject text NOT NULL, sequence bigint NOT NULL, facts jsonb NOT NULL, occurred_at timestamptz NOT NULL
);
CREATE TABLE idempotency_key (
    tenant_id integer NOT NULL, key text NOT NULL, facts jsonb NOT NULL, created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
"""
FILL = f"""
INSERT INTO stock_level SELECT 1, n, {OPENING}, 0, 1, now() FROM generate_series(1, {SKUS}) n;
ANALYZE stock_level;
"""

_MOVEMENT = """
WITH moved AS (
    UPDATE stock_level SET on_hand = on_hand - {quantity}, version = version + 1, updated_at = now()
    WHERE tenant_id = 1 AND id = {item} AND on_hand - {quantity} >= reserved
    RETURNING id, on_hand, reserved, version, updated_at
), booked AS (
    INSERT INTO ledger (tenant_id, stock_id, type, change, on_hand_after, version, reference, recorded_at)
    SELECT 1, id, 'sale', -{quantity}, on_hand, version, {reference}, updated_at FROM moved
    RETURNING id
), told AS (
    INSERT INTO outbox (tenant_id, type, subject, sequence, facts, occurred_at)
    SELECT 1, 'inventory.updated', id::text, version,
           jsonb_build_object('item', id, 'onHand', on_hand, 'reserved', reserved, 'version', version), updated_at
    FROM moved
), kept AS (
    INSERT INTO idempotency_key (tenant_id, key, facts, created_at)
    SELECT 1, {key}, jsonb_build_object('item', id, 'onHand', on_hand, 'version', version), updated_at FROM moved
)
SELECT moved.id, moved.on_hand, moved.reserved, moved.version, booked.id AS booked FROM moved, booked
"""
# Parameters: item, quantity, reference, key.
MOVEMENT = _MOVEMENT.format(item="$1::integer", quantity="$2::bigint", reference="$3::text", key="$4::text")
STORED = "SELECT facts FROM idempotency_key WHERE tenant_id = 1 AND key = $1"
ITEM = "SELECT id, on_hand, reserved, version, updated_at FROM stock_level WHERE tenant_id = 1 AND id = $1"

# The same for pgbench, which knows no parameters of type text; an item is drawn anew for each.
_FOR_PGBENCH = _MOVEMENT.format(item=":item", quantity="1", reference="'ORD09876'", key="gen_random_uuid()::text")
SPREAD_SCRIPT = f"\\set item random(1, {SKUS})\n{_FOR_PGBENCH.strip()};\n"
HOT_SCRIPT = f"\\set item 1\n{_FOR_PGBENCH.strip()};\n"
ITEM_SCRIPT = f"\\set item random(1, {SKUS})\n{ITEM.replace('$1', ':item')};\n"
