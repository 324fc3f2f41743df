/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What acts on what: the arcs that a file declares and those that its functions use,
 * brought together, with the sign that the function has. */

#include "model/builder_impl.h"

#include "base/alloc.h"
#include "model/dd.h"

#include <stdlib.h>

typedef struct arc {
    bk_influence influence;
    size_t order;   /* of declaration */
    bool used;      /* the function names the source */
    bool effective; /* used: the function depends on it */
    bool known;     /* used: sign and effective could be worked out */
    int sign;
} arc;

typedef struct deriving {
    bk_builder *builder;
    arc *arcs;
    size_t n, capacity;
} deriving;

enum { MOST_NODES = 20000 };

static void add_arc(deriving *d, arc a)
{
    if (!bk_grow(&d->arcs, &d->capacity, d->n + 1, sizeof *d->arcs)) {
        d->builder->no_memory = true;
        return;
    }
    a.order = d->n;
    d->arcs[d->n++] = a;
}

static arc used_arc(int32_t source, int32_t target)
{
    return (arc){.influence = {.source = source,
                               .target = target,
                               .declared = 2,
                               .effective = true,
                               .mechanism = "",
                               .references = "",
                               .confidence = "",
                               .loop = ""},
                 .used = true};
}

/* Adds what the function of a level uses, with signs. */
static void use_diagram(deriving *d, const bk_dd *dd, int32_t target)
{
    const size_t n = (size_t)dd->regulators;
    signed char *const sign = bk_alloc(n + 1);
    bool *const effective = bk_alloc((n + 1) * sizeof *effective);
    const bk_status status = sign != NULL && effective != NULL
                                 ? bk_dd_signs(dd, sign, effective)
                                 : BK_NO_MEMORY;
    d->builder->no_memory = d->builder->no_memory || status == BK_NO_MEMORY;
    for (size_t i = 0; i < n && !d->builder->no_memory; i++) {
        arc a = used_arc(dd->regulator[i], target);
        a.effective = effective[i];
        a.known = status == BK_OK || !effective[i];
        a.sign = sign[i];
        add_arc(d, a);
    }
    bk_free(sign);
    bk_free(effective);
}

typedef struct plain_use {
    deriving *deriving;
    int32_t target;
} plain_use;

static void use_symbol(void *context, int32_t symbol)
{
    const plain_use *const use = context;
    add_arc(use->deriving, used_arc(symbol, use->target));
}

static void use_logic(deriving *d, int32_t index)
{
    const bk_model *const model = d->builder->model;
    const bk_logic *const logic = &model->logics[index];
    bk_dd *dd = NULL;
    const bk_status status = bk_dd_build(model, index, MOST_NODES, &dd);
    if (status == BK_OK) {
        use_diagram(d, dd, logic->target);
        bk_dd_free(dd);
    } else if (status == BK_NO_MEMORY) {
        d->builder->no_memory = true;
    } else {
        plain_use use = {d, logic->target};
        for (int32_t k = 0; k < logic->terms; k++) {
            bk_expr_symbols(model->exprs, model->terms[logic->first_term + k].condition,
                            use_symbol, &use);
        }
    }
}

static int by_place(const void *a, const void *b)
{
    const arc *const x = a;
    const arc *const y = b;
    const bk_influence *const f = &x->influence;
    const bk_influence *const g = &y->influence;
    if (f->target != g->target) {
        return f->target < g->target ? -1 : 1;
    }
    if (f->source != g->source) {
        return f->source < g->source ? -1 : 1;
    }
    return (x->order > y->order) - (x->order < y->order);
}

static void take_text(const char **text, const char *other)
{
    if ((*text)[0] == '\0') {
        *text = other;
    }
}

/* Joins another arc between the same two into one. */
static void join(arc *into, const arc *other)
{
    bk_influence *const f = &into->influence;
    const bk_influence *const g = &other->influence;
    if (f->declared == 2) {
        f->declared = g->declared;
    } else if (g->declared != 2 && g->declared != f->declared) {
        f->declared = 0;
    }
    take_text(&f->mechanism, g->mechanism);
    take_text(&f->references, g->references);
    take_text(&f->confidence, g->confidence);
    take_text(&f->loop, g->loop);
    f->slow = f->slow || g->slow;
    if (other->used) {
        into->used = true;
        into->effective = into->effective || other->effective;
        into->known = other->known;
        into->sign = other->sign;
    }
}

