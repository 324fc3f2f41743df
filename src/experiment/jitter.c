/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <blockade/experiment.h>

#include "base/alloc.h"
#include "base/c_locale.h"
#include "base/order.h"
#include "solve/normal.h"

#include <math.h>
#include <stdlib.h>

static const double spread = 0.2;

/* The conditions of one sample. */
static bk_status add_sample(const bk_condition *conditions, size_t n, const double *z,
                            bk_diag *diag, bk_condition *jittered)
{
    const bk_continuous_settings plain = bk_continuous_defaults();
    char edits[160];
    bk_c_snprintf(edits, sizeof edits, "fix hill_n = %.9g; fix hill_k = %.9g",
                  plain.hill_n * exp(spread * z[0]), plain.hill_k * exp(spread * z[1]));
    for (size_t i = 0; i < n; i++) {
        bk_scenario *const more = conditions[i].more != NULL
                                      ? bk_scenario_copy(conditions[i].more)
                                      : bk_scenario_new("jitter");
        jittered[i] = conditions[i];
        jittered[i].more = more;
        const bk_status status =
            more == NULL ? BK_NO_MEMORY
                         : bk_scenario_parse(more, BK_BACKGROUND, edits,
                                             (bk_where){.file = NULL}, diag);
        if (status != BK_OK) {
            return status;
        }
    }
    return BK_OK;
}

static void take_interval(double *values, size_t n, double *low, double *high)
{
    *low = *high = (double)NAN;
    if (n > 0) {
        qsort(values, n, sizeof *values, bk_double_ascending);
        *low = values[(size_t)(0.1 * (double)(n - 1) + 0.5)];
        *high = values[(size_t)(0.9 * (double)(n - 1) + 0.5)];
    }
}

static void take_intervals(const bk_table *table, size_t n, size_t columns,
                           size_t samples, double *values, double *low, double *high)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < columns; c++) {
            size_t known = 0;
            for (size_t s = 0; s < samples; s++) {
                if (!bk_table_missing(table, s * n + i, 2 + (int)c)) {
                    values[known++] = bk_table_real(table, s * n + i, 2 + (int)c);
                }
            }
            take_interval(values, known, &low[i * columns + c], &high[i * columns + c]);
        }
    }
}

bk_status bk_screen_jittered(const bk_system *system, const bk_library *library,
                             const bk_condition *conditions, size_t n_conditions,
                             const bk_readouts *readouts,
                             const bk_screen_settings *settings, size_t samples,
                             bk_diag *diag, double *low, double *high)
{
    const size_t n = n_conditions, columns = bk_readouts_count(readouts);
    bk_condition *const all = bk_alloc_zero(n * samples + 1, sizeof *all);
    double *const z = bk_alloc((2 * samples + 1) * sizeof *z);
    double *const values = bk_alloc((samples + 1) * sizeof *values);
    bk_table *table = NULL;
    bk_status status = all != NULL && z != NULL && values != NULL
                           ? bk_normal_points(2, samples, z)
                           : BK_NO_MEMORY;
    for (size_t s = 0; s < samples && status == BK_OK; s++) {
        status = add_sample(conditions, n, z + 2 * s, diag, all + s * n);
    }
    if (status == BK_OK) {
        status = bk_screen_run(system, library, all, n * samples, readouts, settings,
                               diag, &table);
    }
    if (status == BK_OK || status == BK_PARTIAL) {
        take_intervals(table, n, columns, samples, values, low, high);
    }
    for (size_t i = 0; all != NULL && i < n * samples; i++) {
        bk_scenario_free((bk_scenario *)all[i].more);
    }
    bk_table_free(table);
    bk_free(all);
    bk_free(z);
    bk_free(values);
    return status;
}
