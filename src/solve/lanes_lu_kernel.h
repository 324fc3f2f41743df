/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The kernels of lanes_lu.c, which includes this text once for each instruction set,
 * with LANES(name) their names. */

BK_LANE_TYPES

/* Columns first..first+3 of row r of the dense block: the part of L in it is made, and of
 * the rest the products with it are taken away. */
static inline void LANES(four_columns)(bk_lanes_lu *lu, int32_t r, int32_t first,
                                       double most, LANES(wide_mask) * good, int part)
{
    const size_t width = (size_t)lu->width;
    bk_lanes *const row = lu->dense + (size_t)r * width;
    const bk_lanes *const inverse = lu->pivots + lu->tail;
    const int32_t before = first < r ? first : r;
    const bk_lanes *above = lu->dense + first;
    LANES(wide) a = BK_PART(row[first]), b = BK_PART(row[first + 1]);
    LANES(wide) c = BK_PART(row[first + 2]), d = BK_PART(row[first + 3]);
    for (int32_t k = 0; k < before; k++, above += width) {
        const LANES(wide) l = BK_PART(row[k]);
        a -= l * BK_PART(above[0]);
        b -= l * BK_PART(above[1]);
        c -= l * BK_PART(above[2]);
        d -= l * BK_PART(above[3]);
    }
    if (first < r) {
        a *= BK_PART(inverse[first]);
        *good &= BK_LANES_SIZE(a) <= most;
        b -= a * BK_PART(above[1]);
        c -= a * BK_PART(above[2]);
        d -= a * BK_PART(above[3]);
        above += width;
    }
    if (first + 1 < r) {
        b *= BK_PART(inverse[first + 1]);
        *good &= BK_LANES_SIZE(b) <= most;
        c -= b * BK_PART(above[2]);
        d -= b * BK_PART(above[3]);
        above += width;
    }
    if (first + 2 < r) {
        c *= BK_PART(inverse[first + 2]);
        *good &= BK_LANES_SIZE(c) <= most;
        d -= c * BK_PART(above[3]);
    }
    if (first + 3 < r) {
        d *= BK_PART(inverse[first + 3]);
        *good &= BK_LANES_SIZE(d) <= most;
    }
    BK_PART(row[first]) = a;
    BK_PART(row[first + 1]) = b;
    BK_PART(row[first + 2]) = c;
    BK_PART(row[first + 3]) = d;
}

static void LANES(factor_part)(bk_lanes_lu *lu, const bk_lanes *values,
                               const bk_lanes *shift, double least,
                               bk_lane_mask *healthy, int part)
{
    const LANES(wide) zero = {0};
    const double most = 1.0 / least;
    bk_lanes *const w = lu->l;
    const int32_t *to = lu->to;
    LANES(wide_mask) good = zero == zero;
    for (int32_t i = 0; i < lu->n; i++) {
        for (int32_t k = lu->starts[i]; k < lu->starts[i + 1]; k++) {
            const entry *const e = &lu->entries[k];
            BK_PART(w[e->to]) = -BK_PART(values[e->from]) * e->by;
        }
        BK_PART(w[lu->diagonal[i]]) += BK_PART(*shift) * lu->by[i];
        const LANES(wide) first = BK_PART(w[lu->diagonal[i]]);
        for (int32_t k = lu->l_starts[i]; k < lu->l_starts[i + 1]; k++) {
            const int32_t row = lu->l_columns[k];
            const LANES(wide) l = BK_PART(lu->l[k]) * BK_PART(lu->pivots[row]);
            BK_PART(lu->l[k]) = l;
            good &= BK_LANES_SIZE(l) <= most;
            for (int32_t j = lu->u_starts[row]; j < lu->u_starts[row + 1]; j++) {
                BK_PART(w[*to++]) -= l * BK_PART(lu->u[j]);
            }
        }
        for (int32_t j = 0; i >= lu->tail && j < lu->width; j += 4) {
            LANES(four_columns)(lu, i - lu->tail, j, most, &good, part);
        }
        const LANES(wide) inverse = 1.0 / BK_PART(w[lu->diagonal[i]]);
        BK_PART(lu->pivots[i]) = inverse;
        good &= (BK_LANES_SIZE(inverse) < (double)INFINITY) & (inverse != zero) &
                (BK_LANES_SIZE(first * inverse) <= bk_fixed_lu_lost);
    }
    BK_MASK_PART(*healthy) = good;
}

static void LANES(factor)(bk_lanes_lu *lu, const bk_lanes *values,
                          const bk_lanes *shift, double least, bk_lane_mask *healthy)
{
    for (int part = 0; part < BK_LANE_PARTS; part++) {
        LANES(factor_part)(lu, values, shift, least, healthy, part);
    }
}

