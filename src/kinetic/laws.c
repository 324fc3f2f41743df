/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/system.h"

#include "base/alloc.h"
#include "math/program_code.h"

#include <string.h>

/* The program: a law for each node, then a law for the partial derivatives of each node
 * that the rows need; they have much in common.  Those that no variable and no time can
 * change stand apart and are evaluated once a run. */

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

bool bk_kin_constant_math(bk_kin_build *b, bk_expr e)
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
                                           .math = math,
                                           .constant = bk_kin_constant_math(b, math)};
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
    bk_expr_symbols_as_met(pool, node->math, visit_lag, f);
    const bk_expr forward = bk_expr_2(pool, BK_OP_MINUS, bk_expr_number(pool, 1.0),
                                      bk_expr_derivative_time(pool, node->math));
    add_edge(b, f->node, -1,
             bk_expr_2(pool, BK_OP_TIMES, bk_expr_symbol(pool, delay->slope), forward));
    if (!delay->loose && bk_kin_varies(b->system, delay->argument)) {
        add_edge(b, f->node, delay->argument, bk_expr_symbol(pool, delay->present));
    }
}

/* Equal parts of a law and of its derivatives become the same nodes.  Not those of
 * different laws, which edits may make read different values: their relations must stay
 * switches of their own. */
static bool share(bk_kin_build *b, const bk_kin_node *node, bk_expr *maths)
{
    bk_kin_system *const s = b->system;
    bk_kin_edge *const edges = s->edges + node->first_edge;
    maths[node->edges] = node->math;
    for (int32_t e = 0; e < node->edges; e++) {
        maths[e] = edges[e].math;
    }
    if (!bk_expr_share(s->pool, maths, node->edges + 1)) {
        return false;
    }
    for (int32_t e = 0; e < node->edges; e++) {
        edges[e].math = maths[e];
    }
    s->nodes[node - s->nodes].math = maths[node->edges];
    return true;
}

static bool share_all(bk_kin_build *b)
{
    const bk_kin_system *const s = b->system;
    int32_t most = 0;
    for (int32_t i = 0; i < s->n_nodes; i++) {
        most = s->nodes[i].edges > most ? s->nodes[i].edges : most;
    }
    bk_expr *const maths = bk_alloc(((size_t)most + 1) * sizeof *maths);
    bool good = maths != NULL;
    for (int32_t i = 0; good && i < s->n_nodes; i++) {
        good = share(b, &s->nodes[i], maths);
    }
    bk_free(maths);
    return good;
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
        bk_expr_symbols_as_met(s->pool, node->math, visit_source, &f);
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
    return !b->no_memory && share_all(b);
}

/* The partial derivatives of a node, constant ones or the others, as one law. */
static bk_status add_partials(bk_kin_build *b, bk_program_builder *builder,
                              bk_kin_node *node, bool constant, bk_expr *maths,
                              int32_t *targets)
{
    bk_kin_system *const s = b->system;
    int n = 0;
    for (int32_t e = node->first_edge; e < node->first_edge + node->edges; e++) {
        if (s->edges[e].constant == constant) {
            maths[n] = s->edges[e].math;
            targets[n++] = s->edges[e].partial;
        }
    }
    node->partial_laws[constant] = n > 0 ? s->laws++ : -1;
    return n == 0 ? BK_OK
                  : bk_program_add_together(builder, s->pool, maths, targets, n, NULL);
}

static void add_all_partials(bk_kin_build *b, bk_program_builder *builder)
{
    bk_kin_system *const s = b->system;
    int32_t most = 0;
    for (int32_t i = 0; i < s->n_nodes; i++) {
        most = s->nodes[i].edges > most ? s->nodes[i].edges : most;
    }
    bk_expr *const maths = bk_alloc(((size_t)most + 1) * sizeof *maths);
    int32_t *const targets = bk_alloc(((size_t)most + 1) * sizeof *targets);
    bk_status status = maths != NULL && targets != NULL ? BK_OK : BK_NO_MEMORY;
    for (int pass = 0; pass < 2; pass++) {
        for (int32_t i = s->constant_laws; i < s->value_laws && status == BK_OK; i++) {
            status = add_partials(b, builder, &s->nodes[i], pass == 0, maths, targets);
        }
        s->constant_partials = pass == 0 ? s->laws : s->constant_partials;
    }
    bk_free(maths);
    bk_free(targets);
    b->no_memory = b->no_memory || status != BK_OK;
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
    b->no_memory = b->no_memory || status != BK_OK;
    if (!b->no_memory) {
        add_all_partials(b, builder);
    }
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
