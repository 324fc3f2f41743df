/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/system.h"

#include "base/alloc.h"

/* Which symbols sensitivities may be to, and of which models. */

static void refuse_ruled(bk_kin_build *b, int32_t symbol)
{
    const bk_model *const m = b->model;
    for (int32_t r = 0; r < m->n_rules; r++) {
        if (m->rules[r].target == symbol || m->rules[r].solves == symbol) {
            bk_kin_refuse(b, m->rules[r].where,
                          "\"%s\" is determined by this rule and is no parameter; take "
                          "those that the rule reads",
                          m->symbols[symbol].id);
            return;
        }
    }
}

bool bk_kin_build_sensitive(bk_kin_build *build)
{
    const bk_model *const m = build->model;
    bk_kin_system *const s = build->system;
    s->sensitive = bk_alloc(((size_t)build->n_sensitive + 1) * sizeof *s->sensitive);
    if (s->sensitive == NULL) {
        return bk_kin_fail(build);
    }
    for (int32_t k = 0; k < build->n_sensitive; k++) {
        const int32_t symbol = build->sensitive[k];
        const bk_symbol *const about = &m->symbols[symbol];
        s->sensitive[s->n_sensitive++] = symbol;
        if (about->kind == BK_EVENT || about->kind == BK_OBJECTIVE ||
            about->kind == BK_LEVEL) {
            bk_kin_refuse(build, about->where,
                          "\"%s\" is a %s and has no value to vary", about->id,
                          bk_symbol_kind_text(about->kind));
        } else if (build->rules[symbol] >= 0 && !bk_kin_rated(build, symbol)) {
            refuse_ruled(build, symbol);
        } else if (about->kind != BK_REACTION) {
            build->set[symbol] = true;
        }
    }
    return !build->refused;
}

static bool reads(const bk_kin_system *s, bk_expr math, int32_t symbol)
{
    return math >= 0 && bk_expr_uses(s->pool, math, symbol);
}

/* The rate of a reaction is read by something beside the species it changes. */
static bool is_read(const bk_kin_system *s, int32_t reaction)
{
    bool read = false;
    for (int32_t i = 0; i < s->n_nodes; i++) {
        read = read || reads(s, s->nodes[i].math, reaction);
    }
    for (int32_t k = 0; k < s->n_assignments; k++) {
        read = read || reads(s, s->assignments[k].math, reaction);
    }
    return read;
}

bool bk_kin_check_sensitive(bk_kin_build *build)
{
    const bk_model *const m = build->model;
    const bk_kin_system *const s = build->system;
    if (s->n_sensitive == 0) {
        return true;
    }
    for (int32_t k = 0; k < s->n_sensitive; k++) {
        const bk_symbol *const about = &m->symbols[s->sensitive[k]];
        if (about->kind == BK_REACTION && is_read(s, s->sensitive[k])) {
            bk_kin_refuse(build, about->where,
                          "a rule, an event or another reaction reads the rate of "
                          "\"%s\"; take sensitivities to a parameter of its law",
                          about->id);
        }
    }
    for (int32_t i = 0; i < s->n_events; i++) {
        if (s->events[i].delay >= 0) {
            bk_kin_refuse(build, m->events[s->events[i].item].where,
                          "sensitivities do not follow event \"%s\", which has a delay",
                          m->symbols[s->events[i].symbol].id);
        }
    }
    bool rates = false;
    for (int32_t i = 0; i < s->n_nodes; i++) {
        rates = rates || s->nodes[i].kind == BK_KIN_RATE_OF;
    }
    const bool late = s->n_delays > 0; /* what jumps would come back and jump again */
    const char *const what = s->fast != NULL              ? "fast reactions"
                             : late && s->n_events > 0    ? "delays and events"
                             : late && s->n_relations > 0 ? "delays and conditions"
                             : late && rates              ? "delays and rateOf"
                             : s->n_draws > 0             ? "random values"
                                                          : NULL;
    if (what != NULL) {
        bk_kin_refuse(build, (bk_where){.file = m->source},
                      "there are no sensitivities of a model with %s", what);
    }
    return !build->refused;
}
