/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/null_space.h"

#include "base/alloc.h"

#include <string.h>

typedef struct fraction {
    int64_t over, under; /* under > 0, no common factor */
} fraction;

struct bk_null_space {
    int32_t rows;
    bk_null_vector *pivots; /* [rows] the column whose first entry stands there */
    fraction *sum;          /* [rows] the vector at hand */
    bk_null_entry *now, *next;
    bk_null_vector *made;
    int32_t n;
    size_t capacity;
};

bk_null_space *bk_null_space_new(int32_t rows)
{
    const size_t n = (size_t)rows + 1;
    bk_null_space *const s = bk_alloc_zero(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    s->rows = rows;
    s->pivots = bk_alloc_zero(n, sizeof *s->pivots);
    s->sum = bk_alloc_zero(n, sizeof *s->sum);
    s->now = bk_alloc(n * sizeof *s->now);
    s->next = bk_alloc(n * sizeof *s->next);
    if (s->pivots == NULL || s->sum == NULL || s->now == NULL || s->next == NULL) {
        bk_null_space_free(s);
        return NULL;
    }
    return s;
}

void bk_null_space_free(bk_null_space *space)
{
    if (space == NULL) {
        return;
    }
    for (int32_t row = 0; space->pivots != NULL && row < space->rows; row++) {
        bk_free(space->pivots[row].entries);
    }
    for (int32_t i = 0; i < space->n; i++) {
        bk_free(space->made[i].entries);
    }
    bk_free(space->pivots);
    bk_free(space->sum);
    bk_free(space->now);
    bk_free(space->next);
    bk_free(space->made);
    bk_free(space);
}

/* --- numbers ------------------------------------------------------------------------------ */

int64_t bk_null_common(int64_t a, int64_t b)
{
    a = a < 0 ? -a : a;
    b = b < 0 ? -b : b;
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* a x + b y; false: too large. */
static bool combine(int64_t a, int64_t x, int64_t b, int64_t y, int64_t *sum)
{
    int64_t first;
    int64_t second;
    return !__builtin_mul_overflow(a, x, &first) &&
           !__builtin_mul_overflow(b, y, &second) &&
           !__builtin_add_overflow(first, second, sum) && *sum != INT64_MIN;
}

/* f + number * g; false: too large. */
static bool add_product(fraction *f, int64_t number, fraction g)
{
    const int64_t shared = bk_null_common(f->under, g.under);
    int64_t over;
    int64_t under;
    if (__builtin_mul_overflow(number, f->under / shared, &number) ||
        !combine(f->over, g.under / shared, number, g.over, &over) ||
        __builtin_mul_overflow(f->under / shared, g.under, &under)) {
        return false;
    }
    const int64_t by = bk_null_common(over, under);
    *f = (fraction){over / by, under / by};
    return true;
}

static bool divide(fraction *f, int64_t number)
{
    if (f->over == 0) {
        return true;
    }
    const int64_t shared = bk_null_common(f->over, number);
    const int64_t by = number / shared;
    f->over = by < 0 ? -(f->over / shared) : f->over / shared;
    return !__builtin_mul_overflow(f->under, by < 0 ? -by : by, &f->under);
}

static void shorten(bk_null_entry *entries, int32_t n)
{
    int64_t by = 0;
    for (int32_t k = 0; k < n && by != 1; k++) {
        by = bk_null_common(by, entries[k].number);
    }
    for (int32_t k = 0; by > 1 && k < n; k++) {
        entries[k].number /= by;
    }
}

/* to = a x + b y without zeros and common factors; -1: too large. */
static int32_t merge(int64_t a, const bk_null_vector *x, int64_t b,
                     const bk_null_vector *y, bk_null_entry *to)
{
    int32_t i = 0;
    int32_t j = 0;
    int32_t n = 0;
    while (i < x->n || j < y->n) {
        const int32_t row_x = i < x->n ? x->entries[i].row : INT32_MAX;
        const int32_t row_y = j < y->n ? y->entries[j].row : INT32_MAX;
        int64_t sum;
        if (!combine(a, row_x <= row_y ? x->entries[i].number : 0, b,
                     row_y <= row_x ? y->entries[j].number : 0, &sum)) {
            return -1;
        }
        if (sum != 0) {
            to[n++] = (bk_null_entry){row_x < row_y ? row_x : row_y, sum};
        }
        i += row_x <= row_y;
        j += row_y <= row_x;
    }
    shorten(to, n);
    return n;
}

static bk_status copy_vector(const bk_null_entry *entries, int32_t n,
                             bk_null_vector *vector)
{
    bk_null_entry *const copy = bk_alloc((size_t)n * sizeof *copy);
    if (copy == NULL) {
        return BK_NO_MEMORY;
    }
    memcpy(copy, entries, (size_t)n * sizeof *copy);
    bk_free(vector->entries);
    *vector = (bk_null_vector){copy, n};
    return BK_OK;
}

/* --- echelon form ------------------------------------------------------------------------- */

bk_status bk_null_space_add(bk_null_space *space, const bk_null_entry *column,
                            int32_t n)
{
    bk_null_space *const s = space;
    if (n > 0) {
        memcpy(s->now, column, (size_t)n * sizeof *column);
        shorten(s->now, n);
    }
    while (n > 0 && s->pivots[s->now[0].row].n > 0) {
        const bk_null_vector *const pivot = &s->pivots[s->now[0].row];
        const int64_t own = s->now[0].number;
        const int64_t other = pivot->entries[0].number;
        const int64_t shared = bk_null_common(own, other);
        const bk_null_vector now = {s->now, n};
        n = merge(other / shared, &now, -(own / shared), pivot, s->next);
        if (n < 0) {
            return BK_NUMERICAL;
        }
        bk_null_entry *const kept = s->now;
        s->now = s->next;
        s->next = kept;
    }
    return n == 0 ? BK_OK : copy_vector(s->now, n, &s->pivots[s->now[0].row]);
}

/* The vector at hand in whole numbers, kept. */
static bk_status keep(bk_null_space *s)
{
    int64_t under = 1;
    int32_t n = 0;
    for (int32_t row = 0; row < s->rows; row++) {
        const int64_t own = s->sum[row].under;
        if (__builtin_mul_overflow(under / bk_null_common(under, own), own, &under)) {
            return BK_NUMERICAL;
        }
    }
    for (int32_t row = 0; row < s->rows; row++) {
        const fraction *const f = &s->sum[row];
        if (f->over != 0) {
            s->now[n].row = row;
            if (__builtin_mul_overflow(f->over, under / f->under,
                                       &s->now[n++].number)) {
                return BK_NUMERICAL;
            }
        }
    }
    if (!bk_grow(&s->made, &s->capacity, (size_t)s->n + 1, sizeof *s->made)) {
        return BK_NO_MEMORY;
    }
    s->made[s->n] = (bk_null_vector){NULL, 0};
    const bk_status status = copy_vector(s->now, n, &s->made[s->n]);
    s->n += status == BK_OK;
    return status;
}

/* The vector of a row that is no pivot. */
static bk_status substitute(bk_null_space *s, int32_t row)
{
    for (int32_t k = 0; k < s->rows; k++) {
        s->sum[k] = (fraction){k == row, 1};
    }
    for (int32_t p = s->rows - 1; p >= 0; p--) {
        const bk_null_vector *const pivot = &s->pivots[p];
        if (pivot->n == 0) {
            continue;
        }
        fraction sum = {0, 1};
        for (int32_t k = 1; k < pivot->n; k++) {
            const fraction other = s->sum[pivot->entries[k].row];
            if (other.over != 0 &&
                !add_product(&sum, -pivot->entries[k].number, other)) {
                return BK_NUMERICAL;
            }
        }
        if (!divide(&sum, pivot->entries[0].number)) {
            return BK_NUMERICAL;
        }
        s->sum[p] = sum;
    }
    return keep(s);
}

/* --- sums rather than differences --------------------------------------------------------- */

static int32_t negatives(const bk_null_entry *entries, int32_t n)
{
    int32_t found = 0;
    for (int32_t k = 0; k < n; k++) {
        found += entries[k].number < 0;
    }
    return found;
}

static int64_t number_at(const bk_null_vector *v, int32_t row)
{
    int32_t low = 0;
    int32_t high = v->n;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (v->entries[middle].row < row) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < v->n && v->entries[low].row == row ? v->entries[low].number : 0;
}

/* Adds to v as much of `by`, which has no negative numbers, as makes v's negative number
 * `at` zero, if that leaves fewer of them; what became of it. */
static bk_status cover(bk_null_space *s, bk_null_vector *v, const bk_null_vector *by,
                       int32_t at, bool *better)
{
    const int64_t own = v->entries[at].number;
    const int64_t other = number_at(by, v->entries[at].row);
    if (other <= 0 || negatives(by->entries, by->n) > 0) {
        return BK_OK;
    }
    const int64_t shared = bk_null_common(own, other);
    const int32_t n = merge(other / shared, v, -(own / shared), by, s->now);
    if (n <= 0 || negatives(s->now, n) >= negatives(v->entries, v->n)) {
        return BK_OK;
    }
    *better = true;
    return copy_vector(s->now, n, v);
}

/* Takes as much of `part`, whose numbers are all positive, out of v as leaves none of v's
 * below zero: v then has at least one row less. */
static bk_status take_out(bk_null_space *s, bk_null_vector *v,
                          const bk_null_vector *part)
{
    int64_t least[2] = {0, 1}; /* a fraction */
    if (part->n >= v->n || negatives(v->entries, v->n) > 0) {
        return BK_OK;
    }
    for (int32_t k = 0; k < part->n; k++) {
        const int64_t number = part->entries[k].number;
        const int64_t own = number_at(v, part->entries[k].row);
        int64_t one;
        int64_t other;
        if (number < 0 || own == 0 || __builtin_mul_overflow(own, least[1], &one) ||
            __builtin_mul_overflow(number, least[0], &other)) {
            return BK_OK;
        }
        if (k == 0 || one < other) {
            least[0] = own;
            least[1] = number;
        }
    }
    const int32_t n = merge(least[1], v, -least[0], part, s->now);
    return n > 0 ? copy_vector(s->now, n, v) : BK_OK;
}

static bk_status prefer_short(bk_null_space *s)
{
    bk_status status = BK_OK;
    for (int32_t i = 0; i < s->n && status == BK_OK; i++) {
        for (int32_t k = 0; k < s->n && status == BK_OK; k++) {
            status = k == i ? BK_OK : take_out(s, &s->made[i], &s->made[k]);
        }
    }
    return status;
}

static bk_status prefer_sums(bk_null_space *s)
{
    bk_status status = BK_OK;
    bool better = true;
    while (better && status == BK_OK) {
        better = false;
        for (int32_t i = 0; i < s->n && status == BK_OK; i++) {
            bool changed = false;
            bk_null_vector *const v = &s->made[i];
            for (int32_t at = 0; at < v->n && !changed && status == BK_OK; at++) {
                for (int32_t k = 0; v->entries[at].number < 0 && k < s->n && !changed &&
                                    status == BK_OK;
                     k++) {
                    status = k == i ? BK_OK : cover(s, v, &s->made[k], at, &changed);
                }
            }
            better = better || changed;
        }
    }
    return status;
}

bk_status bk_null_space_solve(bk_null_space *space, const bk_null_vector **vectors,
                              int32_t *n)
{
    bk_status status = BK_OK;
    for (int32_t row = 0; row < space->rows && status == BK_OK; row++) {
        if (space->pivots[row].n == 0) {
            status = substitute(space, row);
        }
    }
    status = status == BK_OK ? prefer_sums(space) : status;
    status = status == BK_OK ? prefer_short(space) : status;
    if (status == BK_OK) {
        *vectors = space->made;
        *n = space->n;
    }
    return status;
}
