/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The continuous form of a logical model: its frame.  The drives are made in
 * continuous_drive.c. */

#include "model/continuous.h"

#include <math.h>

bk_continuous_settings bk_continuous_defaults(void)
{
    return (bk_continuous_settings){
        .hill_n = 3.0, .hill_k = 0.5, .tau_fast = 1.0, .tau_slow = 100.0};
}

static bool positive(double value)
{
    return isfinite(value) && value > 0.0;
}

static bk_status check_settings(const bk_model *logic, const bk_continuous_settings *s,
                                bk_diag *diag)
{
    if (!positive(s->hill_n) || !positive(s->hill_k) || !positive(s->tau_fast) ||
        !positive(s->tau_slow)) {
        bk_diag_add(diag, BK_ERROR, (bk_where){0}, "continuous-settings",
                    "the Hill exponent and threshold and both time constants of a "
                    "continuous form must be positive numbers");
        return BK_MISUSE;
    }
    if (!bk_model_has_logic(logic)) {
        bk_diag_add(diag, BK_ERROR, (bk_where){0}, "no-logic",
                    "the model has no qualitative species, so it has no continuous "
                    "form; run it as it is");
        return BK_UNSUPPORTED;
    }
    return BK_OK;
}

const char *bk_continuous_id(bk_forming *f, const char *wanted)
{
    bk_arena *const arena = f->builder->model->arena;
    const char *id = wanted;
    for (int k = 2; id != NULL && (bk_builder_find(f->builder, id) >= 0 ||
                                   bk_names_find(f->builder->function_ids, id) >= 0);
         k++) {
        id = bk_arena_printf(arena, "%s_%d", wanted, k);
    }
    f->builder->no_memory = f->builder->no_memory || id == NULL;
    return id;
}

static void add_levels(bk_forming *f)
{
    const bk_model *const logic = f->logic;
    for (int32_t s = 0; s < logic->n_symbols; s++) {
        const bk_symbol *const level = &logic->symbols[s];
        f->map[s] = -1;
        if (level->kind != BK_LEVEL) {
            continue;
        }
        bk_symbol variable = *level;
        variable.kind = BK_PARAMETER;
        variable.compartment = -1;
        variable.constant = level->item < 0;
        variable.boundary = false;
        variable.initial = BK_INITIAL_VALUE;
        variable.value = bk_symbol_start_level(logic, s);
        variable.item = -1;
        variable.seen_scale = 1.0;
        f->map[s] = bk_builder_symbol(f->builder, &variable);
    }
    for (int32_t i = 0; i < logic->n_aliases; i++) {
        bk_builder_alias(f->builder, logic->alias_list[i].text,
                         f->map[logic->alias_list[i].symbol]);
    }
}

static int32_t add_constant(bk_forming *f, const char *wanted, const char *name,
                            double value)
{
    bk_symbol symbol = bk_symbol_blank(BK_PARAMETER, bk_continuous_id(f, wanted));
    symbol.name = name;
    symbol.constant = true;
    symbol.initial = BK_INITIAL_VALUE;
    symbol.value = value;
    return f->builder->no_memory ? -1 : bk_builder_symbol(f->builder, &symbol);
}

/* hill(u, n, k) = u^n (1 + k^n) / (u^n + k^n): exactly 0 at u = 0 and 1 at u = 1. */
static void add_hill(bk_forming *f)
{
    bk_exprs *const pool = bk_builder_exprs(f->builder);
    const bk_expr u = bk_expr_payload(pool, BK_OP_ARGUMENT, 0, NULL, 0);
    const bk_expr n = bk_expr_payload(pool, BK_OP_ARGUMENT, 1, NULL, 0);
    const bk_expr k = bk_expr_payload(pool, BK_OP_ARGUMENT, 2, NULL, 0);
    const bk_expr un = bk_expr_2(pool, BK_OP_POWER, u, n);
    const bk_expr kn = bk_expr_2(pool, BK_OP_POWER, k, n);
    const bk_expr top =
        bk_expr_2(pool, BK_OP_TIMES, un,
                  bk_expr_2(pool, BK_OP_PLUS, bk_expr_number(pool, 1.0), kn));
    const bk_expr body =
        bk_expr_2(pool, BK_OP_DIVIDE, top, bk_expr_2(pool, BK_OP_PLUS, un, kn));
    static const char *const arguments[] = {"u", "n", "k"};
    const bk_function hill = {.id = bk_continuous_id(f, "hill"),
                              .name = "Hill function that is 0 at 0 and 1 at 1",
                              .arguments = arguments,
                              .body = {3, body}};
    f->hill =
        f->builder->no_memory || body < 0 ? -1 : bk_builder_function(f->builder, &hill);
}

static void add_rule(bk_forming *f, bk_rule_kind kind, int32_t target, bk_expr math,
                     bk_where where)
{
    /* Without math a rule would be legal and without effect. */
    f->builder->no_memory = f->builder->no_memory || target < 0 || math < 0;
    bk_builder_rule(
        f->builder,
        &(bk_rule){.kind = kind, .target = target, .math = math, .where = where});
}

