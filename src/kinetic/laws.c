/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/system.h"

#include "base/alloc.h"
#include "math/program_code.h"

#include <string.h>

/* The program: a law for each node, then a law for each partial derivative that the
 * rows need.  Those that no variable and no time can change stand apart and are
 * evaluated once a run. */

typedef struct finding {
    bk_kin_build *build;
    int32_t node;
    bool constant;
} finding;

static void look_constant(void *context, int32_t slot)
{
    finding *const f = context;
    if (bk_kin_varies(f->build->system, slot)) {
        f->constant = false;
    }
}

static bool constant_math(bk_kin_build *b, bk_expr e)
{
    finding f = {b, -1, !bk_expr_uses_op(b->system->pool, e, BK_OP_TIME)};
    bk_expr_symbols(b->system->pool, e, look_constant, &f);
    return f.constant;
}

static void add_edge(bk_kin_build *b, int32_t node, int32_t source, bk_expr math)
{
    bk_kin_system *const s = b->system;
    const bool zero = math >= 0 && bk_expr_op(s->pool, math) == BK_OP_NUMBER &&
                      bk_expr_value(s->pool, math) == 0.0;
    if (zero || b->no_memory) {
        return;
    }
    if (math < 0 || !bk_grow(&s->edges, &b->edge_capacity, (size_t)s->n_edges + 1,
                             sizeof *s->edges)) {
        b->no_memory = true;
        return;
    }
    s->edges[s->n_edges++] = (bk_kin_edge){.node = node,
                                           .source = source,
                                           .law = -1,
                                           .math = math,
                                           .constant = constant_math(b, math)};
}

static void visit_source(void *context, int32_t slot)
{
    finding *const f = context;
    bk_kin_system *const s = f->build->system;
    if (bk_kin_varies(s, slot)) {
        add_edge(f->build, f->node, slot,
                 bk_expr_derivative(s->pool, s->nodes[f->node].math, slot));
    }
}

/* The gradient of a delayed value, from that of the lag which its law computes. */
static void visit_lag(void *context, int32_t slot)
{
    finding *const f = context;
    bk_exprs *const pool = f->build->system->pool;
    const bk_kin_node *const node = &f->build->system->nodes[f->node];
    const bk_kin_delay *const delay = bk_kin_delay_at(f->build->system, node->slot);
    if (bk_kin_varies(f->build->system, slot)) {
        const bk_expr slope =
            bk_expr_1(pool, BK_OP_NEGATE, bk_expr_symbol(pool, delay->slope));
        add_edge(f->build, f->node, slot,
                 bk_expr_2(pool, BK_OP_TIMES, slope,
                           bk_expr_derivative(pool, node->math, slot)));
    }
}

static void find_delay_edges(finding *f)
{
    bk_kin_build *const b = f->build;
    bk_exprs *const pool = b->system->pool;
    const bk_kin_node *const node = &b->system->nodes[f->node];
    const bk_kin_delay *const delay = bk_kin_delay_at(b->system, node->slot);
    bk_expr_symbols(pool, node->math, visit_lag, f);
    const bk_expr forward = bk_expr_2(pool, BK_OP_MINUS, bk_expr_number(pool, 1.0),
                                      bk_expr_derivative_time(pool, node->math));
    add_edge(b, f->node, -1,
             bk_expr_2(pool, BK_OP_TIMES, bk_expr_symbol(pool, delay->slope), forward));
    if (!delay->loose && bk_kin_varies(b->system, delay->argument)) {
        add_edge(b, f->node, delay->argument, bk_expr_symbol(pool, delay->present));
    }
}