static void LANES(dense_forth)(const bk_lanes_lu *lu, bk_lanes *z, int part)
{
    const size_t width = (size_t)lu->width;
    const int32_t rows = lu->n - lu->tail;
    int32_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        const bk_lanes *const row = lu->dense + (size_t)r * width;
        LANES(wide) a = BK_PART(z[r]), b = BK_PART(z[r + 1]);
        LANES(wide) c = BK_PART(z[r + 2]), d = BK_PART(z[r + 3]);
        for (int32_t k = 0; k < r; k++) {
            const LANES(wide) x = BK_PART(z[k]);
            a -= BK_PART(row[k]) * x;
            b -= BK_PART(row[width + (size_t)k]) * x;
            c -= BK_PART(row[2 * width + (size_t)k]) * x;
            d -= BK_PART(row[3 * width + (size_t)k]) * x;
        }
        const bk_lanes *const block = row + r;
        b -= BK_PART(block[width]) * a;
        c -= BK_PART(block[2 * width]) * a;
        d -= BK_PART(block[3 * width]) * a;
        c -= BK_PART(block[2 * width + 1]) * b;
        d -= BK_PART(block[3 * width + 1]) * b;
        d -= BK_PART(block[3 * width + 2]) * c;
        BK_PART(z[r]) = a;
        BK_PART(z[r + 1]) = b;
        BK_PART(z[r + 2]) = c;
        BK_PART(z[r + 3]) = d;
    }
    for (; r < rows; r++) {
        const bk_lanes *const row = lu->dense + (size_t)r * width;
        LANES(wide) a = BK_PART(z[r]);
        for (int32_t k = 0; k < r; k++) {
            a -= BK_PART(row[k]) * BK_PART(z[k]);
        }
        BK_PART(z[r]) = a;
    }
}

static void LANES(dense_back)(const bk_lanes_lu *lu, bk_lanes *z, int part)
{
    const size_t width = (size_t)lu->width;
    const bk_lanes *const inverse = lu->pivots + lu->tail;
    const int32_t rows = lu->n - lu->tail;
    int32_t r = rows;
    while (r % 4 != 0) {
        r--;
        const bk_lanes *const row = lu->dense + (size_t)r * width;
        LANES(wide) a = BK_PART(z[r]);
        for (int32_t k = rows - 1; k > r; k--) {
            a -= BK_PART(row[k]) * BK_PART(z[k]);
        }
        BK_PART(z[r]) = a * BK_PART(inverse[r]);
    }
    while (r > 0) {
        r -= 4;
        const bk_lanes *const row = lu->dense + (size_t)r * width;
        LANES(wide) a = BK_PART(z[r]), b = BK_PART(z[r + 1]);
        LANES(wide) c = BK_PART(z[r + 2]), d = BK_PART(z[r + 3]);
        for (int32_t k = rows - 1; k >= r + 4; k--) {
            const LANES(wide) x = BK_PART(z[k]);
            a -= BK_PART(row[k]) * x;
            b -= BK_PART(row[width + (size_t)k]) * x;
            c -= BK_PART(row[2 * width + (size_t)k]) * x;
            d -= BK_PART(row[3 * width + (size_t)k]) * x;
        }
        const bk_lanes *const block = row + r;
        d *= BK_PART(inverse[r + 3]);
        c = (c - BK_PART(block[2 * width + 3]) * d) * BK_PART(inverse[r + 2]);
        b = (b - BK_PART(block[width + 3]) * d - BK_PART(block[width + 2]) * c) *
            BK_PART(inverse[r + 1]);
        a = (a - BK_PART(block[3]) * d - BK_PART(block[2]) * c -
             BK_PART(block[1]) * b) *
            BK_PART(inverse[r]);
        BK_PART(z[r]) = a;
        BK_PART(z[r + 1]) = b;
        BK_PART(z[r + 2]) = c;
        BK_PART(z[r + 3]) = d;
    }
}

static void LANES(solve_part)(bk_lanes_lu *lu, bk_lanes *b, int part)
{
    bk_lanes *const z = lu->z;
    const bk_lanes *l = lu->l;
    const int32_t *column = lu->l_columns;
    for (int32_t i = 0; i < lu->n; i++) {
        LANES(wide) sum = BK_PART(b[lu->p[i]]) * lu->by[i];
        for (const bk_lanes *const end = lu->l + lu->l_starts[i + 1]; l < end; l++) {
            sum -= BK_PART(*l) * BK_PART(z[*column]);
            column++;
        }
        BK_PART(z[i]) = sum;
    }
    LANES(dense_forth)(lu, z + lu->tail, part);
    LANES(dense_back)(lu, z + lu->tail, part);
    for (int32_t i = lu->n - 1; i >= lu->tail; i--) {
        BK_PART(b[lu->q[i]]) = BK_PART(z[i]);
    }
    const bk_lanes *u = lu->u + lu->u_starts[lu->tail];
    column = lu->u_columns + lu->u_starts[lu->tail];
    for (int32_t i = lu->tail - 1; i >= 0; i--) {
        LANES(wide) sum = BK_PART(z[i]);
        for (const bk_lanes *const end = lu->u + lu->u_starts[i]; u > end;) {
            u--;
            column--;
            sum -= BK_PART(*u) * BK_PART(z[*column]);
        }
        sum *= BK_PART(lu->pivots[i]);
        BK_PART(z[i]) = sum;
        BK_PART(b[lu->q[i]]) = sum;
    }
}

static void LANES(solve)(bk_lanes_lu *lu, bk_lanes *b)
{
    for (int part = 0; part < BK_LANE_PARTS; part++) {
        LANES(solve_part)(lu, b, part);
    }
}
