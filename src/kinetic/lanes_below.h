/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No guard: a part of lanes_kernel.h. */

/* rodas_below.c in lanes. */

static void LANES(hold_at_zero)(bk_kin_lanes *l, const bk_lanes *allowance,
                                const bk_lanes *slope, bk_lane_mask *crossing)
{
    const bk_lanes zero = {0};
    *crossing = (bk_lane_mask){0};
    for (int32_t v = 0; v < l->system->n; v++) {
        bk_lane_mask held = l->trial[v] < zero;
        if (slope == NULL) {
            bk_lanes most = zero;
            LANES(weight)(l, v, &most);
            held &= l->y[v] >= -(*allowance * most);
        } else {
            held &= l->spare[v] == zero;
            *crossing |= held & (slope[v] < zero);
            held &= ~(slope[v] < zero);
        }
        l->spare[v] = BK_LANES_CHOOSE(held, zero, l->trial[v]);
    }
}

static void LANES(strays)(const bk_kin_lanes *l, const bk_lanes *allowance,
                          const bk_lanes *slope, bk_lane_mask *some)
{
    const bk_lanes zero = {0};
    *some = (bk_lane_mask){0};
    for (int32_t v = 0; v < l->system->n; v++) {
        bk_lanes most = zero;
        LANES(weight)(l, v, &most);
        most *= *allowance;
        bk_lanes least = bk_rodas_tolerance.noise * most;
        if (slope != NULL) {
            least = BK_LANES_CHOOSE(slope[v] < zero, least, most);
        }
        *some |= (l->spare[v] > l->trial[v]) & (l->trial[v] < l->y[v]) &
                 (-l->trial[v] > least);
    }
}
