/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A decision diagram as an expression.
 *
 * The value of a node is the mean of its children's values, weighted by how much the
 * regulator is at each level: H_v - H_(v+1), where H_t is how far it has reached the
 * threshold t (H_0 = 1, none above the highest).  At the corners every H is exactly 0
 * or 1, and so one child is taken.  Neighbouring equal children make one run, which
 * needs thresholds at its ends only; runs of numbers are summed as steps.
 *
 * Nodes with several parents stay shared in the pool.  Written out as text they would
 * be copied, so a long function gets parameters of its own for its shared parts. */

#include "model/continuous.h"

enum {
    MOST_LEVELS = 256,
    LONG_TREE = 2000, /* operators, written out */
    SMALL_PART = 12,  /* operators that are not worth a parameter */
    DEEP = 80,        /* nesting; readers of XML and of formulas have limits */
    COST = 8          /* operators of one threshold */
};

typedef struct drawing {
    bk_forming *forming;
    const bk_dd *dd;
    int32_t drive;
    const char *id;
    bk_where where;
    bk_expr *value;   /* by node; the terminals are numbers */
    bk_expr *reached; /* by offset[variable] + t */
    int32_t *offset;  /* by variable */
    double *size;     /* by node: operators written out */
    int32_t *parents; /* by node */
    bool split;       /* long: shared parts get parameters */
    int32_t parts;
} drawing;

/* The runs of equal children of a node: where they start, and their node. */
typedef struct runs {
    int n;
    int start[MOST_LEVELS];
    int32_t node[MOST_LEVELS];
} runs;

static void find_runs(const bk_dd *dd, int32_t node, runs *r)
{
    const int32_t *const children = dd->children + dd->first[node];
    r->n = 0;
    for (int v = 0; v < dd->levels[dd->variable[node]]; v++) {
        if (v == 0 || children[v] != children[v - 1]) {
            r->start[r->n] = v;
            r->node[r->n++] = children[v];
        }
    }
}

/* H_t: hill(min(max(x - (t - 1), 0), 1), hill_n, hill_k); of a level that a treatment
 * scales, others see the scaled one. */
static bk_expr reached(drawing *d, int32_t variable, int t)
{
    bk_expr *const made = &d->reached[d->offset[variable] + t];
    if (*made >= 0) {
        return *made;
    }
    const bk_forming *const f = d->forming;
    bk_exprs *const pool = bk_builder_exprs(f->builder);
    const int32_t regulator = d->dd->regulator[variable];
    const double scale = f->logic->symbols[regulator].seen_scale;
    bk_expr u = bk_expr_symbol(pool, f->map[regulator]);
    if (scale != 1.0 &&
        f->builder->model->symbols[f->map[regulator]].drive != d->drive) {
        u = bk_expr_2(pool, BK_OP_TIMES, bk_expr_number(pool, scale), u);
    }
    if (t > 1) {
        u = bk_expr_2(pool, BK_OP_MINUS, u, bk_expr_number(pool, t - 1));
    }
    u = bk_expr_2(pool, BK_OP_MAX, u, bk_expr_number(pool, 0.0));
    u = bk_expr_2(pool, BK_OP_MIN, u, bk_expr_number(pool, 1.0));
    const bk_expr args[] = {u, bk_expr_symbol(pool, f->hill_n),
                            bk_expr_symbol(pool, f->hill_k)};
    *made = bk_expr_payload(pool, BK_OP_CALL, f->hill, args, 3);
    return *made;
}

static bk_expr sum(bk_exprs *pool, const bk_expr *parts, int n)
{
    return n == 1 ? parts[0] : bk_expr_make(pool, BK_OP_PLUS, parts, n);
}

/* first + (second - first) H + ...: the runs are all levels themselves. */
static bk_expr steps(drawing *d, int32_t variable, const runs *r)
{
    bk_exprs *const pool = bk_builder_exprs(d->forming->builder);
    bk_expr total = r->node[0] == 0 ? BK_NO_EXPR : bk_expr_number(pool, r->node[0]);
    for (int i = 1; i < r->n; i++) {
        const int step = r->node[i] - r->node[i - 1];
        const int height = step < 0 ? -step : step;
        bk_expr part = reached(d, variable, r->start[i]);
        if (height != 1) {
            part = bk_expr_2(pool, BK_OP_TIMES, bk_expr_number(pool, height), part);
        }
        if (i == 1 && r->node[0] == 0) {
            total = part; /* the first step from 0 goes up */
        } else {
            total = bk_expr_2(pool, step < 0 ? BK_OP_MINUS : BK_OP_PLUS, total, part);
        }
    }
    return total;
}

static bk_expr complement(bk_exprs *pool, bk_expr h)
{
    return bk_expr_2(pool, BK_OP_MINUS, bk_expr_number(pool, 1.0), h);
}

/* level + weight (value - level), shorter for level 0. */
static bk_expr away_from(bk_exprs *pool, int level, bk_expr weight, bk_expr value)
{
    if (level == 0) {
        return bk_expr_2(pool, BK_OP_TIMES, weight, value);
    }
    const bk_expr base = bk_expr_number(pool, level);
    const bk_expr way = bk_expr_2(pool, BK_OP_MINUS, value, base);
    return bk_expr_2(pool, BK_OP_PLUS, base, bk_expr_2(pool, BK_OP_TIMES, weight, way));
}

