/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/lanes_lu.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

typedef struct kernel {
    void (*factor)(bk_lanes_lu *lu, const bk_lanes *values, const bk_lanes *shift,
                   double least, bk_lane_mask *healthy);
    void (*solve)(bk_lanes_lu *lu, bk_lanes *b);
} kernel;

/* What a place of the factors begins with: an entry of A times a number, which is zero
 * where A has none. */
typedef struct entry {
    int32_t from, to;
    double by;
} entry;

struct bk_lanes_lu {
    int32_t n;
    int32_t tail;  /* rows and columns from here on are dense */
    int32_t width; /* of a dense row, a multiple of four */
    const kernel *kernel;
    int32_t *memory;
    int32_t *starts;               /* [n + 1] in entries, by permuted row */
    int32_t *l_starts, *l_columns; /* [n + 1] by rows: columns before the tail */
    int32_t *u_starts, *u_columns; /* [tail + 1] */
    int32_t *diagonal;             /* [n] place */
    int32_t *p, *q;
    entry *entries;
    int32_t *to; /* places of what elimination takes away, in its order */
    double *by;  /* [n] of permuted rows */
    /* places: L, U, the diagonal before the tail, the dense block */
    bk_lanes *l, *u, *dense;
    bk_lanes *pivots; /* [n] their inverses */
    bk_lanes *z;
};

#define LANES(name) name##_plain
#define WIDE 2
#include "solve/lanes_lu_kernel.h"
#undef LANES
#undef WIDE
#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#pragma GCC push_options
#pragma GCC target("avx2")
#define LANES(name) name##_avx2
#define WIDE 4
#include "solve/lanes_lu_kernel.h"
#undef LANES
#undef WIDE
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq")
#define LANES(name) name##_avx512
#define WIDE 8
#include "solve/lanes_lu_kernel.h"
#undef LANES
#undef WIDE
#pragma GCC pop_options
static const kernel kernels[] = {{factor_plain, solve_plain},
                                 {factor_avx2, solve_avx2},
                                 {factor_avx512, solve_avx512}};
#else
static const kernel kernels[] = {{factor_plain, solve_plain},
                                 {factor_plain, solve_plain},
                                 {factor_plain, solve_plain}};
#endif

/* The plan by rows. */
typedef struct rows {
    const bk_fixed_lu_plan *plan;
    int32_t *memory;
    int32_t *l_across, *l_columns; /* [n + 1]: columns of each row, ascending */
    int32_t *u_across, *u_columns;
    int32_t *place;    /* [n] permuted row of a row of A */
    int32_t *a_starts; /* [n + 1] entries of A by permuted row */
    int32_t *a_from, *a_columns;
    int32_t *at; /* [n] place of a permuted column in the row at hand */
} rows;

static void turn(int32_t n, const int32_t *starts, const int32_t *of, int32_t *across,
                 int32_t *columns)
{
    memset(across, 0, ((size_t)n + 1) * sizeof *across);
    for (int32_t k = 0; k < starts[n]; k++) {
        across[of[k] + 1]++;
    }
    for (int32_t i = 0; i < n; i++) {
        across[i + 1] += across[i];
    }
    for (int32_t j = 0; j < n; j++) {
        for (int32_t k = starts[j]; k < starts[j + 1]; k++) {
            columns[across[of[k]]++] = j;
        }
    }
    memmove(across + 1, across, (size_t)n * sizeof *across);
    across[0] = 0;
}

static bool turn_plan(rows *r, const bk_fixed_lu_plan *plan)
{
    const size_t n = (size_t)plan->n;
    const size_t entries = (size_t)plan->starts[n];
    const size_t l_entries = (size_t)plan->l_starts[n];
    const size_t u_entries = (size_t)plan->u_starts[n];
    *r = (rows){.plan = plan};
    r->memory =
        bk_alloc((5 * n + 3 + 2 * entries + l_entries + u_entries) * sizeof *r->memory);
    if (r->memory == NULL) {
        return false;
    }
    r->l_across = r->memory;
    r->u_across = r->l_across + n + 1;
    r->a_starts = r->u_across + n + 1;
    r->place = r->a_starts + n + 1;
    r->at = r->place + n;
    r->a_from = r->at + n;
    r->a_columns = r->a_from + entries;
    r->l_columns = r->a_columns + entries;
    r->u_columns = r->l_columns + l_entries;
    turn(plan->n, plan->l_starts, plan->l_rows, r->l_across, r->l_columns);
    turn(plan->n, plan->u_starts, plan->u_rows, r->u_across, r->u_columns);
    memset(r->a_starts, 0, (n + 1) * sizeof *r->a_starts);
    for (int32_t i = 0; i < plan->n; i++) {
        r->place[plan->p[i]] = i;
    }
    for (size_t k = 0; k < entries; k++) {
        r->a_starts[r->place[plan->rows[k]] + 1]++;
    }
    for (size_t i = 0; i < n; i++) {
        r->a_starts[i + 1] += r->a_starts[i];
    }
    for (int32_t j = 0; j < plan->n; j++) {
        const int32_t column = plan->q[j];
        for (int32_t k = plan->starts[column]; k < plan->starts[column + 1]; k++) {
            const int32_t at = r->a_starts[r->place[plan->rows[k]]]++;
            r->a_from[at] = k;
            r->a_columns[at] = j;
        }
    }
    memmove(r->a_starts + 1, r->a_starts, n * sizeof *r->a_starts);
    r->a_starts[0] = 0;
    return true;
}

