/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/model.h"

#include "base/alloc.h"

void bk_model_free(bk_model *model)
{
    if (model == NULL) {
        return;
    }
    bk_free(model->symbols);
    bk_free(model->rules);
    bk_free(model->initials);
    bk_free(model->reactions);
    bk_free(model->participants);
    bk_free(model->functions);
    bk_free(model->events);
    bk_free(model->event_assignments);
    bk_free(model->constraints);
    bk_free(model->unit_definitions);
    bk_free(model->units);
    bk_free(model->logics);
    bk_free(model->terms);
    bk_free(model->influences);
    bk_free(model->requirements);
    bk_free(model->fluxes);
    bk_free(model->objectives);
    bk_free(model->flux_terms);
    bk_free(model->starts);
    bk_free(model->alias_list);
    bk_names_free(model->ids);
    bk_names_free(model->aliases);
    bk_exprs_free(model->exprs);
    bk_arena_free(model->arena);
    bk_free(model);
}

static const char *plain(const char *text)
{
    return text != NULL ? text : "";
}

const char *bk_model_id(const bk_model *model)
{
    return plain(model->id);
}

const char *bk_model_name(const bk_model *model)
{
    return plain(model->name);
}

const char *bk_model_source(const bk_model *model)
{
    return plain(model->source);
}

const char *bk_model_sha256(const bk_model *model)
{
    return plain(model->sha256);
}

int bk_model_sbml_level(const bk_model *model)
{
    return model->level;
}

int bk_model_sbml_version(const bk_model *model)
{
    return model->version;
}

int32_t bk_model_symbols(const bk_model *model)
{
    return model->n_symbols;
}

const char *bk_symbol_id(const bk_model *model, int32_t symbol)
{
    return model->symbols[symbol].id;
}

const char *bk_symbol_name(const bk_model *model, int32_t symbol)
{
    return model->symbols[symbol].name;
}

bk_symbol_kind bk_symbol_kind_of(const bk_model *model, int32_t symbol)
{
    return model->symbols[symbol].kind;
}

const char *bk_symbol_kind_text(bk_symbol_kind kind)
{
    switch (kind) {
    case BK_COMPARTMENT:
        return "compartment";
    case BK_SPECIES:
        return "species";
    case BK_PARAMETER:
        return "parameter";
    case BK_LOCAL_PARAMETER:
        return "local parameter";
    case BK_REACTION:
        return "reaction";
    case BK_STOICHIOMETRY:
        return "species reference";
    case BK_EVENT:
        return "event";
    case BK_OBJECTIVE:
        return "objective";
    case BK_LEVEL:
        return "qualitative species";
    }
    return "symbol";
}

static bool is_level(const bk_model *model, int32_t symbol)
{
    return model->symbols[symbol].kind == BK_LEVEL;
}

int bk_symbol_max_level(const bk_model *model, int32_t symbol)
{
    return is_level(model, symbol) ? model->symbols[symbol].max_level : 0;
}

bool bk_logic_has_rates(const bk_model *model, int32_t logic)
{
    const bk_logic *const l = &model->logics[logic];
    for (int32_t k = 0; k < l->terms; k++) {
        if (model->terms[l->first_term + k].rate > 0) {
            return true;
        }
    }
    return false;
}

bool bk_model_has_rates(const bk_model *model)
{
    bool any = false;
    for (int32_t i = 0; i < model->n_logics; i++) {
        const bk_logic *const l = &model->logics[i];
        any =
            any || l->rate_up != 1 || l->rate_down != 1 || bk_logic_has_rates(model, i);
    }
    return any;
}

bool bk_symbol_internal(const bk_model *model, int32_t symbol)
{
    return model->symbols[symbol].internal;
}

const bk_run_wishes *bk_model_wishes(const bk_model *model)
{
    return &model->wishes;
}

int bk_symbol_start_level(const bk_model *model, int32_t symbol)
{
    const int start = model->symbols[symbol].start_level;
    return is_level(model, symbol) && start > 0 ? start : 0;
}

bool bk_symbol_input(const bk_model *model, int32_t symbol)
{
    return is_level(model, symbol) && model->symbols[symbol].item < 0;
}

bool bk_symbol_slow(const bk_model *model, int32_t symbol)
{
    return model->symbols[symbol].slow;
}

int32_t bk_model_compartments(const bk_model *model)
{
    return model->kinds[BK_COMPARTMENT];
}

int32_t bk_model_species(const bk_model *model)
{
    return model->kinds[BK_SPECIES];
}

