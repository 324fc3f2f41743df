/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Classes of a population from the receptor level of every cell. */

#include "experiment/population_impl.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

static const bk_population_class levels[BK_POPULATION_LEVELS] = {
    {"R1e3", 0, 1e3, 0, 1},
    {"R1e4", 0, 1e4, 0, 1},
    {"R1e5", 0, 1e5, 0, 1},
    {"R1e6", 0, 1e6, 0, 1}};

/* How much of a reading lies below the upper edge of a level: edges half way between the
 * levels in logarithm. */
static double below(double reading, int level, double error)
{
    if (level < 0) {
        return 0.0;
    }
    if (level >= BK_POPULATION_LEVELS - 1) {
        return 1.0;
    }
    const double gap = log(levels[level].receptors) + 0.5 * log(10.0) - log(reading);
    if (error > 0.0) {
        return 0.5 * erfc(-gap / error / sqrt(2.0));
    }
    return gap > 0.0 ? 1.0 : 0.0;
}

static bool number_at(const bk_table *t, size_t row, int column, double *value)
{
    const char *const text = bk_table_text(t, row, column);
    return bk_double_parse(text, strlen(text), value) && isfinite(*value) &&
           *value > 0.0;
}

static bk_status add_cells(const bk_table *t, const char *path, double error,
                           bk_diag *diag, double shares[BK_POPULATION_LEVELS])
{
    const int receptors = bk_table_find_column(t, "receptors");
    const int share = bk_table_find_column(t, "share");
    bk_status status = BK_OK;
    if (receptors < 0 || bk_table_rows(t) == 0) {
        bk_diag_add(
            diag, BK_ERROR, (bk_where){.file = path, .line = 1}, "columns",
            "a table of cells needs a column \"receptors\" and at least one row");
        return BK_BAD_INPUT;
    }
    for (size_t row = 0; row < bk_table_rows(t); row++) {
        double reading = 0.0, weight = 1.0;
        const bool read = number_at(t, row, receptors, &reading);
        if (!read || (share >= 0 && !number_at(t, row, share, &weight))) {
            bk_diag_add(diag, BK_ERROR,
                        bk_table_where(t, row, read ? share : receptors), "population",
                        "%s must be a number above 0", read ? "share" : "receptors");
            status = BK_BAD_INPUT;
            continue;
        }
        for (int i = 0; i < BK_POPULATION_LEVELS; i++) {
            shares[i] +=
                weight * (below(reading, i, error) - below(reading, i - 1, error));
        }
    }
    return status;
}

bk_status bk_population_cells(const char *path, double error, bk_diag *diag,
                              bk_population_class classes[BK_POPULATION_LEVELS], int *n)
{
    if (!(isfinite(error) && error >= 0.0)) {
        bk_diag_add(diag, BK_ERROR, (bk_where){0}, "population",
                    "the reader's error is a standard deviation of ln(receptors), 0 or "
                    "more");
        return BK_BAD_INPUT;
    }
    bk_table *table = NULL;
    bk_status status =
        bk_table_read(path, bk_table_form_of(path, BK_TSV), diag, &table);
    double shares[BK_POPULATION_LEVELS] = {0};
    if (status == BK_OK) {
        status = add_cells(table, path, error, diag, shares);
    }
    bk_table_free(table);
    if (status != BK_OK) {
        return status;
    }
    double sum = 0.0;
    for (int i = 0; i < BK_POPULATION_LEVELS; i++) {
        sum += shares[i];
    }
    *n = 0;
    for (int i = 0; i < BK_POPULATION_LEVELS; i++) {
        if (shares[i] / sum > 1e-9) {
            classes[*n] = levels[i];
            classes[(*n)++].share = shares[i] / sum;
        }
    }
    return BK_OK;
}
