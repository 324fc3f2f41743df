/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The kernels of lanes_lu.c, which includes this text once for each instruction set,
 * with FACTOR and SOLVE their names. */

static void FACTOR(bk_lanes_lu *lu, const bk_lanes *values, double least,
                   bk_lane_mask *healthy)
{
    const bk_lanes zero = {0};
    const bk_lanes infinite = zero + (double)INFINITY;
    bk_lanes *restrict const x = lu->x;
    const bk_lanes *restrict const l = lu->l;
    bk_lane_mask good = zero == zero;
    for (int32_t j = 0; j < lu->n; j++) {
        for (int32_t k = lu->starts[j]; k < lu->starts[j + 1]; k++) {
            x[lu->to[k]] = values[lu->from[k]] * lu->entry_by[k];
        }
        for (int32_t k = lu->u_starts[j]; k < lu->u_starts[j + 1]; k++) {
            const int32_t row = lu->u_rows[k];
            const bk_lanes u = x[row];
            x[row] = zero;
            lu->u[k] = u;
            for (int32_t i = lu->l_starts[row]; i < lu->l_starts[row + 1]; i++) {
                x[lu->l_rows[i]] -= l[i] * u;
            }
        }
        const bk_lanes pivot = x[j];
        const bk_lanes inverse = 1.0 / pivot;
        bk_lanes largest = zero;
        x[j] = zero;
        for (int32_t i = lu->l_starts[j]; i < lu->l_starts[j + 1]; i++) {
            bk_lanes *const entry = &x[lu->l_rows[i]];
            const bk_lanes size = BK_LANES_SIZE(*entry);
            largest = BK_LANES_CHOOSE(size > largest, size, largest);
            lu->l[i] = *entry * inverse;
            *entry = zero;
        }
        lu->pivots[j] = inverse;
        good &= (BK_LANES_SIZE(pivot) >= least * largest) &
                (BK_LANES_SIZE(inverse) < infinite) & (largest < infinite);
    }
    *healthy = good;
}

/* By rows, so that sums stay in registers; in the order of a solve by columns. */
static void SOLVE(bk_lanes_lu *lu, bk_lanes *b)
{
    bk_lanes *restrict const z = lu->z;
    for (int32_t i = 0; i < lu->n; i++) {
        bk_lanes sum = b[lu->p[i]] * lu->by[i];
        for (int32_t k = lu->l_across[i]; k < lu->l_across[i + 1]; k++) {
            sum -= lu->l[lu->l_entries[k].at] * z[lu->l_entries[k].column];
        }
        z[i] = sum;
    }
    for (int32_t i = lu->n - 1; i >= 0; i--) {
        bk_lanes sum = z[i];
        for (int32_t k = lu->u_across[i + 1] - 1; k >= lu->u_across[i]; k--) {
            sum -= lu->u[lu->u_entries[k].at] * z[lu->u_entries[k].column];
        }
        z[i] = sum * lu->pivots[i];
    }
    for (int32_t i = 0; i < lu->n; i++) {
        b[lu->q[i]] = z[i];
    }
}
