-- A quantity in base units, exactly: {"quantity": n} where it is whole, else {"code", "facts"} of a refusal. The stock
-- kernel converts with it, so that a replay, a batch and a line in a shared transaction all follow one rule.
-- Quantities are signed. `nearestQuantities` has the whole neighbours in the same unit; nothing is ever rounded.
CREATE OR REPLACE FUNCTION product_base_quantity(p_tenant bigint, p_product text, p_unit text, p_quantity bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c_max     CONSTANT numeric := 1000000000;
    v_factor  record;
    v_exact   numeric;
    v_step    numeric;
    v_below   numeric;
BEGIN
    SELECT p.unit_of_measure AS base, k.numerator::numeric AS numerator, k.denominator::numeric AS denominator INTO v_factor
    FROM products_product p
    LEFT JOIN products_packaging k
        ON k.tenant_id = p.tenant_id AND k.product_id = p.id AND k.unit_of_measure = p_unit
    WHERE p.tenant_id = p_tenant AND p.id = p_product;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('code', 'not_found', 'facts', '{}'::jsonb);
    ELSIF p_unit = v_factor.base THEN
        v_factor.numerator := 1;
        v_factor.denominator := 1;
    ELSIF v_factor.numerator IS NULL THEN
        RETURN jsonb_build_object('code', 'unknown_unit', 'facts', jsonb_build_object(
            'unitOfMeasure', p_unit,
            'unitsOfMeasure', to_jsonb(v_factor.base::text || ARRAY(
                SELECT k.unit_of_measure::text FROM products_packaging k
                WHERE k.tenant_id = p_tenant AND k.product_id = p_product ORDER BY k.unit_of_measure))));
    END IF;

    v_exact := p_quantity * v_factor.numerator;
    -- Every multiple of this many is whole, and no other quantity is.
    v_step := v_factor.denominator / gcd(v_factor.numerator, v_factor.denominator);
    IF mod(p_quantity, v_step) <> 0 THEN
        v_below := p_quantity - mod(mod(p_quantity, v_step) + v_step, v_step);
        RETURN jsonb_build_object('code', 'inexact_conversion', 'facts', jsonb_build_object(
            'unitOfMeasure', p_unit,
            'requested', p_quantity,
            'nearestQuantities', COALESCE((
                SELECT jsonb_agg(near::bigint ORDER BY near) FROM unnest(ARRAY[v_below, v_below + v_step]) near
                WHERE near <> 0 AND abs(near) <= c_max
                  AND abs(near) * v_factor.numerator <= c_max * v_factor.denominator), '[]'::jsonb)));
    ELSIF abs(v_exact) > c_max * v_factor.denominator THEN
        RETURN jsonb_build_object('code', 'invalid_quantity', 'facts', jsonb_build_object(
            'unitOfMeasure', p_unit, 'requested', p_quantity, 'maximum', c_max::bigint));
    END IF;
    RETURN jsonb_build_object('quantity', div(v_exact, v_factor.denominator)::bigint);
END
$$;
