/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "logic/control_impl.h"

#include <string.h>

/* From one set that fails to all that fail for the same reason.
 *
 * A failing set leaves a box that no move leaves and that holds an attractor in which a
 * goal fails.  That is shown in one of two ways:
 *
 * - No attractor in the box has the goal: it fails throughout the box, or follows so by
 *   percolation from the assumption that it held.  (Over a set of states that recur, the
 *   levels of a node lie between the least and the most that its rule gives there, so
 *   that the *hull* of such an attractor can be narrowed by the rules; if at last the rule
 *   of the goal's node gives no wanted level, there was none.)  Any intervention to a
 *   level of that hull leaves box and proof as they are.
 * - Some attractor of the nodes that the goal depends on in the box, the *cone*, is
 *   known to fail.  They move by themselves, so that what leaves them alone, and the box
 *   closed, may come along.
 *
 * The larger the box, the more come along.  So first each intervention of the set is left
 * out if it may be, then each level that the box holds is let go if it may be: if in what
 * follows, the smallest closed box around that, the goal still fails in the same way.  At
 * last the hull is narrowed no more than the proof needs. */

typedef struct growing {
    bk_failures *f;
    const bk_set *set;
    bool kept[BK_MOST_PARTS];
    const bk_goal *goal;
    bool throughout, by_cone;
} growing;

static const bk_lever *part_of(const growing *g, int i)
{
    return &g->f->parts[g->set->part[i]];
}

static bool is_held(const growing *g, int32_t x)
{
    for (int i = 0; i < g->set->n; i++) {
        if (g->kept[i] && part_of(g, i)->source < 0 && part_of(g, i)->x == x) {
            return true;
        }
    }
    return false;
}

/* What the rule of x gives in a box under the interventions that are kept. */
static void range(const growing *g, int32_t x, uint8_t *low, uint8_t *high, int *least,
                  int *most)
{
    uint8_t was_low[BK_MOST_PARTS];
    uint8_t was_high[BK_MOST_PARTS];
    for (int i = 0; i < g->set->n; i++) {
        const bk_lever *const part = part_of(g, i);
        if (g->kept[i] && part->source >= 0 && part->x == x) {
            was_low[i] = low[part->source];
            was_high[i] = high[part->source];
            low[part->source] = high[part->source] = (uint8_t)part->raw;
        }
    }
    bk_reduced_range(g->f->net, x, low, high, least, most);
    for (int i = 0; i < g->set->n; i++) {
        const bk_lever *const part = part_of(g, i);
        if (g->kept[i] && part->source >= 0 && part->x == x) {
            low[part->source] = was_low[i];
            high[part->source] = was_high[i];
        }
    }
}

static void queue(bk_failures *f, int32_t x)
{
    if (!f->queued[x]) {
        f->queued[x] = true;
        f->queue[f->n_queue++] = x;
    }
}

static void queue_users(bk_failures *f, int32_t x)
{
    for (int32_t i = f->first_user[x]; i < f->first_user[x + 1]; i++) {
        queue(f, f->users[i]);
    }
}

/* --- the hull ------------------------------------------------------------------------ */

/* Narrows the hull of y; false: to nothing. */
static bool narrow(const growing *g, int32_t y, uint8_t *low, uint8_t *high)
{
    bk_failures *const f = g->f;
    int least;
    int most;
    if (f->net->dd[y] == NULL || f->idle[y] || is_held(g, y)) {
        return true;
    }
    range(g, y, low, high, &least, &most);
    if (least > high[y] || most < low[y]) {
        f->clash = y;
        return false;
    }
    if (least > low[y] || most < high[y]) {
        low[y] = (uint8_t)(least > low[y] ? least : low[y]);
        high[y] = (uint8_t)(most < high[y] ? most : high[y]);
        queue_users(f, y);
    }
    return true;
}

static bool fails_throughout(const growing *g)
{
    const bk_failures *const f = g->f;
    return f->high[g->goal->x] < g->goal->low || f->low[g->goal->x] > g->goal->high;
}

/* Whether no attractor inside the box has the goal: the hull of one would narrow to
 * nothing, at the node f->clash.  Nodes in idle[] are not narrowed. */