void bk_continuous_assign(bk_forming *f, int32_t target, bk_expr math, bk_where where)
{
    add_rule(f, BK_ASSIGNMENT_RULE, target, math, where);
}

/* x' = (drive - x) / tau */
static void add_motion(bk_forming *f, int32_t variable, int32_t drive, bk_where where)
{
    bk_exprs *const pool = bk_builder_exprs(f->builder);
    const bool slow = f->builder->model->symbols[variable].slow;
    const bk_expr gap = bk_expr_2(pool, BK_OP_MINUS, bk_expr_symbol(pool, drive),
                                  bk_expr_symbol(pool, variable));
    const bk_expr tau = bk_expr_symbol(pool, slow ? f->tau_slow : f->tau_fast);
    add_rule(f, BK_RATE_RULE, variable, bk_expr_2(pool, BK_OP_DIVIDE, gap, tau), where);
}

static bk_status add_ruled(bk_forming *f, int32_t index)
{
    const bk_logic *const logic = &f->logic->logics[index];
    const int32_t variable = f->map[logic->target];
    const char *const id = f->logic->symbols[logic->target].id;
    bk_dd *dd = NULL;
    bk_status status = bk_dd_build(f->logic, index, BK_MOST_DRIVE_NODES, &dd);
    if (status == BK_UNSUPPORTED) {
        bk_diag_add(f->builder->diag, BK_ERROR, logic->where, "diagram-size",
                    "the function of \"%s\" needs a decision diagram of more than %d "
                    "nodes, too many for a continuous form; simplify it",
                    id, BK_MOST_DRIVE_NODES);
    }
    if (status != BK_OK) {
        return status;
    }
    const char *const wanted =
        bk_arena_printf(f->builder->model->arena, "%s_drive", id);
    bk_symbol drive = bk_symbol_blank(
        BK_PARAMETER, wanted != NULL ? bk_continuous_id(f, wanted) : NULL);
    drive.where = logic->where;
    const int32_t symbol =
        drive.id != NULL ? bk_builder_symbol(f->builder, &drive) : -1;
    if (symbol < 0) {
        bk_dd_free(dd);
        return BK_NO_MEMORY;
    }
    f->builder->model->symbols[variable].drive = symbol;
    status = bk_continuous_drive(f, dd, symbol, id, logic->where);
    bk_dd_free(dd);
    add_motion(f, variable, symbol, logic->where);
    return status;
}

static void carry_over(bk_forming *f)
{
    const bk_model *const logic = f->logic;
    for (int32_t i = 0; i < logic->n_influences; i++) {
        bk_influence influence = logic->influences[i];
        influence.source = f->map[influence.source];
        influence.target = f->map[influence.target];
        if (influence.source >= 0 && influence.target >= 0) {
            bk_builder_influence(f->builder, &influence);
        }
    }
    for (int32_t i = 0; i < logic->n_requirements; i++) {
        bk_requirement requirement = logic->requirements[i];
        if (requirement.logical) {
            requirement.kinetic = true;
            bk_builder_requirement(f->builder, &requirement);
        }
    }
}

static bk_status form(bk_forming *f, const bk_continuous_settings *settings)
{
    bk_model *const model = f->builder->model;
    model->id = bk_builder_text(f->builder, f->logic->id);
    model->name = bk_builder_text(f->builder, f->logic->name);
    model->source = bk_builder_text(f->builder, f->logic->source);
    model->sha256 = bk_builder_text(f->builder, f->logic->sha256);
    model->is_form = true;
    add_levels(f);
    f->hill_n = add_constant(f, "hill_n", "Hill exponent", settings->hill_n);
    f->hill_k = add_constant(f, "hill_k", "Hill threshold", settings->hill_k);
    f->tau_fast = add_constant(f, "tau_fast", "time constant", settings->tau_fast);
    f->tau_slow =
        add_constant(f, "tau_slow", "time constant of slow levels", settings->tau_slow);
    add_hill(f);
    if (f->builder->no_memory || f->hill < 0) {
        return BK_NO_MEMORY;
    }
    bk_status status = BK_OK;
    for (int32_t i = 0; i < f->logic->n_logics; i++) {
        const bk_status one = add_ruled(f, i);
        if (one == BK_NO_MEMORY) {
            return one;
        }
        status = one != BK_OK ? one : status;
    }
    carry_over(f);
    return status;
}

bk_status bk_model_continuous(const bk_model *logic,
                              const bk_continuous_settings *settings, bk_diag *diag,
                              bk_model **continuous)
{
    const bk_continuous_settings defaults = bk_continuous_defaults();
    const bk_continuous_settings *const used = settings != NULL ? settings : &defaults;
    bk_status status = check_settings(logic, used, diag);
    if (status != BK_OK) {
        return status;
    }
    bk_forming f = {.logic = logic,
                    .builder = bk_builder_new(diag),
                    .map = bk_alloc(((size_t)logic->n_symbols + 1) * sizeof *f.map)};
    status = f.builder != NULL && f.map != NULL ? form(&f, used) : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_builder_finish(f.builder, continuous);
    } else {
        bk_builder_free(f.builder);
    }
    bk_free(f.map);
    return status;
}
