/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/system.h"

#include "base/alloc.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

bool bk_kin_fail(bk_kin_build *build)
{
    build->no_memory = true;
    return false;
}

void bk_kin_refuse(bk_kin_build *build, bk_where where, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    build->refused = true;
    bk_diag_add(build->diag, BK_ERROR, where, "kinetic", "%s", text);
}

static void free_system(bk_system *base)
{
    bk_kin_system *const s = (bk_kin_system *)base;
    bk_exprs_free(s->pool);
    bk_program_free(s->program);
    bk_kin_fast_free(s->fast);
    bk_program_free(s->initial);
    bk_program_free(s->happening);
    void *const arrays[] = {
        s->variable,        s->variable_slot, s->variable_amount, s->variable_of,
        s->amount_slot,     s->substance,     s->nodes,           s->node_of,
        s->edges,           s->terms,         s->term_starts,     s->roots,
        s->twice,           s->row_ops,       s->starts,          s->rows,
        s->value_ops,       s->varying_terms, s->across,          s->across_starts,
        s->derivative_node, s->initials,      s->alone,           s->term_rates,
        s->entry_columns,   s->group,         s->implicit,        s->moiety,
        s->equilibrium,     s->delays,        s->past_steps,      s->events,
        s->assignments,     s->draws,         s->sensitive};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        bk_free(arrays[i]);
    }
    bk_free(s);
}

/* All reasons in one pass. */
static void refuse_requirements(bk_kin_build *build)
{
    const bk_model *const m = build->model;
    for (int32_t i = 0; i < m->n_requirements; i++) {
        const bk_requirement *const r = &m->requirements[i];
        if (!r->kinetic) {
            continue;
        }
        const bool named = r->detail != NULL && r->detail[0] != '\0';
        bk_kin_refuse(
            build, r->where, "the kinetic engine cannot evaluate this model: %s%s%s%s",
            r->what, named ? " \"" : "", named ? r->detail : "", named ? "\"" : "");
    }
    if (!bk_model_has_kinetics(m) && bk_model_has_logic(m)) {
        bk_kin_refuse(
            build, (bk_where){.file = m->source},
            "the model has logic only, without reactions or rates; it runs by the "
            "methods sync, async and ctmc, and in its continuous form (which the "
            "program makes by itself, the library by bk_model_continuous) by ode");
    }
}

static bool prepare_system(bk_kin_build *build)
{
    const bk_model *const m = build->model;
    bk_kin_system *const s = build->system;
    const size_t n = (size_t)m->n_symbols + 1;
    s->symbols = m->n_symbols;
    s->pool = bk_exprs_clone(m->exprs);
    s->variable_of = bk_alloc(n * sizeof *s->variable_of);
    s->amount_slot = bk_alloc(n * sizeof *s->amount_slot);
    s->substance = bk_alloc_zero(n, sizeof *s->substance);
    if (s->pool == NULL || s->variable_of == NULL || s->amount_slot == NULL ||
        s->substance == NULL) {
        return bk_kin_fail(build);
    }
    for (int32_t i = 0; i < m->n_symbols; i++) {
        s->variable_of[i] = s->amount_slot[i] = -1;
        build->rate_of[i] = build->rules[i] = build->solved[i] = -1;
    }
    for (int32_t r = 0; r < m->n_rules; r++) {
        if (m->rules[r].target >= 0 && m->rules[r].math >= 0) {
            build->rules[m->rules[r].target] = r;
        }
    }
    return true;
}

/* One attempt; build->again: it needs another one. */
static bool compile(bk_kin_build *build)
{
    bk_kin_system *const made = bk_alloc_zero(1, sizeof *made);
    if (made == NULL) {
        return bk_kin_fail(build);
    }
    made->head = (bk_system){&bk_engine_ode, build->model, free_system};
    build->system = made;
    build->node_capacity = build->edge_capacity = 0;
    build->term_capacity = build->delay_capacity = build->draw_capacity = 0;
    build->again = false;
    if (!prepare_system(build) || !bk_kin_build_algebraic(build) ||
        !bk_kin_find_events(build) || !bk_kin_build_sensitive(build) ||
        !bk_kin_build_nodes(build) || !bk_kin_build_order(build) ||
        !bk_kin_check_fast(build) || !bk_kin_build_groups(build) ||
        !bk_kin_build_program(build) || !bk_kin_build_rows(build) ||
        !bk_kin_build_initial(build) || !bk_kin_build_past(build) ||
        !bk_kin_build_events(build) || !bk_kin_check_sensitive(build)) {
        free_system(&made->head);
        return false;
    }
    bk_exprs_free(made->pool); /* the programs hold all that is needed */
    made->pool = NULL;
    return true;
}

static bool prepare_build(bk_kin_build *build)
{
    const bk_model *const m = build->model;
    const size_t n = (size_t)m->n_symbols + 1;
    build->rate_of = bk_alloc(n * sizeof *build->rate_of);
    build->rules = bk_alloc(n * sizeof *build->rules);
    build->set = bk_alloc_zero(n, sizeof *build->set);
    build->solved = bk_alloc(n * sizeof *build->solved);
    build->begins = bk_alloc(((size_t)m->n_initials + 1) * sizeof *build->begins);
    build->implicit = bk_alloc_zero(n, sizeof *build->implicit);
    build->bodies = bk_alloc_zero((size_t)m->n_functions + 1, sizeof *build->bodies);
    if (build->rate_of == NULL || build->rules == NULL || build->set == NULL ||
        build->solved == NULL || build->implicit == NULL || build->begins == NULL ||
        build->bodies == NULL) {
        return bk_kin_fail(build);
    }
    for (int32_t f = 0; f < m->n_functions; f++) {
        build->bodies[f] = m->functions[f].body;
    }
    return true;
}

bk_status bk_kin_compile(const bk_model *model, bk_diag *diag, bk_system **system)
{
    return bk_kin_compile_for(model, NULL, 0, diag, system);
}

bk_status bk_kin_compile_for(const bk_model *model, const int32_t *to, int32_t n,
                             bk_diag *diag, bk_system **system)
{
    bk_kin_build build = {
        .model = model, .diag = diag, .sensitive = to, .n_sensitive = n};
    refuse_requirements(&build);
    bool done = false;
    if (!build.refused && prepare_build(&build)) {
        do {
            done = compile(&build);
        } while (build.again && !build.no_memory && !build.refused);
    }
    bk_free(build.rate_of);
    bk_free(build.rules);
    bk_free(build.set);
    bk_free(build.solved);
    bk_free(build.begins);
    bk_free(build.implicit);
    bk_free(build.bodies);
    if (!done) {
        return build.no_memory ? BK_NO_MEMORY : BK_UNSUPPORTED;
    }
    *system = &build.system->head;
    return BK_OK;
}