static const char *verb(int sign)
{
    return sign > 0   ? "activates"
           : sign < 0 ? "inhibits"
                      : "both activates and inhibits";
}

static void compare_with_declaration(const bk_builder *builder, const bk_influence *f,
                                     bk_where where)
{
    const bk_model *const model = builder->model;
    const char *const source = model->symbols[f->source].id;
    const char *const target = model->symbols[f->target].id;
    if (!f->effective && f->declared != 2) {
        bk_diag_add(bk_builder_warnings(builder), BK_NOTE, where, "influence-unused",
                    "\"%s\" is listed as an input of \"%s\", whose function does not "
                    "depend on it",
                    source, target);
    } else if (f->effective && (f->declared == 1 || f->declared == -1) &&
               f->sign != f->declared) {
        bk_diag_add(bk_builder_warnings(builder), BK_WARNING, where, "influence-sign",
                    "it is declared that \"%s\" %s \"%s\", and in the function it %s; "
                    "correct one of them",
                    source, verb(f->declared), target, verb(f->sign));
    }
}

/* True for an arc that an earlier finish found in a function which no longer uses it:
 * nothing declares it, and nothing is known of it. */
static bool is_left_over(const bk_model *model, const arc *a)
{
    const bk_influence *const f = &a->influence;
    return model->symbols[f->target].kind == BK_LEVEL && f->declared == 2 && !a->used &&
           f->mechanism[0] == '\0' && f->references[0] == '\0' && f->loop[0] == '\0';
}

/* Sign and effect of a finished arc. */
static void settle(const bk_builder *builder, arc *a)
{
    const bk_model *const model = builder->model;
    bk_influence *const f = &a->influence;
    if (model->symbols[f->target].kind != BK_LEVEL) {
        return; /* a continuous form: the signs were worked out before */
    }
    const int32_t logic = model->symbols[f->target].item;
    f->sign = f->declared == 2 ? 0 : f->declared;
    f->effective = logic < 0 || (a->used && (a->effective || !a->known));
    if (a->used && a->known) {
        f->sign = a->effective ? a->sign : f->sign;
        compare_with_declaration(builder, f, model->logics[logic].where);
    } else if (logic >= 0 && !a->used) {
        compare_with_declaration(builder, f, model->logics[logic].where);
    }
}

static void finish_arcs(deriving *d)
{
    bk_model *const model = d->builder->model;
    size_t n = 0;
    if (d->n > 0) {
        qsort(d->arcs, d->n, sizeof *d->arcs, by_place);
    }
    for (size_t i = 0; i < d->n; i++) {
        const bk_influence *const f = &d->arcs[i].influence;
        const bk_influence *const last = n > 0 ? &d->arcs[n - 1].influence : NULL;
        if (last != NULL && last->source == f->source && last->target == f->target) {
            join(&d->arcs[n - 1], &d->arcs[i]);
        } else {
            d->arcs[n++] = d->arcs[i];
        }
    }
    bk_influence *const influences = bk_alloc((n + 1) * sizeof *influences);
    if (influences == NULL) {
        d->builder->no_memory = true;
        return;
    }
    int32_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_left_over(model, &d->arcs[i])) {
            settle(d->builder, &d->arcs[i]);
            influences[kept++] = d->arcs[i].influence;
        }
    }
    bk_free(model->influences);
    model->influences = influences;
    model->n_influences = kept;
}

void bk_derive_influences(bk_builder *builder)
{
    const bk_model *const model = builder->model;
    deriving d = {.builder = builder};
    for (int32_t i = 0; i < model->n_influences && !builder->no_memory; i++) {
        add_arc(&d, (arc){.influence = model->influences[i]});
    }
    for (int32_t i = 0; i < model->n_logics && !builder->no_memory; i++) {
        use_logic(&d, i);
    }
    if (!builder->no_memory) {
        finish_arcs(&d);
    }
    bk_free(d.arcs);
}