static bool is_refuted(const growing *g)
{
    bk_failures *const f = g->f;
    const bk_goal *const goal = g->goal;
    const int32_t x = goal->x;
    uint8_t *const low = f->hull;
    uint8_t *const high = f->hull + f->net->n;
    memcpy(low, f->low, 2 * (size_t)f->net->n);
    f->clash = x;
    if (fails_throughout(g)) {
        return true;
    }
    low[x] = (uint8_t)(goal->low > low[x] ? goal->low : low[x]);
    high[x] = (uint8_t)(goal->high < high[x] ? goal->high : high[x]);
    queue(f, x);
    queue_users(f, x);
    bool refuted = false;
    while (f->n_queue > 0) {
        const int32_t y = f->queue[--f->n_queue];
        f->queued[y] = false;
        refuted = refuted || !narrow(g, y, low, high);
    }
    return refuted;
}

/* Narrows the hull as little as the proof allows. */
static void shorten_proof(const growing *g)
{
    bk_failures *const f = g->f;
    const int32_t n = f->net->n;
    if (!is_refuted(g)) {
        return;
    }
    for (int32_t i = 0; i < f->net->n_core; i++) {
        const int32_t x = f->net->core[i];
        if (x != g->goal->x && x != f->clash &&
            (f->hull[x] != f->low[x] || f->hull[n + x] != f->high[x])) {
            f->idle[x] = true;
            if (!is_refuted(g)) {
                f->idle[x] = false;
                is_refuted(g);
            }
        }
    }
    memset(f->idle, 0, (size_t)n * sizeof *f->idle);
}

/* --- the cone ------------------------------------------------------------------------ */

/* Whether a way through the diagram of x asks, within the box, for what has several levels
 * there; add: such nodes are put into the cone and the queue, else only those outside the
 * cone count. */
static bool asks(const growing *g, int32_t x, bool add)
{
    bk_failures *const f = g->f;
    const bk_dd *const dd = f->net->dd[x];
    bool any = false;
    int least;
    int most;
    if (dd == NULL || is_held(g, x)) {
        return false;
    }
    range(g, x, f->low, f->high, &least, &most); /* marks the nodes that are reached */
    for (int32_t node = dd->terminals; node <= dd->root; node++) {
        const int32_t y = dd->regulator[dd->variable[node]];
        if (!f->net->reached[node] || f->low[y] == f->high[y] || f->in_cone[y]) {
            continue;
        }
        any = true;
        if (add) {
            f->in_cone[y] = true;
            f->cone[f->n_cone++] = y;
        }
    }
    return any;
}

static void find_cone(growing *g)
{
    bk_failures *const f = g->f;
    memset(f->in_cone, 0, (size_t)f->net->n * sizeof *f->in_cone);
    f->n_cone = 0;
    if (!g->by_cone) {
        return;
    }
    f->in_cone[g->goal->x] = true;
    f->cone[f->n_cone++] = g->goal->x;
    for (int32_t i = 0; i < f->n_cone; i++) {
        asks(g, f->cone[i], true);
    }
}

/* Whether the nodes of the cone still depend on each other only. */
static bool cone_is_closed(const growing *g)
{
    for (int32_t i = 0; i < g->f->n_cone; i++) {
        if (asks(g, g->f->cone[i], false)) {
            return false;
        }
    }
    return true;
}

/* --- larger boxes -------------------------------------------------------------------- */

/* Closes the box by what is queued; false: the goal may then hold. */
static bool close_box(const growing *g)
{
    bk_failures *const f = g->f;
    bool good = true;
    while (f->n_queue > 0) {
        const int32_t x = f->queue[--f->n_queue];
        f->queued[x] = false;
        if (!good || f->net->dd[x] == NULL || is_held(g, x)) {
            continue;
        }
        int least;
        int most;
        range(g, x, f->low, f->high, &least, &most);
        if (least < f->low[x] || most > f->high[x]) {
            good = !f->in_cone[x];
            f->low[x] = (uint8_t)(least < f->low[x] ? least : f->low[x]);
            f->high[x] = (uint8_t)(most > f->high[x] ? most : f->high[x]);
            queue_users(f, x);
        }
    }
    return good && (g->by_cone      ? cone_is_closed(g)
                    : g->throughout ? fails_throughout(g)
                                    : is_refuted(g));
}

/* Takes the box back where it is none. */
static bool settle(const growing *g)
{
    bk_failures *const f = g->f;
    const size_t n = (size_t)f->net->n;
    const bool good = close_box(g);
    memcpy(good ? f->box : f->low, good ? f->low : f->box, 2 * n);
    return good;
}

static bool widen(const growing *g, int32_t x, int low, int high)
{
    bk_failures *const f = g->f;
    f->low[x] = (uint8_t)low;
    f->high[x] = (uint8_t)high;
    queue_users(f, x);
    return settle(g);
}