/* Where the tail begins, so that a step of the integrator, eight solutions to a
 * factorisation, takes least: an entry that is looked up costs about what two of a block
 * do, but a block has zeros among them. */
static int32_t choose_tail(const rows *r)
{
    const double sparse = 2.0;
    const double solutions = 8.0;
    double best = 0.0;
    double saved = 0.0;
    int32_t tail = r->plan->n;
    for (int32_t k = r->plan->n - 1; k >= 0; k--) {
        const double size = r->plan->n - k;
        const double l = r->plan->l_starts[k + 1] - r->plan->l_starts[k];
        const double u = r->u_across[k + 1] - r->u_across[k];
        saved += sparse * (solutions * (l + u) + l * u);
        const double cost = solutions * size * size + size * size * size / 3.0 - saved;
        if (cost < best) {
            best = cost;
            tail = k;
        }
    }
    return tail;
}

/* What is before the tail in a row, and in all. */
static int32_t l_before(const rows *r, int32_t tail, int32_t i)
{
    int32_t k = r->l_across[i];
    while (k < r->l_across[i + 1] && r->l_columns[k] < tail) {
        k++;
    }
    return k - r->l_across[i];
}

typedef struct sizes {
    size_t l, u, dense, to, entries;
} sizes;

static sizes sizes_of(const rows *r, int32_t tail, int32_t width)
{
    const int32_t n = r->plan->n;
    sizes s = {.u = (size_t)r->u_across[tail],
               .dense = (size_t)(n - tail) * (size_t)width};
    for (int32_t k = 0; k < tail; k++) {
        const size_t l = (size_t)(r->plan->l_starts[k + 1] - r->plan->l_starts[k]);
        s.l += l;
        s.to += l * (size_t)(r->u_across[k + 1] - r->u_across[k]);
    }
    s.entries = s.l + s.u + (size_t)tail + s.dense;
    return s;
}

static int32_t *taken(int32_t **next, size_t n)
{
    int32_t *const array = *next;
    *next += n;
    return array;
}

static bool allocate(bk_lanes_lu *lu, const sizes *s)
{
    const size_t n = (size_t)lu->n;
    const size_t tail = (size_t)lu->tail;
    int32_t *const memory =
        bk_alloc((5 * n + 2 + tail + 1 + s->l + s->u + s->to) * sizeof *memory);
    lu->memory = memory;
    lu->entries = bk_alloc((s->entries + 1) * sizeof *lu->entries);
    lu->by = bk_alloc((n + 1) * sizeof *lu->by);
    lu->l = bk_lanes_alloc(s->entries);
    lu->pivots = bk_lanes_alloc(n);
    lu->z = bk_lanes_alloc(n);
    if (memory == NULL || lu->entries == NULL || lu->by == NULL || lu->l == NULL ||
        lu->pivots == NULL || lu->z == NULL) {
        return false;
    }
    int32_t *next = memory;
    lu->starts = taken(&next, n + 1);
    lu->l_starts = taken(&next, n + 1);
    lu->u_starts = taken(&next, tail + 1);
    lu->diagonal = taken(&next, n);
    lu->p = taken(&next, n);
    lu->q = taken(&next, n);
    lu->l_columns = taken(&next, s->l);
    lu->u_columns = taken(&next, s->u);
    lu->to = taken(&next, s->to);
    lu->u = lu->l + s->l;
    lu->dense = lu->u + s->u + tail;
    return true;
}

