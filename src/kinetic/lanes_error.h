/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No guard: a part of lanes_kernel.h. */

/* What errors may be and what they are: measure of rodas.c in lanes. */

/* What an error of variable v of this size may be. */
static inline LANES(wide)
    LANES(weight)(const bk_kin_lanes *l, int32_t v, LANES(wide) size, int part)
{
    if (l->way.atol > 0.0) {
        return BK_PART(*l->atol) + BK_PART(*l->rtol) * size;
    }
    const bk_rodas_rule *const rule = &bk_rodas_tolerance;
    const LANES(wide) zero = {0};
    const LANES(wide) own = BK_PART(l->scale[v]);
    const LANES(wide) shared = BK_PART(l->shared[v]);
    const LANES(wide) scale = BK_LANES_CHOOSE(own > shared, own, shared);
    const LANES(wide) wanted =
        BK_PART(*l->rtol) * (size + rule->relative_floor * scale);
    LANES(wide) least = DBL_EPSILON * scale;
    least = BK_LANES_CHOOSE(least > rule->least_tolerance, least,
                            zero + rule->least_tolerance);
    return BK_LANES_CHOOSE(wanted > least, wanted, least);
}

/* See reach in rodas.c. */
static inline LANES(wide)
    LANES(reach)(const bk_kin_lanes *l, int32_t v, LANES(wide) size, LANES(wide) y,
                 LANES(wide) y1, LANES(wide) h, int part)
{
    const bk_rodas_rule *const rule = &bk_rodas_tolerance;
    const LANES(wide) zero = {0};
    const LANES(wide) one = zero + 1.0;
    const LANES(wide) own = BK_PART(l->scale[v]);
    const LANES(wide) new = size - own;
    const LANES(wide) left = own - new;
    const LANES(wide) rise = BK_LANES_CHOOSE(new < left, new, left);
    const LANES(wide) way = h * BK_PART(l->f[v]);
    const LANES(wide) bend = 2.0 * (y1 - y - way);
    const LANES(wide) slope = way + bend / 3.0;
    const LANES(wide) there = y + way / 3.0 + bend / 18.0;
    const LANES(wide) fading = 1.0 - bend * there / (slope * slope);
    const LANES(wide) share = fading / rule->fading - 1.0;
    const LANES(wide_mask) rises =
        (rise > zero) & (share > zero) & (BK_PART(l->values[l->diagonal[v]]) <= zero);
    const LANES(wide) more =
        rule->rise * rise * BK_LANES_CHOOSE(share < one, share, one);
    return size + BK_LANES_CHOOSE(rises, more, zero);
}

static void LANES(measure_part)(bk_kin_lanes *l, const bk_lanes *h, bk_lanes *error,
                                bk_lane_mask *sinking, int part)
{
    const bk_rodas_method *const m = &bk_rodas_default;
    const int32_t n = l->system->n;
    const bk_lanes *const last = l->stages + (size_t)(m->stages - 1) * (size_t)n;
    const LANES(wide) zero = {0};
    LANES(wide) most = zero;
    LANES(wide_mask) some = {0};
    for (int32_t v = 0; v < n; v++) {
        const LANES(wide) change = BK_PART(last[v]);
        const LANES(wide) y = BK_PART(l->at[v]);
        const LANES(wide) y1 = BK_PART(l->stage_y[v]) + change;
        some |= (y1 < zero) & (y1 < y);
        const LANES(wide) a = BK_LANES_SIZE(y);
        const LANES(wide) b = BK_LANES_SIZE(y1);
        const LANES(wide) size =
            LANES(reach)(l, v, BK_LANES_CHOOSE(a > b, a, b), y, y1, BK_PART(*h), part);
        const LANES(wide) ratio =
            BK_LANES_SIZE(change) / LANES(weight)(l, v, size, part);
        /* NaN stays */
        most = BK_LANES_CHOOSE(~(ratio <= most) & (most == most), ratio, most);
        BK_PART(l->trial[v]) = y1;
    }
    BK_PART(*error) = most;
    BK_MASK_PART(*sinking) = some;
}

static void LANES(measure)(bk_kin_lanes *l, bk_lanes *error, bk_lane_mask *sinking)
{
    bk_lanes h = {0};
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        h[i] = l->lane[i].tried;
    }
    for (int part = 0; part < BK_LANE_PARTS; part++) {
        LANES(measure_part)(l, &h, error, sinking, part);
    }
}

static void LANES(clip)(bk_kin_lanes *l, const bk_lanes *y, const bk_lane_mask *where)
{
    const LANES(wide) zero = {0};
    for (int part = 0; part < BK_LANE_PARTS; part++) {
        for (int32_t v = 0; v < l->system->n; v++) {
            const LANES(wide) now = BK_PART(y[v]);
            const LANES(wide) least = LANES(weight)(l, v, zero, part);
            const LANES(wide_mask) small =
                (now < zero) & (-now <= 10.0 * least) & BK_MASK_PART(*where);
            BK_PART(l->spare[v]) = BK_LANES_CHOOSE(small, zero, now);
        }
    }
}
