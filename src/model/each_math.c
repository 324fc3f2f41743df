/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/builder_impl.h"

typedef struct visitor {
    const bk_model *model;
    bk_math_visit *visit;
    void *context;
} visitor;

static void offer(const visitor *v, bk_math_place place)
{
    if (place.math < 0) {
        return;
    }
    place.name = "";
    if (place.function >= 0) {
        place.name = v->model->functions[place.function].id;
    } else if (bk_model_has_symbol(v->model, place.symbol)) {
        place.name = v->model->symbols[place.symbol].id;
    }
    v->visit(v->context, &place);
}

static void each_rule(const visitor *v)
{
    static const char *const what[] = {"the assignment rule for", "the rate rule for",
                                       "an algebraic rule"};
    const bk_model *const m = v->model;
    for (int32_t i = 0; i < m->n_rules; i++) {
        const bk_rule *const rule = &m->rules[i];
        offer(v, (bk_math_place){.math = rule->math,
                                 .what = what[rule->kind],
                                 .symbol = rule->target,
                                 .reaction = -1,
                                 .function = -1,
                                 .where = rule->where});
    }
    for (int32_t i = 0; i < m->n_initials; i++) {
        offer(v, (bk_math_place){.math = m->initials[i].math,
                                 .what = "the initial assignment of",
                                 .symbol = m->initials[i].target,
                                 .reaction = -1,
                                 .function = -1,
                                 .where = m->initials[i].where});
    }
}

static void each_reaction(const visitor *v)
{
    const bk_model *const m = v->model;
    for (int32_t i = 0; i < m->n_reactions; i++) {
        const bk_reaction *const reaction = &m->reactions[i];
        offer(v, (bk_math_place){.math = reaction->law,
                                 .what = "the rate law of",
                                 .symbol = reaction->symbol,
                                 .reaction = i,
                                 .function = -1,
                                 .where = reaction->where});
    }
    for (int32_t i = 0; i < m->n_participants; i++) {
        offer(v, (bk_math_place){.math = m->participants[i].math,
                                 .what = "a stoichiometry of",
                                 .symbol = m->participants[i].species,
                                 .reaction = -1,
                                 .function = -1,
                                 .where = m->participants[i].where});
    }
}

static void each_event(const visitor *v)
{
    const bk_model *const m = v->model;
    for (int32_t i = 0; i < m->n_events; i++) {
        const bk_event *const event = &m->events[i];
        const bk_expr parts[] = {event->trigger, event->delay, event->priority};
        static const char *const what[] = {"the trigger of", "the delay of",
                                           "the priority of"};
        for (int k = 0; k < 3; k++) {
            offer(v, (bk_math_place){.math = parts[k],
                                     .what = what[k],
                                     .symbol = event->symbol,
                                     .reaction = -1,
                                     .function = -1,
                                     .where = event->where});
        }
    }
    for (int32_t i = 0; i < m->n_event_assignments; i++) {
        offer(v, (bk_math_place){.math = m->event_assignments[i].math,
                                 .what = "an event assignment of",
                                 .symbol = m->event_assignments[i].target,
                                 .reaction = -1,
                                 .function = -1,
                                 .where = m->event_assignments[i].where});
    }
    for (int32_t i = 0; i < m->n_constraints; i++) {
        offer(v, (bk_math_place){.math = m->constraints[i].math,
                                 .what = "a constraint",
                                 .symbol = -1,
                                 .reaction = -1,
                                 .function = -1,
                                 .where = m->constraints[i].where});
    }
}

void bk_model_each_math(const bk_model *model, bk_math_visit *visit, void *context)
{
    const visitor v = {model, visit, context};
    for (int32_t i = 0; i < model->n_functions; i++) {
        offer(&v, (bk_math_place){.math = model->functions[i].body.body,
                                  .what = "the function",
                                  .symbol = -1,
                                  .reaction = -1,
                                  .function = i,
                                  .where = model->functions[i].where});
    }
    each_rule(&v);
    each_reaction(&v);
    each_event(&v);
    for (int32_t i = 0; i < model->n_logics; i++) {
        const bk_logic *const logic = &model->logics[i];
        for (int32_t k = 0; k < logic->terms; k++) {
            const bk_term *const term = &model->terms[logic->first_term + k];
            offer(&v, (bk_math_place){.math = term->condition,
                                      .what = "the logic of",
                                      .symbol = logic->target,
                                      .reaction = -1,
                                      .function = -1,
                                      .where = term->where});
        }
    }
}
