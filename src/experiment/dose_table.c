/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <blockade/dose.h>

#include "base/alloc.h"
#include "base/c_locale.h"
#include "base/text.h"

#include <math.h>

enum { CURVE_POINTS = 201 };

typedef struct summing {
    const bk_table *responses;
    const bk_dose_settings *settings;
    size_t n;
    double *doses, *values; /* [n] */
    bk_table *summary, *curves;
} summing;

/* --- in words ----------------------------------------------------------------------------- */

static void add_number(bk_text *text, const char *before, double value)
{
    char number[40];
    bk_c_snprintf(number, sizeof number, "%.4g", value);
    bk_text_add(text, before);
    bk_text_add(text, number);
}

static void add_percent(bk_text *text, const char *before, double share,
                        const char *after)
{
    char number[40];
    bk_c_snprintf(number, sizeof number, "%.0f %%", 100.0 * share);
    bk_text_add(text, before);
    bk_text_add(text, number);
    bk_text_add(text, after);
}

static void add_doubts(bk_text *text, const bk_dose_curve *c)
{
    if (c->covered_high < 0.9) {
        add_percent(text, "; the highest dose covers ", c->covered_high,
                    " of the fitted range");
    }
    if (c->covered_low > 0.1) {
        add_percent(text, "; the lowest dose has passed ", c->covered_low,
                    " of the fitted range");
    }
    if (isnan(c->hill) && !isnan(c->ec50)) {
        bk_text_add(text, "; the doses do not determine the slope");
    }
    if (isnan(c->ec50)) {
        bk_text_add(text, "; the doses do not determine EC50");
    }
    if (c->r2 < 0.98) {
        add_number(text, "; not a Hill curve, R2 ", c->r2);
    }
}

static void add_verdict(bk_text *text, const bk_dose_curve *c)
{
    const char *const way = c->direction > 0 ? "rises" : "falls";
    switch (c->verdict) {
    case BK_DOSE_FITTED:
        bk_text_add(text, way);
        add_doubts(text, c);
        break;
    case BK_DOSE_FEW:
        bk_text_add(text, "fewer than four doses have a response");
        break;
    case BK_DOSE_NO_EFFECT:
        bk_text_add(text, "no effect: it moves by less than 0.1 %");
        break;
    case BK_DOSE_BENT:
        add_number(text, "not monotone: it turns back at ", c->turn);
        break;
    case BK_DOSE_STEP:
        bk_text_add(text, way);
        add_number(text, " in a step between ", c->step[0]);
        add_number(text, " and ", c->step[1]);
        bk_text_add(text, "; the slope needs doses between them");
        break;
    case BK_DOSE_BELOW:
        bk_text_add(text, way);
        add_number(text, "; EC50 is not bracketed: below ", c->lowest);
        break;
    case BK_DOSE_ABOVE:
        bk_text_add(text, way);
        add_number(text, "; EC50 is not bracketed: above ", c->highest);
        break;
    case BK_DOSE_UNFITTED:
    default:
        bk_text_add(text, way);
        bk_text_add(text, "; no Hill curve could be fitted");
        break;
    }
}

/* --- rows --------------------------------------------------------------------------------- */

static const char *const numbers[] = {
    "first",   "last",   "mean",          "bottom",           "se_bottom",
    "top",     "se_top", "EC50",          "se_EC50",          "hill",
    "se_hill", "level",  "absolute_EC50", "se_absolute_EC50", "crossing",
    "R2",      "rms"};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

/* What lies outside the doses is an extrapolation and not told. */
static bk_status add_row(const summing *g, const char *name, const bk_dose_curve *c,
                         const char *words)
{
    const bool inside = c->verdict == BK_DOSE_FITTED || c->verdict == BK_DOSE_STEP;
    const double none = (double)NAN;
    const double values[NUMBERS] = {c->first,
                                    c->last,
                                    c->mean,
                                    inside ? c->bottom : none,
                                    inside ? c->bottom_error : none,
                                    inside ? c->top : none,
                                    inside ? c->top_error : none,
                                    inside ? c->ec50 : none,
                                    inside ? c->ec50_error : none,
                                    inside ? c->hill : none,
                                    inside ? c->hill_error : none,
                                    c->level,
                                    c->absolute,
                                    c->absolute_error,
                                    c->crossing,
                                    inside ? c->r2 : none,
                                    inside ? c->rms : none};
    size_t row = 0;
    bk_status status = bk_table_add_row(g->summary, &row);
    if (status == BK_OK) {
        status = bk_table_set_text(g->summary, row, 0, name);
    }
    if (status == BK_OK) {
        status = bk_table_set_text(g->summary, row, 1, words);
    }
    for (int i = 0; i < NUMBERS && status == BK_OK; i++) {
        if (isfinite(values[i])) {
            status = bk_table_set_real(g->summary, row, 2 + i, values[i]);
        }
    }
    return status;
}

