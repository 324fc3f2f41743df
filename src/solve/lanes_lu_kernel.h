/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The kernels of lanes_lu.c, which includes this text once for each instruction set,
 * with LANES(name) their names. */

/* Columns first..first+3 of row r of the dense block: the part of L in it is made, and of
 * the rest the products with it are taken away. */
static void LANES(four_columns)(bk_lanes_lu *lu, int32_t r, int32_t first, double most,
                                bk_lane_mask *good)
{
    const size_t width = (size_t)lu->width;
    bk_lanes *const row = lu->dense + (size_t)r * width;
    const bk_lanes *const inverse = lu->pivots + lu->tail;
    const int32_t before = first < r ? first : r;
    const bk_lanes *above = lu->dense + first;
    bk_lanes a = row[first], b = row[first + 1], c = row[first + 2], d = row[first + 3];
    for (int32_t k = 0; k < before; k++, above += width) {
        const bk_lanes l = row[k];
        a -= l * above[0];
        b -= l * above[1];
        c -= l * above[2];
        d -= l * above[3];
    }
    if (first < r) {
        a *= inverse[first];
        *good &= BK_LANES_SIZE(a) <= most;
        b -= a * above[1];
        c -= a * above[2];
        d -= a * above[3];
        above += width;
    }
    if (first + 1 < r) {
        b *= inverse[first + 1];
        *good &= BK_LANES_SIZE(b) <= most;
        c -= b * above[2];
        d -= b * above[3];
        above += width;
    }
    if (first + 2 < r) {
        c *= inverse[first + 2];
        *good &= BK_LANES_SIZE(c) <= most;
        d -= c * above[3];
    }
    if (first + 3 < r) {
        d *= inverse[first + 3];
        *good &= BK_LANES_SIZE(d) <= most;
    }
    row[first] = a;
    row[first + 1] = b;
    row[first + 2] = c;
    row[first + 3] = d;
}

static void LANES(factor)(bk_lanes_lu *lu, const bk_lanes *values,
                          const bk_lanes *shift, double least, bk_lane_mask *healthy)
{
    const bk_lanes zero = {0};
    const double most = 1.0 / least;
    bk_lanes *const w = lu->l;
    const int32_t *to = lu->to;
    bk_lane_mask good = zero == zero;
    for (int32_t i = 0; i < lu->n; i++) {
        for (int32_t k = lu->starts[i]; k < lu->starts[i + 1]; k++) {
            const entry *const e = &lu->entries[k];
            w[e->to] = -values[e->from] * e->by;
        }
        w[lu->diagonal[i]] += *shift * lu->by[i];
        const bk_lanes first = w[lu->diagonal[i]];
        for (int32_t k = lu->l_starts[i]; k < lu->l_starts[i + 1]; k++) {
            const int32_t row = lu->l_columns[k];
            const bk_lanes l = lu->l[k] * lu->pivots[row];
            lu->l[k] = l;
            good &= BK_LANES_SIZE(l) <= most;
            for (int32_t j = lu->u_starts[row]; j < lu->u_starts[row + 1]; j++) {
                w[*to++] -= l * lu->u[j];
            }
        }
        for (int32_t j = 0; i >= lu->tail && j < lu->width; j += 4) {
            LANES(four_columns)(lu, i - lu->tail, j, most, &good);
        }
        const bk_lanes inverse = 1.0 / w[lu->diagonal[i]];
        lu->pivots[i] = inverse;
        good &= (BK_LANES_SIZE(inverse) < (double)INFINITY) & (inverse != zero) &
                (BK_LANES_SIZE(first * inverse) <= bk_fixed_lu_lost);
    }
    *healthy = good;
}