int32_t bk_model_parameters(const bk_model *model)
{
    return model->kinds[BK_PARAMETER];
}

int32_t bk_model_reactions(const bk_model *model)
{
    return model->n_reactions;
}

int32_t bk_model_rules(const bk_model *model)
{
    return model->n_rules;
}

int32_t bk_model_events(const bk_model *model)
{
    return model->n_events;
}

int32_t bk_model_levels(const bk_model *model)
{
    return model->kinds[BK_LEVEL];
}

bool bk_model_has_kinetics(const bk_model *model)
{
    return model->n_reactions > 0 || model->n_rules > 0 || model->n_events > 0 ||
           model->kinds[BK_SPECIES] > 0;
}

bool bk_model_has_logic(const bk_model *model)
{
    return model->kinds[BK_LEVEL] > 0;
}

bool bk_model_has_fluxes(const bk_model *model)
{
    return model->n_objectives > 0;
}

int32_t bk_model_requirements(const bk_model *model)
{
    return model->n_requirements;
}

const bk_requirement *bk_model_requirement(const bk_model *model, int32_t i)
{
    return &model->requirements[i];
}

int32_t bk_model_influences(const bk_model *model)
{
    return model->n_influences;
}

const bk_influence *bk_model_influence(const bk_model *model, int32_t i)
{
    return &model->influences[i];
}

int32_t bk_model_rule_of(const bk_model *model, int32_t symbol)
{
    return model->symbols[symbol].rule;
}

int32_t bk_model_logic_of(const bk_model *model, int32_t symbol)
{
    return is_level(model, symbol) ? model->symbols[symbol].item : -1;
}

static const char *symbol_text(void *context, int32_t symbol)
{
    const bk_model *const model = context;
    return symbol >= 0 && symbol < model->n_symbols ? model->symbols[symbol].id : "?";
}

static const char *function_text(void *context, int32_t function)
{
    const bk_model *const model = context;
    return function >= 0 && function < model->n_functions
               ? model->functions[function].id
               : "?";
}

bk_naming bk_model_naming(const bk_model *model)
{
    /* The interface is for naming that may keep state; this one only reads. */
    return (bk_naming){(void *)model, symbol_text, function_text};
}

/* A Boolean rule is its condition; any other one is written as a piecewise that says
 * the same. */
static void print_logic(const bk_model *model, const bk_logic *logic, bk_text *text)
{
    const bk_naming naming = bk_model_naming(model);
    const bk_term *const terms = model->terms + logic->first_term;
    if (logic->terms == 0) {
        bk_text_printf(text, "%d", logic->otherwise);
        return;
    }
    if (logic->terms == 1 && terms[0].level == 1 && logic->otherwise == 0) {
        bk_expr_print(model->exprs, terms[0].condition, &naming, NULL, text);
        return;
    }
    bk_text_add(text, "piecewise(");
    for (int32_t i = 0; i < logic->terms; i++) {
        bk_text_printf(text, "%d, ", terms[i].level);
        bk_expr_print(model->exprs, terms[i].condition, &naming, NULL, text);
        bk_text_add(text, ", ");
    }
    bk_text_printf(text, "%d)", logic->otherwise);
}

bk_status bk_symbol_rule_text(const bk_model *model, int32_t symbol, char **text)
{
    const bk_naming naming = bk_model_naming(model);
    const bk_symbol *const s = &model->symbols[symbol];
    bk_text printed = {0};
    bk_text_add(&printed, "");
    bk_expr math = BK_NO_EXPR;
    if (s->rule >= 0) {
        math = model->rules[s->rule].math;
    } else if (s->kind == BK_REACTION && s->item >= 0) {
        math = model->reactions[s->item].law;
    } else if (is_level(model, symbol) && s->item >= 0) {
        print_logic(model, &model->logics[s->item], &printed);
    }
    if (math >= 0) {
        bk_expr_print(model->exprs, math, &naming, NULL, &printed);
    }
    if (printed.failed) {
        bk_text_free(&printed);
        return BK_NO_MEMORY;
    }
    *text = printed.data;
    return BK_OK;
}

bool bk_model_is_drawn(const bk_model *model, int32_t symbol)
{
    for (int32_t g = 0; g < model->n_starts; g++) {
        for (int32_t k = 0; k < model->starts[g].n; k++) {
            if (model->starts[g].levels[k] == symbol) {
                return true;
            }
        }
    }
    return false;
}
