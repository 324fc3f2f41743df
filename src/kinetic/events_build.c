/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/system.h"

#include "base/alloc.h"

#include <math.h>

/* Events of a model made ready.  An event without a trigger's or any assignment's
 * mathematics changes nothing (SBML L3V2, section 4.11) and is left out; so is an
 * assignment without mathematics. */

static int32_t effects(const bk_model *m, const bk_event *event)
{
    int32_t n = 0;
    for (int32_t k = 0; k < event->assignments && event->trigger >= 0; k++) {
        n += m->event_assignments[event->first_assignment + k].math >= 0;
    }
    return n;
}

static void add_event(bk_kin_build *b, int32_t item)
{
    const bk_model *const m = b->model;
    bk_kin_system *const s = b->system;
    const bk_event *const event = &m->events[item];
    const int32_t n = effects(m, event);
    if (n == 0) {
        return;
    }
    s->events[s->n_events++] = (bk_kin_event){.item = item,
                                              .symbol = event->symbol,
                                              .delay = -1,
                                              .priority = -1,
                                              .first = s->n_assignments,
                                              .assignments = n,
                                              .delay_math = event->delay,
                                              .priority_math = event->priority};
    s->most_assignments = n > s->most_assignments ? n : s->most_assignments;
    for (int32_t k = 0; k < event->assignments; k++) {
        const bk_event_assignment *const a =
            &m->event_assignments[event->first_assignment + k];
        if (a->math >= 0) {
            b->set[a->target] = true;
            s->assignments[s->n_assignments++] =
                (bk_kin_assignment){a->target, -1, a->math, false};
        }
    }
}

bool bk_kin_find_events(bk_kin_build *build)
{
    const bk_model *const m = build->model;
    bk_kin_system *const s = build->system;
    s->events = bk_alloc(((size_t)m->n_events + 1) * sizeof *s->events);
    s->assignments =
        bk_alloc(((size_t)m->n_event_assignments + 1) * sizeof *s->assignments);
    if (s->events == NULL || s->assignments == NULL) {
        return bk_kin_fail(build);
    }
    for (int32_t i = 0; i < m->n_events; i++) {
        add_event(build, i);
    }
    return true;
}

/* A number as a condition is true where it is not zero; as a relation it has a root. */
static bk_expr condition(bk_kin_build *b, int32_t event, bk_expr math)
{
    bk_exprs *const pool = b->system->pool;
    const bk_expr e = bk_kin_prepare(b, event, math);
    if (e < 0 || bk_expr_boolean(pool, e) || bk_expr_op(pool, e) == BK_OP_NUMBER) {
        return e;
    }
    return bk_expr_2(pool, BK_OP_NEQ, e, bk_expr_number(pool, 0.0));
}

bool bk_kin_prepare_events(bk_kin_build *build)
{
    bk_kin_system *const s = build->system;
    for (int32_t i = 0; i < s->n_events && !build->no_memory; i++) {
        bk_kin_event *const event = &s->events[i];
        const bk_event *const source = &build->model->events[event->item];
        build->at = source->where;
        const int32_t node =
            bk_kin_add_node(build, BK_KIN_TRIGGER, event->symbol, -1,
                            condition(build, event->symbol, source->trigger));
        event->trigger = node < 0 ? -1 : s->nodes[node].slot;
        event->delay_math =
            bk_kin_prepare_drawing(build, event->symbol, event->delay_math);
        event->priority_math =
            bk_kin_prepare_drawing(build, event->symbol, event->priority_math);
        for (int32_t k = event->first; k < event->first + event->assignments; k++) {
            s->assignments[k].math =
                bk_kin_prepare_drawing(build, event->symbol, s->assignments[k].math);
        }
    }
    return !build->no_memory;
}

/* Functions that turn or jump, or are flat but for a short while. */
static bool restless(const bk_kin_build *b)
{
    static const bk_op ops[] = {BK_OP_SIN,  BK_OP_COS, BK_OP_TAN,      BK_OP_SEC,
                                BK_OP_CSC,  BK_OP_COT, BK_OP_FLOOR,    BK_OP_CEILING,
                                BK_OP_EXP,  BK_OP_REM, BK_OP_QUOTIENT, BK_OP_POWER,
                                BK_OP_TANH, BK_OP_ABS, BK_OP_FACTORIAL};
    const bk_kin_system *const s = b->system;
    for (int32_t i = 0; i < s->n_nodes; i++) {
        for (size_t k = 0; k < sizeof ops / sizeof *ops; k++) {
            if (bk_expr_uses_op(s->pool, s->nodes[i].math, BK_OP_TIME) &&
                bk_expr_uses_op(s->pool, s->nodes[i].math, ops[k])) {
                return true;
            }
        }
    }
    return false;
}

double bk_kin_longest_step(const bk_kin_system *system, double span, double passed)
{
    return system->restless ? 0.01 * fmax(span, passed) : (double)INFINITY;
}

/* A law that writes the slot of its own number after those of the system. */
static bool add_law(bk_kin_build *b, bk_program_builder *builder, bk_expr math,
                    int32_t *next, int32_t *law)
{
    const bk_kin_system *const s = b->system;
    if (math < 0) {
        return true;
    }
    if (bk_program_add(builder, s->pool, math, s->slots + (*next)++, law) != BK_OK) {
        return false;
    }
    for (int32_t d = 0; d < s->n_draws; d++) {
        s->draws[d].law = s->draws[d].within == math ? *law : s->draws[d].law;
    }
    return true;
}

bool bk_kin_build_events(bk_kin_build *build)
{
    bk_kin_system *const s = build->system;
    const int32_t most = 2 * s->n_events + s->n_assignments + 4 * s->n_draws;
    bk_program_builder *const builder =
        bk_program_builder_new(s->symbols, s->slots - s->symbols + most);
    if (builder == NULL) {
        return bk_kin_fail(build);
    }
    s->restless = (s->n_events > 0 || s->n_roots > 0) && restless(build);
    int32_t next = 0;
    bool good = true;
    for (int32_t i = 0; good && i < s->n_events; i++) {
        bk_kin_event *const event = &s->events[i];
        good = add_law(build, builder, event->delay_math, &next, &event->delay) &&
               add_law(build, builder, event->priority_math, &next, &event->priority);
        for (int32_t k = event->first; good && k < event->first + event->assignments;
             k++) {
            s->assignments[k].constant =
                s->assignments[k].math >= 0 &&
                bk_kin_constant_math(build, s->assignments[k].math);
            good = add_law(build, builder, s->assignments[k].math, &next,
                           &s->assignments[k].law);
        }
    }
    for (int32_t d = 0; good && d < s->n_draws; d++) {
        for (int32_t k = 0; good && k < s->draws[d].n; k++) {
            good = add_law(build, builder, s->draws[d].args[k], &next,
                           &s->draws[d].laws[k]);
        }
    }
    if (!good) {
        bk_program_builder_free(builder);
        return bk_kin_fail(build);
    }
    return bk_program_finish(builder, &s->happening) == BK_OK || bk_kin_fail(build);
}
