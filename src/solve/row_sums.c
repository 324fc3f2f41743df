/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/row_sums.h"

#include "base/alloc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { WIDE = 8 };

typedef double wide
    __attribute__((vector_size(WIDE * sizeof(double)), aligned(8), may_alias));

typedef void kernel(const bk_row_sums *sums, const double *values, double *to);

struct bk_row_sums {
    int32_t rows, terms, blocks, slots;
    int32_t *row;     /* [blocks * WIDE], or -1 */
    int32_t *starts;  /* [blocks + 1] in slots */
    int32_t *sources; /* [slots] */
    int32_t *place;   /* [terms] slot */
    double *weights;  /* [slots] */
    kernel *run;
};

/* --- kernels ------------------------------------------------------------------------------ */

static inline __attribute__((always_inline)) void run(const bk_row_sums *s,
                                                      const double *values, double *to)
{
    memset(to, 0, (size_t)s->rows * sizeof *to);
    for (int32_t b = 0; b < s->blocks; b++) {
        wide sum = {0};
        for (int32_t k = s->starts[b]; k < s->starts[b + 1]; k += WIDE) {
            const int32_t *const from = s->sources + k;
            const wide value = {values[from[0]], values[from[1]], values[from[2]],
                                values[from[3]], values[from[4]], values[from[5]],
                                values[from[6]], values[from[7]]};
            sum += *(const wide *)(s->weights + k) * value;
        }
        const int32_t *const row = s->row + (size_t)b * WIDE;
        for (int lane = 0; lane < WIDE; lane++) {
            if (row[lane] >= 0) {
                to[row[lane]] = sum[lane];
            }
        }
    }
}

#define VARIANT(suffix, attribute)                                                     \
    attribute static void run_##suffix(const bk_row_sums *sums, const double *values,  \
                                       double *to)                                     \
    {                                                                                  \
        run(sums, values, to);                                                         \
    }

VARIANT(plain, )
#if defined __x86_64__ && defined __GNUC__
VARIANT(avx2, __attribute__((target("avx2"))))
VARIANT(avx512, __attribute__((target("avx512f"))))
#endif

static kernel *pick(void)
{
#if defined __x86_64__ && defined __GNUC__
    if (__builtin_cpu_supports("avx512f")) {
        return run_avx512;
    }
    if (__builtin_cpu_supports("avx2")) {
        return run_avx2;
    }
#endif
    return run_plain;
}

/* --- layout ------------------------------------------------------------------------------- */

typedef struct length {
    int32_t row, terms;
} length;

static int longest_first(const void *a, const void *b)
{
    const length *const x = a;
    const length *const y = b;
    return x->terms != y->terms ? (x->terms < y->terms) - (x->terms > y->terms)
                                : (x->row > y->row) - (x->row < y->row);
}

/* Rows with terms, longest first; how many. */
static int32_t order_rows(int32_t rows, const int32_t *starts, length *order)
{
    int32_t n = 0;
    for (int32_t i = 0; i < rows; i++) {
        if (starts[i + 1] > starts[i]) {
            order[n++] = (length){i, starts[i + 1] - starts[i]};
        }
    }
    qsort(order, (size_t)n, sizeof *order, longest_first);
    return n;
}

static bool allocate(bk_row_sums *s)
{
    const size_t slots = (size_t)s->slots;
    s->row = bk_alloc((size_t)s->blocks * WIDE * sizeof *s->row);
    s->starts = bk_alloc(((size_t)s->blocks + 1) * sizeof *s->starts);
    s->sources = bk_alloc(slots * sizeof *s->sources);
    s->place = bk_alloc((size_t)s->terms * sizeof *s->place);
    s->weights = bk_alloc_zero(slots, sizeof *s->weights);
    return s->row != NULL && s->starts != NULL && s->sources != NULL &&
           s->place != NULL && s->weights != NULL;
}

/* What fills a row up reads what the row reads first, so that zero times it is zero
 * wherever the row is finite. */
static void fill(bk_row_sums *s, const int32_t *starts, const int32_t *sources,
                 const length *order, int32_t n)
{
    int32_t slot = 0;
    for (int32_t b = 0; b < s->blocks; b++) {
        const int32_t most = order[b * WIDE].terms;
        s->starts[b] = slot;
        for (int32_t lane = 0; lane < WIDE; lane++) {
            const int32_t i = b * WIDE + lane;
            const int32_t row = i < n ? order[i].row : -1;
            const int32_t of = row >= 0 ? row : order[b * WIDE].row;
            s->row[i] = row;
            for (int32_t k = 0; k < most; k++) {
                const bool own = row >= 0 && k < order[i].terms;
                const int32_t term = starts[of] + (own ? k : 0);
                const int32_t here = slot + k * WIDE + lane;
                s->sources[here] = sources[term];
                if (own) {
                    s->place[term] = here;
                }
            }
        }
        slot += most * WIDE;
    }
    s->starts[s->blocks] = slot;
}

bk_status bk_row_sums_new(int32_t rows, const int32_t *starts, const int32_t *sources,
                          bk_row_sums **sums)
{
    length *const order = bk_alloc(((size_t)rows + 1) * sizeof *order);
    if (order == NULL) {
        return BK_NO_MEMORY;
    }
    const int32_t n = order_rows(rows, starts, order);
    bk_row_sums counted = {.rows = rows, .terms = rows > 0 ? starts[rows] : 0};
    counted.blocks = (n + WIDE - 1) / WIDE;
    for (int32_t b = 0; b < counted.blocks; b++) {
        counted.slots += order[b * WIDE].terms * WIDE;
    }
    *sums = NULL;
    /* Measured: a slot takes as long as two thirds of a term in a plain loop. */
    if (counted.terms < 64 || 3 * counted.terms < 2 * counted.slots) {
        bk_free(order);
        return BK_OK;
    }
    bk_row_sums *const made = bk_alloc(sizeof *made);
    if (made != NULL) {
        *made = counted;
        made->run = pick();
        if (allocate(made)) {
            fill(made, starts, sources, order, n);
            *sums = made;
        } else {
            bk_row_sums_free(made);
        }
    }
    bk_free(order);
    return *sums == NULL ? BK_NO_MEMORY : BK_OK;
}

void bk_row_sums_free(bk_row_sums *sums)
{
    if (sums == NULL) {
        return;
    }
    bk_free(sums->row);
    bk_free(sums->starts);
    bk_free(sums->sources);
    bk_free(sums->place);
    bk_free(sums->weights);
    bk_free(sums);
}

void bk_row_sums_weigh(bk_row_sums *sums, const double *weights)
{
    for (int32_t k = 0; k < sums->terms; k++) {
        sums->weights[sums->place[k]] = weights[k];
    }
}

void bk_row_sums_weigh_one(bk_row_sums *sums, int32_t k, double weight)
{
    sums->weights[sums->place[k]] = weight;
}

void bk_row_sums_run(const bk_row_sums *sums, const double *values, double *to)
{
    sums->run(sums, values, to);
}