static void leave_out_parts(growing *g)
{
    for (int i = 0; i < g->set->n; i++) {
        const int32_t x = part_of(g, i)->x;
        if (!g->f->in_cone[x]) { /* else it may be why the cone moves as it does */
            g->kept[i] = false;
            queue(g->f, x);
            g->kept[i] = !settle(g);
        }
    }
}

static void let_go(const growing *g, int32_t x)
{
    bk_failures *const f = g->f;
    const bk_reduced *const net = f->net;
    if ((f->low[x] == net->low[x] && f->high[x] == net->high[x]) || f->in_cone[x] ||
        is_held(g, x) || widen(g, x, net->low[x], net->high[x])) {
        return;
    }
    while (f->low[x] > net->low[x] && widen(g, x, f->low[x] - 1, f->high[x])) {
    }
    while (f->high[x] < net->high[x] && widen(g, x, f->low[x], f->high[x] + 1)) {
    }
}

/* --- what is kept -------------------------------------------------------------------- */

static bool within(const uint8_t *low, const uint8_t *high, int32_t x, int level)
{
    return low[x] <= level && level <= high[x];
}

/* Whether a level that is held leaves the box closed and the proof as it is. */
static bool hold_agrees(const growing *g, int32_t x, int level)
{
    const bk_failures *const f = g->f;
    const bk_goal *const goal = g->goal;
    if (f->in_cone[x] || !within(f->low, f->high, x, level)) {
        return false;
    }
    if (x == goal->x) {
        return level < goal->low || level > goal->high;
    }
    return g->by_cone ||
           (x != f->clash && within(f->hull, f->hull + f->net->n, x, level));
}

static bool cut_agrees(const growing *g, int32_t source, int32_t x, int raw)
{
    const bk_failures *const f = g->f;
    const uint8_t *const low = f->hull;
    const uint8_t *const high = f->hull + f->net->n;
    if (!within(f->low, f->high, source, raw) ||
        (f->in_cone[x] && f->in_cone[source])) {
        return false;
    }
    const bool matters = !g->by_cone && (x == g->goal->x || x == f->clash ||
                                         low[x] != f->low[x] || high[x] != f->high[x]);
    return !matters || within(low, high, source, raw);
}

static bk_status keep(const growing *g)
{
    bk_failures *const f = g->f;
    bk_failure made = {.n_needed = 0};
    made.agrees = bk_arena_zero(f->arena, f->words, sizeof *made.agrees);
    if (made.agrees == NULL ||
        !bk_grow(&f->all, &f->capacity, f->count + 1, sizeof *f->all)) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < f->n_parts; i++) {
        const bk_lever *const part = &f->parts[i];
        const bool agrees = part->source < 0
                                ? hold_agrees(g, part->x, part->level)
                                : cut_agrees(g, part->source, part->x, part->raw);
        made.agrees[i / 64] |= (uint64_t)agrees << i % 64;
    }
    for (int i = 0; i < g->set->n; i++) {
        const int32_t part = g->set->part[i];
        if (g->kept[i]) {
            made.needed[made.n_needed++] = part;
            made.agrees[part / 64] |= (uint64_t)1 << part % 64;
        }
    }
    f->all[f->count++] = made;
    return BK_OK;
}

static growing begin(bk_failures *f, const bk_set *set, const bk_goal *goal,
                     const uint8_t *low, const uint8_t *high)
{
    const size_t n = (size_t)f->net->n;
    growing g = {.f = f, .set = set, .goal = goal};
    for (int i = 0; i < set->n; i++) {
        g.kept[i] = true;
    }
    memcpy(f->low, low, n);
    memcpy(f->high, high, n);
    memcpy(f->box, f->low, 2 * n);
    return g;
}

bool bk_failures_refute(bk_failures *failures, const bk_set *set, const bk_goal *goal,
                        const uint8_t *low, const uint8_t *high)
{
    const growing g = begin(failures, set, goal, low, high);
    return is_refuted(&g);
}

bk_status bk_failures_add(bk_failures *failures, const bk_set *set, const bk_goal *goal,
                          const uint8_t *low, const uint8_t *high)
{
    bk_failures *const f = failures;
    growing g = begin(f, set, goal, low, high);
    g.throughout = fails_throughout(&g);
    g.by_cone = !is_refuted(&g);
    find_cone(&g);
    leave_out_parts(&g);
    for (int32_t i = 0; i < f->net->n_core; i++) {
        let_go(&g, f->net->core[i]);
    }
    if (!g.by_cone) {
        shorten_proof(&g);
    }
    return keep(&g);
}
