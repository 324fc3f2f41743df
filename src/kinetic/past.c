/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/history.h"

#include "base/alloc.h"

#include <string.h>

/* Which steps of the initial evaluation the argument of a delay needs at a time before the
 * start.  Those of other delays among them look further back; one that comes back to
 * itself never had a value. */

typedef struct tracing {
    const bk_kin_system *s;
    const int32_t *step_of; /* [first_partial] by slot, or -1 */
    unsigned char *needed;  /* [steps] of the delay at hand */
} tracing;

static void need(void *context, int32_t slot)
{
    tracing *const t = context;
    if (t->step_of[slot] >= 0) {
        t->needed[t->step_of[slot]] = 1;
    }
}

/* Before the start, what evolves stands still, whatever its law says. */
static bool stands_still(const bk_kin_system *s, const bk_kin_initial *step)
{
    return step->node >= 0 && s->nodes[step->node].kind == BK_KIN_RATE_OF &&
           (s->variable_of[step->owner] >= 0 || s->amount_slot[step->owner] >= 0);
}

static void trace(tracing *t, const bk_model *m, int32_t argument)
{
    const bk_kin_system *const s = t->s;
    need(t, argument);
    for (int32_t k = s->n_initials - 1; k >= 0; k--) {
        const bk_kin_initial *const step = &s->initials[k];
        if (t->needed[k] == 0 || stands_still(s, step)) {
            continue;
        }
        if (step->math >= 0) {
            bk_expr_symbols(s->pool, step->math, need, t);
        }
        const bk_kin_delay *const delay = bk_kin_delay_at(s, step->slot);
        if (delay != NULL && !delay->loose) {
            need(t, delay->argument);
        }
        const bk_symbol *const symbol = &m->symbols[step->owner];
        if (step->kind != BK_KIN_INITIAL_NODE && symbol->compartment >= 0) {
            need(t, symbol->compartment);
        }
    }
}

/* The longest chain of delays of delays ends after as many rounds as there are. */
static void refuse_endless(bk_kin_build *b, const int32_t *step_of, int32_t *depth)
{
    const bk_kin_system *const s = b->system;
    bool more = true;
    while (more) {
        more = false;
        for (int32_t i = 0; i < s->n_delays; i++) {
            const unsigned char *const needed =
                s->past_steps + (size_t)i * (size_t)s->n_initials;
            for (int32_t j = 0; j < s->n_delays; j++) {
                if (needed[step_of[s->delays[j].value]] == 0 || depth[j] < depth[i]) {
                    continue;
                }
                depth[i] = depth[j] + 1;
                more = true;
                if (depth[i] >= BK_KIN_PAST) {
                    const int32_t owner =
                        s->nodes[s->node_of[s->delays[i].value]].owner;
                    const bk_symbol *const symbol = &b->model->symbols[owner];
                    bk_kin_refuse(b, symbol->where,
                                  "a delay in the mathematics of \"%s\" looks back on "
                                  "itself, or through more than %d others, before the "
                                  "start",
                                  symbol->id, BK_KIN_PAST - 1);
                    return;
                }
            }
        }
    }
}

bool bk_kin_build_past(bk_kin_build *build)
{
    bk_kin_system *const s = build->system;
    if (s->n_delays == 0) {
        return true;
    }
    const size_t slots = (size_t)s->first_partial + 1;
    const size_t steps = (size_t)s->n_initials;
    int32_t *const step_of = bk_alloc(slots * sizeof *step_of);
    int32_t *const depth = bk_alloc_zero((size_t)s->n_delays, sizeof *depth);
    s->past_steps = bk_alloc_zero((size_t)s->n_delays * steps, 1);
    const bool good = step_of != NULL && depth != NULL && s->past_steps != NULL;
    if (good) {
        memset(step_of, -1, slots * sizeof *step_of);
        for (int32_t k = 0; k < s->n_initials; k++) {
            step_of[s->initials[k].slot] = k;
        }
        for (int32_t i = 0; i < s->n_delays; i++) {
            tracing t = {s, step_of, s->past_steps + (size_t)i * steps};
            trace(&t, build->model, s->delays[i].argument);
        }
        refuse_endless(build, step_of, depth);
    }
    bk_free(step_of);
    bk_free(depth);
    return good ? !build->refused : bk_kin_fail(build);
}
