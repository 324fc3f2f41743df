/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is told of a steady state beside its values: conserved moieties, stability. */

#include "steady.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TERMS = 8, MOST_JUDGED = 400 };

/* Amounts at the start of all species of the moieties: values[symbols]; NaN: not known. */
static void start_amounts(const bk_system *system, const bk_overlay *overlay,
                          const bk_moieties *all, double *values)
{
    const bk_engine *const engine = bk_system_engine(system);
    const int32_t symbols = bk_model_symbols(bk_system_model(system));
    bk_column *columns = malloc(((size_t)symbols + 1) * sizeof *columns);
    bk_workspace *workspace = NULL;
    bk_outcome *outcome = NULL;
    bk_settings settings = bk_settings_defaults();
    int n = 0;
    for (int32_t i = 0; i < symbols; i++) {
        values[i] = NAN;
    }
    for (int32_t i = 0; columns != NULL && i < bk_moieties_count(all); i++) {
        const bk_moiety *const m = bk_moieties_at(all, i);
        for (int32_t k = 0; k < m->n; k++) {
            if (isnan(values[m->parts[k].species])) {
                columns[n++] = (bk_column){m->parts[k].species, BK_AS_AMOUNT};
                values[m->parts[k].species] = 0;
            }
        }
    }
    settings.t_end = settings.t_start;
    settings.steps = 0;
    settings.columns = columns;
    settings.n_columns = n;
    const bool good =
        columns != NULL && engine->workspace(system, &workspace) == BK_OK &&
        engine->run(system, overlay, &settings, workspace, NULL, &outcome) == BK_OK &&
        bk_outcome_rows(outcome) == 1;
    for (int i = 0; i < n; i++) {
        values[columns[i].symbol] = good ? bk_outcome_value(outcome, 0, i) : NAN;
    }
    bk_outcome_free(outcome);
    bk_workspace_free(workspace);
    free(columns);
}

static void moiety_text(const bk_model *model, const bk_moiety *m, const double *values,
                        char *text, size_t size)
{
    size_t n = 0;
    double total = 0;
    const int32_t shown = m->n > MOST_TERMS ? MOST_TERMS - 1 : m->n;
    for (int32_t k = 0; k < m->n; k++) {
        const double number = (double)m->parts[k].number;
        total += number * values[m->parts[k].species];
        if (k < shown && n < size) {
            char count[32] = "";
            if (fabs(number) != 1) {
                snprintf(count, sizeof count, "%.0f ", fabs(number));
            }
            n += (size_t)snprintf(text + n, size - n, "%s%s%s",
                                  k == 0       ? ""
                                  : number < 0 ? " - "
                                               : " + ",
                                  count, bk_symbol_id(model, m->parts[k].species));
        }
    }
    if (shown < m->n && n < size) {
        n += (size_t)snprintf(text + n, size - n, " + ... (%d species)", (int)m->n);
    }
    if (isfinite(total) && n < size) {
        snprintf(text + n, size - n, " = %.6g", total);
    }
}

int32_t cli_conserved(const bk_system *system, const bk_overlay *overlay,
                      void (*tell)(void *context, const char *text), void *context)
{
    const bk_model *const model = bk_system_model(system);
    bk_moieties *all = NULL;
    double *values = malloc(((size_t)bk_model_symbols(model) + 1) * sizeof *values);
    int32_t n = 0;
    if (values != NULL && bk_kinetic_moieties(system, overlay, &all) == BK_OK) {
        n = bk_moieties_count(all);
        if (n > 0) {
            start_amounts(system, overlay, all, values);
        }
        for (int32_t i = 0; i < n; i++) {
            char text[1024] = "";
            moiety_text(model, bk_moieties_at(all, i), values, text, sizeof text);
            tell(context, text);
        }
    }
    bk_moieties_free(all);
    free(values);
    return n;
}

void cli_stability(const bk_system *system, const bk_overlay *overlay,
                   const bk_settings *settings, const bk_outcome *outcome,
                   bk_workspace *workspace, char *text, size_t size)
{
    bk_stability s;
    bk_diag *diag = bk_diag_new();
    const bool large = bk_kinetic_variables(system) > MOST_JUDGED;
    const bk_status status = large ? BK_UNSUPPORTED
                                   : bk_kinetic_stability(system, overlay, settings,
                                                          outcome, workspace, diag, &s);
    if (large) {
        snprintf(text, size, "not judged: more than %d variables", MOST_JUDGED);
    } else if (status != BK_OK) {
        snprintf(text, size, "not judged: %s",
                 bk_diag_size(diag) > 0 ? bk_diag_message(diag, 0)->text
                                        : bk_status_text(status));
    } else if (s.n == 0) {
        snprintf(text, size, "nothing moves");
    } else if (s.kind == BK_MARGINAL) {
        snprintf(
            text, size,
            "not decided: an eigenvalue is zero that no conserved moiety explains");
    } else {
        const bool stable = s.kind == BK_STABLE;
        char swing[80] = "";
        if (s.imaginary > 0) {
            snprintf(swing, sizeof swing, ", %s oscillations of period %.4g",
                     stable ? "damped" : "growing", 2 * acos(-1.0) / s.imaginary);
        }
        snprintf(text, size,
                 "%s%s; largest real part of an eigenvalue %.4g, slowest time %.4g",
                 stable ? "stable" : "unstable", swing, s.largest, s.slowest);
    }
    bk_diag_free(diag);
}

