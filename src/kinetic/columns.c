/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/work.h"

#include "base/alloc.h"

/* What a column of an outcome shows, from the values at hand. */

bk_status bk_kin_outcome_new(const bk_kin_system *system, const bk_settings *settings,
                             size_t rows, bool deviations, bk_outcome **outcome)
{
    const bk_kin_system *const s = system;
    if (settings->columns != NULL) {
        return bk_outcome_new(rows, settings->columns, settings->n_columns, s->symbols,
                              deviations, outcome);
    }
    bk_column *const columns = bk_alloc(((size_t)s->n + 1) * sizeof *columns);
    if (columns == NULL) {
        return BK_NO_MEMORY;
    }
    int n = 0;
    for (int32_t i = 0; i < s->symbols; i++) {
        if (s->variable_of[i] >= 0) {
            columns[n++] = (bk_column){i, BK_AS_DEFAULT};
        }
    }
    const bk_status status =
        bk_outcome_new(rows, columns, n, s->symbols, deviations, outcome);
    bk_free(columns);
    return status;
}

static double size_of(const bk_kin_work *w, int32_t species)
{
    const int32_t compartment = w->system->head.model->symbols[species].compartment;
    return compartment < 0 ? 1.0 : w->slots[compartment];
}

static double amount(const bk_kin_work *w, int32_t species, const double *y)
{
    const bk_kin_system *const s = w->system;
    const int32_t variable = s->variable_of[species];
    if (s->substance[species]) {
        return w->slots[species];
    }
    if (s->amount_slot[species] >= 0) {
        return w->slots[s->amount_slot[species]];
    }
    return variable >= 0 && s->variable_amount[variable] && !s->moiety[variable]
               ? y[variable]
               : w->slots[species] * size_of(w, species);
}

/* The derivative along the solution; w->dy and the rows are ready. */
static double rate(const bk_kin_work *w, int32_t symbol)
{
    const bk_kin_system *const s = w->system;
    const int32_t node = s->node_of[symbol];
    if (s->head.model->symbols[symbol].kind == BK_REACTION) {
        return w->slots[symbol];
    }
    if (node <= -2) {
        return w->dy[-2 - node] * w->units[-2 - node];
    }
    double sum = 0.0;
    const bool varying = node >= 0 && s->nodes[node].varying;
    for (int32_t k = 0; varying && k < s->nodes[node].entries; k++) {
        const int32_t entry = s->nodes[node].first_entry + k;
        const int32_t column = s->entry_columns[entry];
        sum += w->rows[entry] * (column < s->n ? w->dy[column] : 1.0);
    }
    return sum;
}

/* What evolves by itself, or not at all, and is not edited is there without any law. */
bool bk_kin_column_needs_laws(const bk_kin_work *w, bk_column column)
{
    const bk_kin_system *const s = w->system;
    const int32_t symbol = column.symbol;
    const int32_t variable = s->variable_of[symbol];
    const int32_t compartment = s->head.model->symbols[symbol].compartment;
    return column.aspect == BK_AS_RATE || s->node_of[symbol] >= 0 ||
           s->amount_slot[symbol] >= 0 || bk_kin_touched_of(w, symbol) != NULL ||
           (variable >= 0 && s->moiety[variable]) ||
           (compartment >= 0 && s->node_of[compartment] >= 0);
}

double bk_kin_column(bk_kin_work *w, bk_column column, const double *y)
{
    const bk_kin_system *const s = w->system;
    const int32_t symbol = column.symbol;
    const bk_symbol_kind kind = s->head.model->symbols[symbol].kind;
    const bool edited = column.aspect == BK_AS_DRIVE || column.aspect == BK_AS_ACTIVITY;
    const bk_kin_touched *const touched = edited ? bk_kin_touched_of(w, symbol) : NULL;
    switch (column.aspect) {
    case BK_AS_AMOUNT:
        return kind == BK_SPECIES ? amount(w, symbol, y) : w->slots[symbol];
    case BK_AS_CONCENTRATION:
        return kind == BK_SPECIES && s->substance[symbol]
                   ? w->slots[symbol] / size_of(w, symbol)
                   : w->slots[symbol];
    case BK_AS_DRIVE:
        return touched != NULL && kind == BK_REACTION ? touched->drive
                                                      : w->slots[symbol];
    case BK_AS_ACTIVITY:
        return touched != NULL && touched->treatment && kind != BK_REACTION
                   ? w->slots[s->first_seen + symbol]
                   : w->slots[symbol];
    case BK_AS_RATE:
        return rate(w, symbol);
    case BK_AS_DEFAULT:
    default:
        return w->slots[symbol];
    }
}
