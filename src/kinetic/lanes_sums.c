/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/lanes.h"

#include "base/alloc.h"

#include <string.h>

/* The index programs of rows.c as sums: sorted by target, so that a target is written
 * once, and with plain numbers for weights that no lane changes.  Terms of a sum keep
 * their order, so that a lane has the very numbers of a run alone. */

static bool sort_ops(bk_lane_sums *sums, const bk_kin_op *ops, int32_t n_ops,
                     int32_t first, int32_t targets)
{
    sums->n = targets;
    sums->starts = bk_alloc_zero((size_t)targets + 2, sizeof *sums->starts);
    sums->terms = bk_alloc(((size_t)n_ops + 1) * sizeof *sums->terms);
    if (sums->starts == NULL || sums->terms == NULL) {
        return false;
    }
    int32_t *const next = sums->starts + 1; /* one ahead while terms are placed */
    for (int32_t k = 0; k < n_ops; k++) {
        next[ops[k].to - first + 1]++;
    }
    for (int32_t i = 0; i < targets; i++) {
        next[i + 1] += next[i];
    }
    for (int32_t k = 0; k < n_ops; k++) {
        sums->terms[next[ops[k].to - first]++] = (bk_lane_term){ops[k].by, ops[k].from};
    }
    return true;
}

static bool is_number(const bk_kin_term *term)
{
    return term->slot < 0 && term->conversion < 0 && term->link < 0;
}

bool bk_kin_lanes_sum(bk_kin_lanes *lanes)
{
    const bk_kin_system *const s = lanes->system;
    const size_t values = (size_t)(s->n_values + s->n);
    const size_t weights = (size_t)(s->n_terms + s->n_varying_terms + s->n) + 1;
    lanes->numbers = bk_alloc_zero(weights, sizeof *lanes->numbers);
    lanes->plain_derivative = bk_alloc((size_t)s->n + 1);
    lanes->plain_value = bk_alloc(values + 1);
    bool *const plain = bk_alloc_zero(weights, sizeof *plain);
    if (plain == NULL || lanes->numbers == NULL || lanes->plain_derivative == NULL ||
        lanes->plain_value == NULL ||
        !sort_ops(&lanes->row_sums, s->row_ops, s->n_row_ops, s->n + 1,
                  s->n_entries - s->n - 1) ||
        !sort_ops(&lanes->value_sums, s->value_ops, s->n_value_ops, 0,
                  s->n_values + s->n)) {
        bk_free(plain);
        return false;
    }
    for (int32_t t = 0; t < s->n_terms; t++) {
        plain[t] = is_number(&s->terms[t]);
        lanes->numbers[t] = s->terms[t].number;
    }
    plain[s->n_terms] = true;
    lanes->numbers[s->n_terms] = 1.0;
    for (int32_t v = 0; v < s->n; v++) {
        lanes->plain_derivative[v] = true;
        for (int32_t t = s->term_starts[v]; t < s->term_starts[v + 1]; t++) {
            lanes->plain_derivative[v] = lanes->plain_derivative[v] && plain[t];
        }
    }
    const bk_lane_sums *const sums = &lanes->value_sums;
    for (int32_t i = 0; i < sums->n; i++) {
        lanes->plain_value[i] = true;
        for (int32_t k = sums->starts[i]; k < sums->starts[i + 1]; k++) {
            lanes->plain_value[i] = lanes->plain_value[i] && plain[sums->terms[k].by];
        }
    }
    bk_free(plain);
    return true;
}

void bk_kin_lanes_sums_free(bk_kin_lanes *lanes)
{
    bk_free(lanes->row_sums.starts);
    bk_free(lanes->row_sums.terms);
    bk_free(lanes->value_sums.starts);
    bk_free(lanes->value_sums.terms);
    bk_free(lanes->numbers);
    bk_free(lanes->plain_derivative);
    bk_free(lanes->plain_value);
}
