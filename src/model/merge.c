/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Several rules for one level become one: the highest level that any of them gives.
 *
 * With the terms of the merged rule in falling order of level, a term for level v holds
 * when some rule gives v: one of its terms of level v holds and none of its earlier
 * terms of a lower level does (an earlier term of a higher level has already been taken
 * by the order); or its default is v and none of its terms of a lower level holds. What
 * some rule gives at least in every state is the merged default. */

#include "model/builder_impl.h"

#include "base/alloc.h"
#include "model/dd.h"

typedef struct merging {
    bk_builder *builder;
    int32_t *next; /* by logic: the next one of the same target, or -1 */
    bk_logic *logics;
    int32_t n_logics;
    bk_term *terms;
    size_t n_terms, terms_capacity;
    bk_expr *parts;
    size_t n_parts, parts_capacity;
} merging;

static void add_term(merging *m, const bk_term *term)
{
    if (!bk_grow(&m->terms, &m->terms_capacity, m->n_terms + 1, sizeof *m->terms)) {
        m->builder->no_memory = true;
        return;
    }
    m->terms[m->n_terms++] = *term;
}

static void add_part(merging *m, bk_expr part)
{
    if (part < 0 ||
        !bk_grow(&m->parts, &m->parts_capacity, m->n_parts + 1, sizeof *m->parts)) {
        m->builder->no_memory = true;
        return;
    }
    m->parts[m->n_parts++] = part;
}

/* Where a rule gives the level of its term k (-1: its default), if it gives no higher
 * one: the condition holds and that of no earlier term of a lower level. */
static bk_expr alone(merging *m, const bk_logic *logic, int32_t k)
{
    const bk_model *const model = m->builder->model;
    const bk_term *const terms = model->terms + logic->first_term;
    const int level = k < 0 ? logic->otherwise : terms[k].level;
    const size_t bottom = m->n_parts;
    if (k >= 0) {
        add_part(m, terms[k].condition);
    }
    for (int32_t i = 0; i < (k < 0 ? logic->terms : k); i++) {
        if (terms[i].level < level) {
            add_part(m, bk_expr_1(model->exprs, BK_OP_NOT, terms[i].condition));
        }
    }
    const size_t n = m->n_parts - bottom;
    m->n_parts = bottom;
    return n == 1 ? m->parts[bottom]
                  : bk_expr_make(model->exprs, BK_OP_AND, m->parts + bottom, (int)n);
}

static void merge_level(merging *m, int32_t first, int level)
{
    const bk_model *const model = m->builder->model;
    bk_term merged = {.level = level, .condition = BK_NO_EXPR};
    m->n_parts = 0;
    for (int32_t i = first; i >= 0; i = m->next[i]) {
        const bk_logic *const logic = &model->logics[i];
        for (int32_t k = 0; k < logic->terms && !m->builder->no_memory; k++) {
            const bk_term *const term = &model->terms[logic->first_term + k];
            if (term->level == level) {
                merged.where = m->n_parts == 0 ? term->where : merged.where;
                add_part(m, alone(m, logic, k));
            }
        }
        if (logic->otherwise == level) {
            merged.where = m->n_parts == 0 ? logic->where : merged.where;
            add_part(m, alone(m, logic, -1));
        }
    }
    if (m->n_parts > 0 && !m->builder->no_memory) {
        merged.condition = m->n_parts == 1 ? m->parts[0]
                                           : bk_expr_make(model->exprs, BK_OP_OR,
                                                          m->parts, (int)m->n_parts);
        if (merged.condition < 0) {
            m->builder->no_memory = true;
            return;
        }
        add_term(m, &merged);
    }
}

static int least_of(const bk_model *model, const bk_logic *logic)
{
    int least = logic->otherwise;
    for (int32_t k = 0; k < logic->terms; k++) {
        const int level = model->terms[logic->first_term + k].level;
        least = level < least ? level : least;
    }
    return least;
}

static void merge_group(merging *m, int32_t first)
{
    const bk_model *const model = m->builder->model;
    bk_logic merged = model->logics[first];
    merged.first_term = (int32_t)m->n_terms;
    if (m->next[first] < 0) {
        for (int32_t k = 0; k < merged.terms; k++) {
            add_term(m, &model->terms[model->logics[first].first_term + k]);
        }
    } else {
        merged.otherwise = 0;
        for (int32_t i = first; i >= 0; i = m->next[i]) {
            const int least = least_of(model, &model->logics[i]);
            merged.otherwise = least > merged.otherwise ? least : merged.otherwise;
        }
        const int max = model->symbols[merged.target].max_level;
        for (int level = max; level > merged.otherwise; level--) {
            merge_level(m, first, level);
        }
    }
    merged.terms = (int32_t)m->n_terms - merged.first_term;
    m->logics[m->n_logics++] = merged;
}

/* Chains the logics of each target in their order; true when any has two. */
static bool chain(merging *m)
{
    bk_model *const model = m->builder->model;
    bool any = false;
    for (int32_t i = model->n_logics - 1; i >= 0; i--) {
        int32_t *const item = &model->symbols[model->logics[i].target].item;
        m->next[i] = *item;
        any = any || *item >= 0;
        *item = i;
    }
    return any;
}

static void rebuild(merging *m)
{
    bk_model *const model = m->builder->model;
    for (int32_t i = 0; i < model->n_logics && !m->builder->no_memory; i++) {
        if (model->symbols[model->logics[i].target].item == i) {
            merge_group(m, i);
        }
    }
    if (m->builder->no_memory) {
        return;
    }
    bk_free(model->logics);
    bk_free(model->terms);
    model->logics = m->logics;
    model->n_logics = m->n_logics;
    model->terms = m->terms;
    model->n_terms = (int32_t)m->n_terms;
    m->logics = NULL;
    m->terms = NULL;
    for (int32_t i = 0; i < model->n_logics; i++) {
        model->symbols[model->logics[i].target].item = i;
    }
}

void bk_merge_logics(bk_builder *builder)
{
    const size_t n = (size_t)builder->model->n_logics;
    merging m = {.builder = builder,
                 .next = bk_alloc((n + 1) * sizeof *m.next),
                 .logics = bk_alloc((n + 1) * sizeof *m.logics)};
    if (m.next == NULL || m.logics == NULL) {
        builder->no_memory = true;
    } else if (chain(&m)) {
        rebuild(&m);
    }
    bk_free(m.next);
    bk_free(m.logics);
    bk_free(m.terms);
    bk_free(m.parts);
}

void bk_check_overlaps(bk_builder *builder)
{
    enum { MOST_TERMS = 1000, MOST_NODES = 4096 };
    const bk_model *const model = builder->model;
    for (int32_t i = 0; i < model->n_logics && !builder->quiet; i++) {
        const bk_logic *const logic = &model->logics[i];
        if (logic->terms < 2 || logic->terms > MOST_TERMS) {
            continue;
        }
        int32_t a = -1;
        int32_t b = -1;
        if (bk_dd_overlap(model, i, MOST_NODES, &a, &b) == BK_NO_MEMORY) {
            builder->no_memory = true;
            return;
        }
        if (b >= 0) {
            const bk_term *const terms = model->terms + logic->first_term;
            char place[64];
            bk_diag_add(builder->diag, BK_WARNING, terms[b].where, "terms-overlap",
                        "two terms for \"%s\" can hold together and give the levels %d "
                        "and %d%s; the first one is taken, so make them exclude each "
                        "other if that is not meant",
                        model->symbols[logic->target].id, terms[a].level,
                        terms[b].level, bk_where_aside(terms[a].where, place));
        }
    }
}
