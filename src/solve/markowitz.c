/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/markowitz.h"

#include "base/alloc.h"

#include <string.h>

enum { BITS = 64 };

/* A square of bits, and how many are set in each of its lines. */
typedef struct square {
    size_t words; /* of a line */
    uint64_t *bits;
    int32_t *counts;
} square;

static uint64_t *line_of(const square *s, int32_t i)
{
    return s->bits + (size_t)i * s->words;
}

static void set(square *s, int32_t i, int32_t j)
{
    uint64_t *const word = &line_of(s, i)[j / BITS];
    const uint64_t bit = (uint64_t)1 << (j % BITS);
    s->counts[i] += (*word & bit) == 0;
    *word |= bit;
}

/* Line i gets the bits of line k, but neither has k any more. */
static void merge(square *s, int32_t i, int32_t k)
{
    uint64_t *const to = line_of(s, i);
    const uint64_t *const from = line_of(s, k);
    int32_t count = 0;
    for (size_t w = 0; w < s->words; w++) {
        to[w] |= from[w];
        if (w == (size_t)(k / BITS)) {
            to[w] &= ~((uint64_t)1 << (k % BITS));
        }
        count += __builtin_popcountll(to[w]);
    }
    s->counts[i] = count;
}

/* Lines of `of` that line k of `by` names get the bits of line k of `of`. */
static void merge_all(square *of, const square *by, int32_t k)
{
    const uint64_t *const line = line_of(by, k);
    for (size_t w = 0; w < by->words; w++) {
        for (uint64_t left = line[w]; left != 0; left &= left - 1) {
            const int32_t i = (int32_t)w * BITS + __builtin_ctzll(left);
            if (i != k) {
                merge(of, i, k);
            }
        }
    }
}

static int64_t product(const square *rows, const square *columns, int32_t k)
{
    return (int64_t)(rows->counts[k] - 1) * (columns->counts[k] - 1);
}

bk_status bk_markowitz(int32_t n, const int32_t *starts, const int32_t *rows,
                       int32_t *order, int64_t *entries, int64_t *products)
{
    if (n > BK_MARKOWITZ_MOST) {
        return BK_UNSUPPORTED;
    }
    const size_t words = ((size_t)n + BITS - 1) / BITS;
    const size_t line = (size_t)n * words;
    uint64_t *const bits = bk_alloc_zero(2 * line + 1, sizeof *bits);
    int32_t *const counts = bk_alloc_zero(2 * (size_t)n + 1, sizeof *counts);
    if (bits == NULL || counts == NULL) {
        bk_free(bits);
        bk_free(counts);
        return BK_NO_MEMORY;
    }
    square across = {words, bits, counts};
    square down = {words, bits + line, counts + n};
    for (int32_t j = 0; j < n; j++) {
        for (int32_t k = starts[j]; k < starts[j + 1]; k++) {
            set(&across, rows[k], j);
            set(&down, j, rows[k]);
        }
        set(&across, j, j);
        set(&down, j, j);
        order[j] = j;
    }
    *entries = *products = 0;
    for (int32_t step = 0; step < n; step++) {
        int32_t best = step;
        for (int32_t c = step + 1; c < n; c++) {
            if (product(&across, &down, order[c]) <
                product(&across, &down, order[best])) {
                best = c;
            }
        }
        const int32_t pivot = order[best];
        order[best] = order[step];
        order[step] = pivot;
        *entries += across.counts[pivot] + down.counts[pivot] - 2;
        *products += product(&across, &down, pivot);
        merge_all(&across, &down, pivot);
        merge_all(&down, &across, pivot);
    }
    bk_free(bits);
    bk_free(counts);
    return BK_OK;
}