static bk_status add_curve(const summing *g, const char *name, const bk_dose_curve *c)
{
    int column = 0;
    if (g->curves == NULL || c->verdict != BK_DOSE_FITTED) {
        return BK_OK;
    }
    bk_status status = bk_table_add_column(g->curves, name, BK_REAL, &column);
    for (size_t r = 0; r < bk_table_rows(g->curves) && status == BK_OK; r++) {
        const double y = bk_dose_response(c, bk_table_real(g->curves, r, 0));
        if (isfinite(y)) {
            status = bk_table_set_real(g->curves, r, column, y);
        }
    }
    return status;
}

static double control_of(const summing *g)
{
    const double wanted = isfinite(g->settings->control) ? g->settings->control : 0.0;
    for (size_t i = 0; i < g->n; i++) {
        if (g->doses[i] >= wanted && g->doses[i] <= wanted) {
            return g->values[i];
        }
    }
    return (double)NAN;
}

/* Growth rates to growth rate inhibition values; false: without the drug nothing grows. */
static bool inhibition(const summing *g, double control)
{
    if (!(control > 0.0)) {
        return false;
    }
    for (size_t i = 0; i < g->n; i++) {
        g->values[i] = exp2(g->values[i] / control) - 1.0;
    }
    return true;
}

static bk_status sum_up(const summing *g, int column)
{
    const char *const name = bk_table_column_name(g->responses, column);
    const bool growth = g->settings->growth;
    for (size_t i = 0; i < g->n; i++) {
        g->values[i] = bk_table_real(g->responses, i, column);
    }
    const double control = control_of(g);
    double level = g->settings->level, start = (double)NAN;
    if (growth) {
        level = isfinite(level) ? level : 0.5;
        start = g->settings->control > 0.0 ? start : 1.0;
    } else if (!isfinite(level) && control > 0.0 && g->settings->control > 0.0) {
        level = 0.5 * control;
    }
    const bool grows = !growth || inhibition(g, control);
    for (size_t i = 0; i < g->n && !grows; i++) {
        g->values[i] = (double)NAN;
    }
    bk_dose_curve c;
    bk_text words = {0};
    bk_status status = bk_dose_fit(g->doses, g->values, g->n, level, start, &c);
    if (status == BK_OK && grows) {
        add_verdict(&words, &c);
    } else if (status == BK_OK) {
        bk_text_add(&words, "no growth without the drug, so no growth rate inhibition");
    }
    if (status == BK_OK) {
        status = words.failed ? BK_NO_MEMORY : add_row(g, name, &c, words.data);
    }
    bk_text_free(&words);
    return status == BK_OK ? add_curve(g, name, &c) : status;
}

static bk_status open_curves(summing *g)
{
    double low = (double)INFINITY, high = 0.0;
    for (size_t i = 0; i < g->n; i++) {
        low = g->doses[i] > 0.0 ? fmin(low, g->doses[i]) : low;
        high = fmax(high, g->doses[i]);
    }
    bk_status status = bk_table_add_column(
        g->curves, bk_table_column_name(g->responses, 0), BK_REAL, NULL);
    for (int i = 0; i < CURVE_POINTS && status == BK_OK && low < high; i++) {
        size_t row = 0;
        const double dose = low * pow(high / low, (double)i / (CURVE_POINTS - 1));
        status = bk_table_add_row(g->curves, &row);
        if (status == BK_OK) {
            status = bk_table_set_real(g->curves, row, 0, dose);
        }
    }
    return status;
}

static bk_status open_summary(const summing *g)
{
    bk_status status = bk_table_add_column(g->summary, "readout", BK_TEXT, NULL);
    if (status == BK_OK) {
        status = bk_table_add_column(g->summary, "verdict", BK_TEXT, NULL);
    }
    for (int i = 0; i < NUMBERS && status == BK_OK; i++) {
        status = bk_table_add_column(g->summary, numbers[i], BK_REAL, NULL);
    }
    return status;
}

bk_status bk_dose_summary(const bk_table *responses, const bk_dose_settings *settings,
                          bk_table **summary, bk_table **curves)
{
    const size_t n = bk_table_rows(responses);
    summing g = {.responses = responses,
                 .settings = settings,
                 .n = n,
                 .doses = bk_alloc((n + 1) * sizeof *g.doses),
                 .values = bk_alloc((n + 1) * sizeof *g.values),
                 .summary = bk_table_new(),
                 .curves = curves != NULL ? bk_table_new() : NULL};
    bk_status status = g.doses == NULL || g.values == NULL || g.summary == NULL ||
                               (curves != NULL && g.curves == NULL)
                           ? BK_NO_MEMORY
                           : BK_OK;
    for (size_t i = 0; status == BK_OK && i < n; i++) {
        g.doses[i] = bk_table_real(responses, i, 0);
    }
    if (status == BK_OK) {
        status = open_summary(&g);
    }
    if (status == BK_OK && curves != NULL) {
        status = open_curves(&g);
    }
    for (int k = 1; k < bk_table_columns(responses) && status == BK_OK; k++) {
        if (bk_table_column_type(responses, k) == BK_REAL) {
            status = sum_up(&g, k);
        }
    }
    bk_free(g.doses);
    bk_free(g.values);
    if (status != BK_OK) {
        bk_table_free(g.summary);
        bk_table_free(g.curves);
        return status;
    }
    *summary = g.summary;
    if (curves != NULL) {
        *curves = g.curves;
    }
    return BK_OK;
}