/* --- several ------------------------------------------------------------------------------ */

static const char *kind_of(const bk_steady_state *told)
{
    return !told->steady                         ? "moves"
           : told->together > 1                  ? "not decided"
           : !told->judged                       ? "not judged"
           : told->stability.kind == BK_STABLE   ? "stable"
           : told->stability.kind == BK_UNSTABLE ? "unstable"
                                                 : "not decided";
}

enum { STATE, KIND, EIGENVALUE, STARTS, OWN, FIRST };

static bk_status open_table(bk_table *t, const bk_table *values)
{
    static const struct {
        const char *name;
        bk_type type;
    } heads[FIRST] = {[STATE] = {"state", BK_INTEGER},
                      [KIND] = {"kind", BK_TEXT},
                      [EIGENVALUE] = {"eigenvalue", BK_REAL},
                      [STARTS] = {"starts", BK_INTEGER},
                      [OWN] = {"own", BK_TEXT}};
    bk_status status = BK_OK;
    char title[1100];
    for (int i = 0; i < FIRST && status == BK_OK; i++) { /* a quantity keeps its name */
        const bool taken = bk_table_find_column(values, heads[i].name) >= 0;
        snprintf(title, sizeof title, taken ? "the %s" : "%s", heads[i].name);
        status = bk_table_add_column(t, title, heads[i].type, NULL);
    }
    for (int k = 1; k < bk_table_columns(values) && status == BK_OK; k++) {
        status = bk_table_add_column(t, bk_table_column_name(values, k), BK_REAL, NULL);
    }
    const bool taken = bk_table_find_column(values, "note") >= 0;
    return status == BK_OK
               ? bk_table_add_column(t, taken ? "the note" : "note", BK_TEXT, NULL)
               : status;
}

static bk_status add_state(bk_table *t, int number, const bk_steady_state *told,
                           const bk_table *values)
{
    size_t row = 0;
    const int n = bk_table_columns(values);
    bk_status status = bk_table_add_row(t, &row);
    if (status == BK_OK) {
        status = bk_table_set_integer(t, row, STATE, number);
    }
    if (status == BK_OK) {
        status = bk_table_set_text(t, row, KIND, kind_of(told));
    }
    if (status == BK_OK && told->judged && told->stability.n > 0) {
        status = bk_table_set_real(t, row, EIGENVALUE, told->stability.largest);
    }
    if (status == BK_OK) {
        status = bk_table_set_integer(t, row, STARTS, told->starts);
    }
    if (status == BK_OK) {
        status = bk_table_set_text(t, row, OWN, told->own ? "yes" : "no");
    }
    for (int k = 1; k < n && status == BK_OK; k++) {
        if (!bk_table_missing(values, 0, k)) {
            status =
                bk_table_set_real(t, row, FIRST + k - 1, bk_table_real(values, 0, k));
        }
    }
    char note[120] = "";
    if (told->together > 1) {
        snprintf(note, sizeof note, "one of %d found that lie together",
                 told->together);
    }
    const char *const text = told->steady ? note : bk_outcome_text(told->outcome);
    return status == BK_OK && text[0] != '\0'
               ? bk_table_set_text(t, row, FIRST + n - 1, text)
               : status;
}

bk_status cli_steady_table(const bk_steady_states *states,
                           bk_status (*one)(void *context, const bk_outcome *outcome,
                                            bk_table **table),
                           void *context, bk_table **table)
{
    bk_table *const t = bk_table_new();
    bk_status status = t != NULL ? BK_OK : BK_NO_MEMORY;
    for (int i = 0; i < bk_steady_states_count(states) && status == BK_OK; i++) {
        const bk_steady_state *const told = bk_steady_states_at(states, i);
        bk_table *values = NULL;
        status = one(context, told->outcome, &values);
        if (status == BK_OK && i == 0) {
            status = open_table(t, values);
        }
        if (status == BK_OK) {
            status = add_state(t, i + 1, told, values);
        }
        bk_table_free(values);
    }
    if (status != BK_OK) {
        bk_table_free(t);
        return status;
    }
    *table = t;
    return BK_OK;
}
