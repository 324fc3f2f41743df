/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No guard: a part of lanes_kernel.h. */

/* rodas_below.c in lanes. */

static void LANES(hold_part)(bk_kin_lanes *l, const bk_lanes *allowance,
                             const bk_lanes *slope, bk_lane_mask *crossing, int part)
{
    const LANES(wide) zero = {0};
    LANES(wide_mask) some = {0};
    for (int32_t v = 0; v < l->system->n; v++) {
        const LANES(wide) trial = BK_PART(l->trial[v]);
        LANES(wide_mask) held = trial < zero;
        if (slope == NULL) {
            const LANES(wide) most = LANES(weight)(l, v, zero, part);
            held &= BK_PART(l->y[v]) >= -(BK_PART(*allowance) * most);
        } else {
            const LANES(wide_mask) sinks = BK_PART(slope[v]) < zero;
            held &= BK_PART(l->spare[v]) == zero;
            some |= held & sinks;
            held &= ~sinks;
        }
        BK_PART(l->spare[v]) = BK_LANES_CHOOSE(held, zero, trial);
    }
    BK_MASK_PART(*crossing) = some;
}

static void LANES(hold_at_zero)(bk_kin_lanes *l, const bk_lanes *allowance,
                                const bk_lanes *slope, bk_lane_mask *crossing)
{
    for (int part = 0; part < BK_LANE_PARTS; part++) {
        LANES(hold_part)(l, allowance, slope, crossing, part);
    }
}

static void LANES(strays_part)(const bk_kin_lanes *l, const bk_lanes *allowance,
                               const bk_lanes *slope, bk_lane_mask *some, int part)
{
    const LANES(wide) zero = {0};
    LANES(wide_mask) any = {0};
    for (int32_t v = 0; v < l->system->n; v++) {
        const LANES(wide) trial = BK_PART(l->trial[v]);
        const LANES(wide) most = LANES(weight)(l, v, zero, part) * BK_PART(*allowance);
        LANES(wide) least = bk_rodas_tolerance.noise * most;
        if (slope != NULL) {
            least = BK_LANES_CHOOSE(BK_PART(slope[v]) < zero, least, most);
        }
        any |= (BK_PART(l->spare[v]) > trial) & (trial < BK_PART(l->y[v])) &
               (-trial > least);
    }
    BK_MASK_PART(*some) = any;
}

static void LANES(strays)(const bk_kin_lanes *l, const bk_lanes *allowance,
                          const bk_lanes *slope, bk_lane_mask *some)
{
    for (int part = 0; part < BK_LANE_PARTS; part++) {
        LANES(strays_part)(l, allowance, slope, some, part);
    }
}