static void LANES(dense_forth)(const bk_lanes_lu *lu, bk_lanes *z)
{
    const size_t width = (size_t)lu->width;
    const int32_t rows = lu->n - lu->tail;
    int32_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        const bk_lanes *const row = lu->dense + (size_t)r * width;
        bk_lanes a = z[r], b = z[r + 1], c = z[r + 2], d = z[r + 3];
        for (int32_t k = 0; k < r; k++) {
            const bk_lanes x = z[k];
            a -= row[k] * x;
            b -= row[width + (size_t)k] * x;
            c -= row[2 * width + (size_t)k] * x;
            d -= row[3 * width + (size_t)k] * x;
        }
        const bk_lanes *const block = row + r;
        b -= block[width] * a;
        c -= block[2 * width] * a;
        d -= block[3 * width] * a;
        c -= block[2 * width + 1] * b;
        d -= block[3 * width + 1] * b;
        d -= block[3 * width + 2] * c;
        z[r] = a;
        z[r + 1] = b;
        z[r + 2] = c;
        z[r + 3] = d;
    }
    for (; r < rows; r++) {
        const bk_lanes *const row = lu->dense + (size_t)r * width;
        bk_lanes a = z[r];
        for (int32_t k = 0; k < r; k++) {
            a -= row[k] * z[k];
        }
        z[r] = a;
    }
}

static void LANES(dense_back)(const bk_lanes_lu *lu, bk_lanes *z)
{
    const size_t width = (size_t)lu->width;
    const bk_lanes *const inverse = lu->pivots + lu->tail;
    const int32_t rows = lu->n - lu->tail;
    int32_t r = rows;
    while (r % 4 != 0) {
        r--;
        const bk_lanes *const row = lu->dense + (size_t)r * width;
        bk_lanes a = z[r];
        for (int32_t k = rows - 1; k > r; k--) {
            a -= row[k] * z[k];
        }
        z[r] = a * inverse[r];
    }
    while (r > 0) {
        r -= 4;
        const bk_lanes *const row = lu->dense + (size_t)r * width;
        bk_lanes a = z[r], b = z[r + 1], c = z[r + 2], d = z[r + 3];
        for (int32_t k = rows - 1; k >= r + 4; k--) {
            const bk_lanes x = z[k];
            a -= row[k] * x;
            b -= row[width + (size_t)k] * x;
            c -= row[2 * width + (size_t)k] * x;
            d -= row[3 * width + (size_t)k] * x;
        }
        const bk_lanes *const block = row + r;
        d *= inverse[r + 3];
        c = (c - block[2 * width + 3] * d) * inverse[r + 2];
        b = (b - block[width + 3] * d - block[width + 2] * c) * inverse[r + 1];
        a = (a - block[3] * d - block[2] * c - block[1] * b) * inverse[r];
        z[r] = a;
        z[r + 1] = b;
        z[r + 2] = c;
        z[r + 3] = d;
    }
}

static void LANES(solve)(bk_lanes_lu *lu, bk_lanes *b)
{
    bk_lanes *restrict const z = lu->z;
    const bk_lanes *l = lu->l;
    const int32_t *column = lu->l_columns;
    for (int32_t i = 0; i < lu->n; i++) {
        bk_lanes sum = b[lu->p[i]] * lu->by[i];
        for (const bk_lanes *const end = lu->l + lu->l_starts[i + 1]; l < end; l++) {
            sum -= *l * z[*column++];
        }
        z[i] = sum;
    }
    LANES(dense_forth)(lu, z + lu->tail);
    LANES(dense_back)(lu, z + lu->tail);
    for (int32_t i = lu->n - 1; i >= lu->tail; i--) {
        b[lu->q[i]] = z[i];
    }
    const bk_lanes *u = lu->u + lu->u_starts[lu->tail];
    column = lu->u_columns + lu->u_starts[lu->tail];
    for (int32_t i = lu->tail - 1; i >= 0; i--) {
        bk_lanes sum = z[i];
        for (const bk_lanes *const end = lu->u + lu->u_starts[i]; u > end;) {
            u--;
            column--;
            sum -= *u * z[*column];
        }
        z[i] = sum * lu->pivots[i];
        b[lu->q[i]] = z[i];
    }
}