static bool find_edges(bk_kin_build *b)
{
    bk_kin_system *const s = b->system;
    for (int32_t i = s->constant_laws; i < s->value_laws; i++) {
        bk_kin_node *const node = &s->nodes[i];
        finding f = {b, i, false};
        node->first_edge = s->n_edges;
        if (node->kind == BK_KIN_TRIGGER) {
            continue;
        }
        if (node->kind == BK_KIN_DELAY) {
            find_delay_edges(&f);
            node->edges = s->n_edges - node->first_edge;
            continue;
        }
        bk_expr_symbols(s->pool, node->math, visit_source, &f);
        if (bk_expr_uses_op(s->pool, node->math, BK_OP_TIME)) {
            add_edge(b, i, -1, bk_expr_derivative_time(s->pool, node->math));
        }
        node->edges = s->n_edges - node->first_edge;
    }
    s->first_cut = s->first_partial + s->n_edges;
    for (int32_t e = 0; e < s->n_edges; e++) {
        s->edges[e].partial = s->first_partial + e;
    }
    s->cuts = 64 > s->n_edges ? 64 : s->n_edges;
    s->slots = s->first_cut + s->cuts;
    return !b->no_memory;
}

static void add_laws(bk_kin_build *b, bk_program_builder *builder)
{
    bk_kin_system *const s = b->system;
    bk_status status = BK_OK;
    for (int32_t i = 0; i < s->n_nodes && status == BK_OK; i++) {
        int32_t law;
        status =
            bk_program_add(builder, s->pool, s->nodes[i].math, s->nodes[i].slot, &law);
    }
    s->laws = s->value_laws;
    for (int pass = 0; pass < 2; pass++) {
        for (int32_t e = 0; e < s->n_edges && status == BK_OK; e++) {
            bk_kin_edge *const edge = &s->edges[e];
            if (edge->constant == (pass == 0)) {
                status = bk_program_add(builder, s->pool, edge->math, edge->partial,
                                        &edge->law);
                s->laws++;
            }
        }
        s->constant_partials = pass == 0 ? s->laws : s->constant_partials;
    }
    b->no_memory = b->no_memory || status != BK_OK;
}

static bool is_relation(const bk_instruction *i)
{
    return i->code >= BK_CODE_EQ && i->code <= BK_CODE_GEQ;
}

/* Which relations may switch during a run, and which laws must be run twice because
 * their relations (of min, max and abs) occur in no value. */
static bool find_relations(bk_kin_build *b)
{
    bk_kin_system *const s = b->system;
    const bk_program *const p = s->program;
    s->n_relations = bk_program_relations(p);
    const size_t n = (size_t)s->n_relations + 1;
    unsigned char *const seen = bk_alloc_zero(n, 1);
    s->roots = bk_alloc(n * sizeof *s->roots);
    s->twice = bk_alloc(((size_t)s->laws + 1) * sizeof *s->twice);
    s->alone = bk_alloc_zero(n, sizeof *s->alone);
    if (seen == NULL || s->roots == NULL || s->twice == NULL || s->alone == NULL) {
        bk_free(seen);
        return bk_kin_fail(b);
    }
    for (int32_t law = 0; law < s->laws; law++) {
        bool alone = false;
        for (int32_t k = p->starts[law]; k < p->starts[law + 1]; k++) {
            if (!is_relation(&p->code[k])) {
                continue;
            }
            unsigned char *const mark = &seen[p->code[k].detail];
            if (law < s->value_laws) {
                if (*mark == 0 && law >= s->constant_laws) {
                    s->roots[s->n_roots++] = p->code[k].detail;
                }
                *mark = 1;
            } else {
                s->alone[p->code[k].detail] = *mark == 0;
                alone = alone || *mark == 0;
            }
        }
        if (alone) {
            s->twice[s->n_twice++] = law;
        }
    }
    bk_free(seen);
    return true;
}

int32_t bk_kin_time_slot(const bk_kin_system *system)
{
    return bk_program_time_slot(system->program);
}

bool bk_kin_build_program(bk_kin_build *build)
{
    bk_kin_system *const s = build->system;
    if (!find_edges(build)) {
        return bk_kin_fail(build);
    }
    bk_program_builder *const builder =
        bk_program_builder_new(s->symbols, s->slots - s->symbols);
    if (builder == NULL) {
        return bk_kin_fail(build);
    }
    add_laws(build, builder);
    if (build->no_memory) {
        bk_program_builder_free(builder);
        return false;
    }
    return bk_program_finish(builder, &s->program) == BK_OK ? find_relations(build)
                                                            : bk_kin_fail(build);
}
