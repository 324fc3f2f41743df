/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/consistent.h"

#include "base/alloc.h"

/* Memory and patterns of the rows and columns of the implicit variables. */

static bool block_pattern(bk_kin_block *k, const bk_kin_system *s)
{
    int32_t *const place = bk_alloc(((size_t)s->n + 1) * sizeof *place);
    const size_t entries = (size_t)s->n_values + 1;
    k->starts = bk_alloc_zero((size_t)k->n + 1, sizeof *k->starts);
    k->rows = bk_alloc(entries * sizeof *k->rows);
    k->from = bk_alloc(entries * sizeof *k->from);
    if (place == NULL || k->starts == NULL || k->rows == NULL || k->from == NULL) {
        bk_free(place);
        return false;
    }
    for (int32_t v = 0, i = 0; v < s->n; v++) {
        place[v] = s->implicit[v] ? i++ : -1;
    }
    int32_t entry = 0;
    for (int32_t j = 0; j < k->n; j++) {
        const int32_t column = k->list[j];
        for (int32_t e = s->starts[column]; e < s->starts[column + 1]; e++) {
            if (place[s->rows[e]] >= 0) {
                k->rows[entry] = place[s->rows[e]];
                k->from[entry++] = e;
            }
        }
        k->starts[j + 1] = entry;
    }
    bk_free(place);
    return true;
}

static bool full_pattern(bk_kin_block *k)
{
    const size_t n = (size_t)k->n;
    k->full_starts = bk_alloc((n + 1) * sizeof *k->full_starts);
    k->full_rows = bk_alloc(n * n * sizeof *k->full_rows);
    k->full_matrix = bk_alloc(n * n * sizeof *k->full_matrix);
    if (k->full_starts == NULL || k->full_rows == NULL || k->full_matrix == NULL) {
        return false;
    }
    for (int32_t j = 0; j <= k->n; j++) {
        k->full_starts[j] = j * k->n;
    }
    for (int32_t e = 0; e < k->n * k->n; e++) {
        k->full_rows[e] = e % k->n;
    }
    return bk_sparse_lu_new(k->n, k->full_starts, k->full_rows, &k->full) == BK_OK;
}

bool bk_kin_block_new(const bk_kin_system *s, bk_kin_block **block)
{
    bk_kin_block *const k = bk_alloc_zero(1, sizeof *k);
    if (k == NULL) {
        return false;
    }
    *block = k;
    k->n = s->n_implicit;
    k->list = bk_alloc((size_t)k->n * sizeof *k->list);
    k->relaxes = bk_alloc_zero((size_t)k->n, sizeof *k->relaxes);
    double *const memory =
        bk_alloc_zero(3 * (size_t)k->n + 2 * (size_t)s->n, sizeof *memory);
    k->step = memory;
    if (k->list == NULL || k->relaxes == NULL || memory == NULL) {
        return false;
    }
    k->next = memory + k->n;
    k->size = k->next + k->n;
    k->trial = k->size + k->n;
    k->whole = k->trial + s->n;
    for (int32_t v = 0, i = 0; v < s->n; v++) {
        if (s->implicit[v]) {
            k->relaxes[i] = s->fast != NULL && s->fast->species[s->variable[v]];
            k->relaxing = k->relaxing || k->relaxes[i];
            k->list[i++] = v;
        }
    }
    if (!block_pattern(k, s) || (s->initials_implicit && !full_pattern(k))) {
        return false;
    }
    k->matrix = bk_alloc(((size_t)k->starts[k->n] + 1) * sizeof *k->matrix);
    return k->matrix != NULL &&
           bk_sparse_lu_new(k->n, k->starts, k->rows, &k->lu) == BK_OK;
}

void bk_kin_block_free(bk_kin_block *block)
{
    if (block == NULL) {
        return;
    }
    bk_sparse_lu_free(block->lu);
    bk_sparse_lu_free(block->full);
    void *const arrays[] = {block->list,   block->starts,      block->rows,
                            block->from,   block->full_starts, block->full_rows,
                            block->matrix, block->full_matrix, block->step,
                            block->relaxes};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        bk_free(arrays[i]);
    }
    bk_free(block);
}