/* The places of row i: r->at of its columns; all begin with nothing. */
static void place_row(bk_lanes_lu *lu, rows *r, const sizes *s, int32_t i)
{
    const int32_t before = l_before(r, lu->tail, i);
    const int32_t first_u = (int32_t)s->l;
    int32_t entries = lu->starts[i];
    int32_t l = lu->l_starts[i];
    for (int32_t k = r->l_across[i]; k < r->l_across[i] + before; k++, l++) {
        lu->l_columns[l] = r->l_columns[k];
        r->at[r->l_columns[k]] = l;
        lu->entries[entries++] = (entry){.to = l};
    }
    lu->l_starts[i + 1] = l;
    if (i < lu->tail) {
        lu->diagonal[i] = r->at[i] = first_u + (int32_t)s->u + i;
        lu->entries[entries++] = (entry){.to = lu->diagonal[i]};
        for (int32_t k = r->u_across[i]; k < r->u_across[i + 1]; k++) {
            lu->u_columns[k] = r->u_columns[k];
            r->at[r->u_columns[k]] = first_u + k;
            lu->entries[entries++] = (entry){.to = first_u + k};
        }
        lu->u_starts[i + 1] = r->u_across[i + 1];
    } else {
        const int32_t row =
            (int32_t)(s->entries - s->dense) + (i - lu->tail) * lu->width;
        for (int32_t j = 0; j < lu->width; j++) {
            lu->entries[entries++] = (entry){.to = row + j};
            if (lu->tail + j < lu->n) {
                r->at[lu->tail + j] = row + j;
            }
        }
        lu->diagonal[i] = r->at[i];
    }
    lu->starts[i + 1] = entries;
}

static void fill_row(bk_lanes_lu *lu, const rows *r, int32_t i, int32_t **to)
{
    /* places of a row are a few runs, in the order of its entries */
    for (int32_t k = r->a_starts[i]; k < r->a_starts[i + 1]; k++) {
        const int32_t at = r->at[r->a_columns[k]];
        int32_t e = lu->starts[i];
        while (lu->entries[e].to != at) {
            e++;
        }
        lu->entries[e].from = r->a_from[k];
        lu->entries[e].by = lu->by[i];
    }
    for (int32_t k = lu->l_starts[i]; k < lu->l_starts[i + 1]; k++) {
        const int32_t row = lu->l_columns[k];
        for (int32_t j = r->u_across[row]; j < r->u_across[row + 1]; j++) {
            *(*to)++ = r->at[r->u_columns[j]];
        }
    }
}

bk_status bk_lanes_lu_new(const bk_fixed_lu_plan *plan, bk_lane_kind set,
                          bk_lanes_lu **lu)
{
    rows r;
    bk_lanes_lu *const made = bk_alloc_zero(1, sizeof *made);
    if (made == NULL || !turn_plan(&r, plan)) {
        bk_free(made);
        return BK_NO_MEMORY;
    }
    made->n = plan->n;
    made->kernel = &kernels[set];
    made->tail = choose_tail(&r);
    made->width = (plan->n - made->tail + 3) / 4 * 4;
    const sizes s = sizes_of(&r, made->tail, made->width);
    if (!allocate(made, &s)) {
        bk_free(r.memory);
        bk_lanes_lu_free(made);
        return BK_NO_MEMORY;
    }
    memcpy(made->p, plan->p, (size_t)plan->n * sizeof *made->p);
    memcpy(made->q, plan->q, (size_t)plan->n * sizeof *made->q);
    made->starts[0] = made->l_starts[0] = made->u_starts[0] = 0;
    int32_t *to = made->to;
    for (int32_t i = 0; i < plan->n; i++) {
        made->by[i] = plan->by[plan->p[i]];
        place_row(made, &r, &s, i);
        fill_row(made, &r, i, &to);
    }
    bk_free(r.memory);
    *lu = made;
    return BK_OK;
}

void bk_lanes_lu_free(bk_lanes_lu *lu)
{
    if (lu != NULL) {
        bk_free(lu->memory);
        bk_free(lu->entries);
        bk_free(lu->by);
        bk_lane_array_free(lu->l);
        bk_lane_array_free(lu->pivots);
        bk_lane_array_free(lu->z);
        bk_free(lu);
    }
}

void bk_lanes_lu_factor(bk_lanes_lu *lu, const bk_lanes *values, const bk_lanes *shift,
                        double least, bk_lane_mask *healthy)
{
    lu->kernel->factor(lu, values, shift, least, healthy);
}

void bk_lanes_lu_solve(bk_lanes_lu *lu, bk_lanes *b)
{
    lu->kernel->solve(lu, b);
}

int32_t bk_lanes_lu_tail(const bk_lanes_lu *lu)
{
    return lu->n - lu->tail;
}