static bk_expr two_runs(drawing *d, int32_t variable, const runs *r)
{
    bk_exprs *const pool = bk_builder_exprs(d->forming->builder);
    const bk_expr h = reached(d, variable, r->start[1]);
    const bk_expr low = d->value[r->node[0]];
    const bk_expr high = d->value[r->node[1]];
    if (r->node[0] < d->dd->terminals) {
        return away_from(pool, r->node[0], h, high);
    }
    if (r->node[1] < d->dd->terminals) {
        return away_from(pool, r->node[1], complement(pool, h), low);
    }
    return bk_expr_2(pool, BK_OP_PLUS,
                     bk_expr_2(pool, BK_OP_TIMES, complement(pool, h), low),
                     bk_expr_2(pool, BK_OP_TIMES, h, high));
}

static bk_expr many_runs(drawing *d, int32_t variable, const runs *r)
{
    bk_exprs *const pool = bk_builder_exprs(d->forming->builder);
    bk_expr parts[MOST_LEVELS];
    int n = 0;
    for (int i = 0; i < r->n; i++) {
        if (r->node[i] == 0) {
            continue;
        }
        bk_expr weight;
        if (i == 0) {
            weight = complement(pool, reached(d, variable, r->start[1]));
        } else {
            weight = reached(d, variable, r->start[i]);
            if (i + 1 < r->n) {
                weight = bk_expr_2(pool, BK_OP_MINUS, weight,
                                   reached(d, variable, r->start[i + 1]));
            }
        }
        parts[n++] = r->node[i] == 1
                         ? weight
                         : bk_expr_2(pool, BK_OP_TIMES, weight, d->value[r->node[i]]);
    }
    return sum(pool, parts, n);
}

static bk_expr draw_node(drawing *d, int32_t node, const runs *r)
{
    const int32_t variable = d->dd->variable[node];
    bool numbers = true;
    for (int i = 0; i < r->n; i++) {
        numbers = numbers && r->node[i] < d->dd->terminals;
    }
    if (numbers) {
        return steps(d, variable, r);
    }
    return r->n == 2 ? two_runs(d, variable, r) : many_runs(d, variable, r);
}

static void measure(drawing *d)
{
    const bk_dd *const dd = d->dd;
    for (int32_t node = dd->terminals; node < dd->nodes; node++) {
        runs r;
        find_runs(dd, node, &r);
        d->size[node] = COST * (r.n - 1);
        for (int i = 0; i < r.n; i++) {
            d->size[node] += d->size[r.node[i]];
            d->parents[r.node[i]]++;
        }
    }
    d->split = d->size[dd->root] > LONG_TREE;
}

/* Gives a part of the function a parameter of its own, and stands for it. */
static bk_expr set_apart(drawing *d, bk_expr value)
{
    bk_forming *const f = d->forming;
    const char *const wanted =
        bk_arena_printf(f->builder->model->arena, "%s_f%d", d->id, (int)++d->parts);
    bk_symbol part = bk_symbol_blank(
        BK_PARAMETER, wanted != NULL ? bk_continuous_id(f, wanted) : NULL);
    part.owner = d->drive;
    part.where = d->where;
    if (part.id == NULL || value < 0) {
        return BK_NO_EXPR;
    }
    const int32_t symbol = bk_builder_symbol(f->builder, &part);
    bk_continuous_assign(f, symbol, value, d->where);
    return symbol < 0 ? BK_NO_EXPR
                      : bk_expr_symbol(bk_builder_exprs(f->builder), symbol);
}

static bk_expr draw(drawing *d)
{
    const bk_dd *const dd = d->dd;
    bk_exprs *const pool = bk_builder_exprs(d->forming->builder);
    for (int32_t node = 0; node < dd->terminals; node++) {
        d->value[node] = bk_expr_number(pool, node);
    }
    for (int32_t node = dd->terminals; node < dd->nodes; node++) {
        runs r;
        find_runs(dd, node, &r);
        bk_expr value = draw_node(d, node, &r);
        if (value < 0) {
            return BK_NO_EXPR;
        }
        double size = COST * (r.n - 1);
        for (int i = 0; i < r.n; i++) {
            size += d->size[r.node[i]];
        }
        const bool shared = d->split && d->parents[node] > 1 && size > SMALL_PART;
        if (node != dd->root && (shared || bk_expr_depth(pool, value) > DEEP)) {
            value = set_apart(d, value);
            size = 1.0;
        }
        d->size[node] = size;
        d->value[node] = value;
    }
    return d->value[dd->root];
}

bk_status bk_continuous_drive(bk_forming *forming, const bk_dd *dd, int32_t drive,
                              const char *id, bk_where where)
{
    drawing d = {
        .forming = forming, .dd = dd, .drive = drive, .id = id, .where = where};
    const size_t nodes = (size_t)dd->nodes;
    d.offset = bk_alloc(((size_t)dd->regulators + 1) * sizeof *d.offset);
    size_t thresholds = 0;
    for (int32_t i = 0; d.offset != NULL && i < dd->regulators; i++) {
        d.offset[i] = (int32_t)thresholds;
        thresholds += (size_t)dd->levels[i] + 1;
    }
    d.value = bk_alloc(nodes * sizeof *d.value);
    d.reached = bk_alloc((thresholds + 1) * sizeof *d.reached);
    d.size = bk_alloc_zero(nodes, sizeof *d.size);
    d.parents = bk_alloc_zero(nodes, sizeof *d.parents);
    bk_expr math = BK_NO_EXPR;
    if (d.offset != NULL && d.value != NULL && d.reached != NULL && d.size != NULL &&
        d.parents != NULL) {
        for (size_t i = 0; i < thresholds; i++) {
            d.reached[i] = BK_NO_EXPR;
        }
        measure(&d);
        math = draw(&d);
    }
    bk_continuous_assign(forming, drive, math, where);
    bk_free(d.offset);
    bk_free(d.value);
    bk_free(d.reached);
    bk_free(d.size);
    bk_free(d.parents);
    return math >= 0 ? BK_OK : BK_NO_MEMORY;
}
