/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/route.h"

#include "base/alloc.h"

bool bk_route_add(bk_route *route, uint32_t code)
{
    if (!bk_grow(&route->codes, &route->capacity, route->count + 1,
                 sizeof *route->codes)) {
        return false;
    }
    route->codes[route->count++] = code;
    return true;
}

void bk_route_free(bk_route *route)
{
    bk_free(route->codes);
    *route = (bk_route){0};
}

typedef struct widening {
    bk_logic_work *work;
    bk_reduced *net;
    uint8_t *low, *high; /* [n] what is asked for */
    uint8_t *from, *to;  /* [n] regulators of the rule at hand */
} widening;

/* Whether the rule of x leads on from this level while regulators are in from .. to. */
static bool leads_on(widening *w, int32_t x, int level, bool up)
{
    int least;
    int most;
    bk_reduced_range(w->net, x, w->from, w->to, &least, &most);
    return up ? least > level : most < level;
}

static bool anywhere(const widening *w, int32_t y)
{
    return w->low[y] == w->net->low[y] && w->high[y] == w->net->high[y];
}

/* Asks for what makes the rule of x lead on from its level, as little more than is asked
 * for already as there is: first regulators that are at liberty yet keep it. */
static void ask_regulators(widening *w, int32_t x, int level, bool up)
{
    const bk_dd *const dd = w->net->dd[x];
    for (int32_t v = 0; v < dd->regulators; v++) {
        const int32_t y = dd->regulator[v];
        w->from[y] = w->to[y] = w->work->cells[y].state;
    }
    for (int turn = 0; turn < 2; turn++) {
        for (int32_t v = 0; v < dd->regulators; v++) {
            const int32_t y = dd->regulator[v];
            if (y == x || anywhere(w, y) != (turn == 0)) {
                continue;
            }
            w->from[y] = w->low[y];
            w->to[y] = w->high[y];
            if (!leads_on(w, x, level, up)) {
                w->from[y] = w->to[y] = w->work->cells[y].state;
            }
        }
    }
    for (int32_t v = 0; v < dd->regulators; v++) {
        const int32_t y = dd->regulator[v];
        if (y != x) {
            w->low[y] = w->from[y];
            w->high[y] = w->to[y];
        }
    }
}

void bk_route_widen(const bk_route *route, bk_logic_work *work, bk_reduced *net,
                    uint8_t *low, uint8_t *high, uint8_t *scratch)
{
    widening w = {.work = work,
                  .net = net,
                  .low = low,
                  .high = high,
                  .from = scratch,
                  .to = scratch + net->n};
    for (size_t i = route->count; i-- > 0;) {
        const uint32_t code = route->codes[i];
        const int32_t x = (int32_t)(code / 2);
        bk_logic_apply(work, bk_logic_reverse(work, code));
        const uint8_t level = work->cells[x].state;
        if (level >= low[x] && level <= high[x]) {
            continue;
        }
        const bool up = (code & 1u) != 0;
        if (up) {
            low[x] = level;
        } else {
            high[x] = level;
        }
        ask_regulators(&w, x, level, up);
    }
}
