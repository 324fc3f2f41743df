/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/random.h"
#include "solve/dense_lu.h"
#include "solve/sparse_lu.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define test(name) cmocka_unit_test(name)

typedef struct matrix {
    int32_t n;
    int32_t *starts, *rows;
    double *values;
} matrix;

/* A diagonal that dominates, `each` more entries a column, and `hubs` full columns and
 * rows, so that the factors fill in. */
static matrix random_matrix(bk_random *random, int32_t n, int each, int hubs)
{
    matrix m = {.n = n};
    bool *const there = calloc((size_t)(n * n), sizeof *there);
    m.starts = calloc((size_t)n + 1, sizeof *m.starts);
    m.rows = calloc((size_t)(n * n), sizeof *m.rows);
    m.values = calloc((size_t)(n * n), sizeof *m.values);
    for (int32_t j = 0; j < n; j++) {
        there[j * n + j] = true;
        for (int k = 0; k < each; k++) {
            there[j * n + (int32_t)bk_random_below(random, (uint32_t)n)] = true;
        }
        for (int32_t h = 0; h < hubs; h++) {
            there[j * n + h] = there[h * n + j] = true;
        }
    }
    int32_t k = 0;
    for (int32_t j = 0; j < n; j++) {
        m.starts[j] = k;
        for (int32_t i = 0; i < n; i++) {
            if (there[j * n + i]) {
                m.values[k] = bk_random_uniform(random) - 0.5 + (i == j ? 3.0 : 0.0);
                m.rows[k++] = i;
            }
        }
    }
    m.starts[n] = k;
    free(there);
    return m;
}

static void free_matrix(matrix *m)
{
    free(m->starts);
    free(m->rows);
    free(m->values);
}

static double residual(const matrix *m, bk_sparse_lu *lu, bk_random *random)
{
    double *const x = calloc((size_t)m->n, sizeof *x);
    double *const b = calloc((size_t)m->n, sizeof *b);
    for (int32_t i = 0; i < m->n; i++) {
        x[i] = b[i] = bk_random_uniform(random);
    }
    bk_sparse_lu_solve(lu, x);
    for (int32_t j = 0; j < m->n; j++) {
        for (int32_t k = m->starts[j]; k < m->starts[j + 1]; k++) {
            b[m->rows[k]] -= m->values[k] * x[j];
        }
    }
    double most = 0.0;
    for (int32_t i = 0; i < m->n; i++) {
        most = fmax(most, fabs(b[i]));
    }
    free(x);
    free(b);
    return most;
}

static void solutions_satisfy_their_equations_for_sparse_and_filled_matrices(void **s)
{
    (void)s;
    bk_random random;
    bk_random_start(&random, 1, 2, 3);
    for (int round = 0; round < 40; round++) {
        const int32_t n = 1 + (int32_t)bk_random_below(&random, 120);
        matrix m = random_matrix(&random, n, round % 4, round % 5 < n ? round % 5 : 0);
        bk_sparse_lu *lu = NULL;
        assert_int_equal(bk_sparse_lu_new(n, m.starts, m.rows, &lu), BK_OK);
        for (int again = 0; again < 3; again++) {
            assert_int_equal(bk_sparse_lu_factor(lu, m.values, NULL), BK_OK);
            assert_true(residual(&m, lu, &random) < 1e-9);
            for (int32_t k = 0; k < m.starts[n]; k++) {
                m.values[k] *= 1.0 + 0.1 * bk_random_uniform(&random);
            }
        }
        bk_sparse_lu_free(lu);
        free_matrix(&m);
    }
}

static void new_numbers_keep_the_pivots_until_one_fails(void **s)
{
    (void)s;
    const int32_t starts[] = {0, 2, 4};
    const int32_t rows[] = {0, 1, 0, 1};
    const double healthy[] = {2.0, 1.0, 1.0, 2.0};
    const double also[] = {5.0, 1.0, 1.0, 3.0};
    const double swapped[] = {0.0, 1.0, 1.0, 0.0};
    bk_sparse_lu *lu = NULL;
    assert_int_equal(bk_sparse_lu_new(2, starts, rows, &lu), BK_OK);
    assert_int_equal(bk_sparse_lu_factor(lu, healthy, NULL), BK_OK);
    assert_int_equal(bk_sparse_lu_factor(lu, also, NULL), BK_OK);
    assert_int_equal(bk_sparse_lu_full_factors(lu), 1);
    assert_int_equal(bk_sparse_lu_factor(lu, swapped, NULL), BK_OK);
    assert_int_equal(bk_sparse_lu_full_factors(lu), 2);
    double b[] = {3.0, 4.0};
    bk_sparse_lu_solve(lu, b);
    assert_true(b[0] == 4.0 && b[1] == 3.0);
    bk_sparse_lu_free(lu);
}

static void
a_singular_or_not_finite_matrix_is_refused_and_the_next_one_is_solved(void **s)
{
    (void)s;
    const int32_t starts[] = {0, 2, 4};
    const int32_t rows[] = {0, 1, 0, 1};
    const double singular[] = {1.0, 2.0, 2.0, 4.0};
    const double missing[] = {(double)NAN, 1.0, 1.0, 1.0};
    const double healthy[] = {2.0, 0.0, 0.0, 2.0};
    bk_sparse_lu *lu = NULL;
    assert_int_equal(bk_sparse_lu_new(2, starts, rows, &lu), BK_OK);
    assert_int_equal(bk_sparse_lu_factor(lu, singular, NULL), BK_NUMERICAL);
    assert_int_equal(bk_sparse_lu_factor(lu, missing, NULL), BK_NUMERICAL);
    assert_int_equal(bk_sparse_lu_factor(lu, healthy, NULL), BK_OK);
    assert_int_equal(bk_sparse_lu_factor(lu, missing, NULL), BK_NUMERICAL);
    assert_int_equal(bk_sparse_lu_factor(lu, healthy, NULL), BK_OK);
    double b[] = {2.0, 4.0};
    bk_sparse_lu_solve(lu, b);
    assert_true(b[0] == 1.0 && b[1] == 2.0);
    bk_sparse_lu_free(lu);
}

/* L and U have what A has, and the diagonal twice, whoever chose the order. */
static void its_work_is_at_least_what_the_entries_of_the_matrix_take(void **s)
{
    (void)s;
    bk_random random;
    bk_random_start(&random, 5, 0, 0);
    for (int32_t n = 1; n < 120; n += 7) {
        for (int each = 0; each < 4; each++) {
            matrix m = random_matrix(&random, n, each, each == 3);
            bk_sparse_lu *lu = NULL;
            assert_int_equal(bk_sparse_lu_new(n, m.starts, m.rows, &lu), BK_OK);
            double factor = 0.0, solve = 0.0;
            bk_sparse_lu_work(lu, &factor, &solve);
            assert_true(solve >= 0.5 * (m.starts[n] + n));
            assert_true(factor >= solve);
            bk_sparse_lu_free(lu);
            free_matrix(&m);
        }
    }
}

static void another_for_the_same_pattern_is_the_same(void **s)
{
    (void)s;
    bk_random random;
    bk_random_start(&random, 6, 0, 0);
    for (int32_t n = 0; n < 120; n += 7) {
        matrix m = random_matrix(&random, n, (int)n % 4, n > 50 ? 2 : 0);
        bk_sparse_lu *lu[2] = {NULL, NULL};
        double work[2][2];
        double *const b = calloc(2 * (size_t)n + 1, sizeof *b);
        assert_int_equal(bk_sparse_lu_new(n, m.starts, m.rows, &lu[0]), BK_OK);
        assert_int_equal(bk_sparse_lu_like(lu[0], &lu[1]), BK_OK);
        for (int i = 0; i < 2; i++) {
            double *const x = b + i * n;
            x[0] = 1.0;
            assert_int_equal(bk_sparse_lu_factor(lu[i], m.values, NULL), BK_OK);
            bk_sparse_lu_solve(lu[i], x);
            bk_sparse_lu_work(lu[i], &work[i][0], &work[i][1]);
            bk_sparse_lu_free(lu[i]);
        }
        assert_memory_equal(b, b + n, (size_t)n * sizeof *b);
        assert_memory_equal(work[0], work[1], sizeof work[0]);
        free(b);
        free_matrix(&m);
    }
}

static void an_empty_matrix_is_solved_by_doing_nothing(void **s)
{
    (void)s;
    const int32_t starts[] = {0};
    bk_sparse_lu *lu = NULL;
    assert_int_equal(bk_sparse_lu_new(0, starts, NULL, &lu), BK_OK);
    assert_int_equal(bk_sparse_lu_factor(lu, NULL, NULL), BK_OK);
    bk_sparse_lu_solve(lu, NULL);
    bk_sparse_lu_free(lu);
}

static void the_dense_kernel_multiplies_back_to_its_matrix(void **s)
{
    (void)s;
    enum { MOST = 37, STRIDE = 40 };
    bk_random random;
    bk_random_start(&random, 4, 5, 6);
    for (int32_t n = 1; n <= MOST; n++) {
        double a[MOST * STRIDE] = {0};
        double lu[MOST * STRIDE];
        double pivots[MOST];
        for (int32_t j = 0; j < n; j++) {
            for (int32_t i = 0; i < n; i++) {
                a[j * STRIDE + i] = bk_random_uniform(&random) + (i == j ? n : 0);
            }
        }
        memcpy(lu, a, sizeof a);
        assert_true(bk_dense_lu_pick()->factor(n, lu, STRIDE, pivots, 1e-3));
        for (int32_t j = 0; j < n; j++) {
            for (int32_t i = 0; i < n; i++) {
                double sum = i <= j ? lu[j * STRIDE + i] : 0.0;
                for (int32_t k = 0; k < i && k <= j; k++) {
                    sum += lu[k * STRIDE + i] * lu[j * STRIDE + k];
                }
                assert_true(fabs(sum - a[j * STRIDE + i]) < 1e-12 * n);
            }
        }
    }
}

static void a_failed_allocation_leaves_a_solver_that_can_be_freed(void **s)
{
    (void)s;
    bk_random random;
    bk_random_start(&random, 7, 8, 9);
    matrix m = random_matrix(&random, 40, 2, 3);
    for (long fail = 0; fail < 40; fail++) {
        bk_sparse_lu *lu = NULL;
        bk_alloc_fail_after(fail);
        bk_status status = bk_sparse_lu_new(m.n, m.starts, m.rows, &lu);
        if (status == BK_OK) {
            status = bk_sparse_lu_factor(lu, m.values, NULL);
        }
        bk_alloc_fail_after(-1);
        assert_true(status == BK_OK || status == BK_NO_MEMORY);
        if (lu != NULL) {
            assert_int_equal(bk_sparse_lu_factor(lu, m.values, NULL), BK_OK);
            assert_true(residual(&m, lu, &random) < 1e-9);
        }
        bk_sparse_lu_free(lu);
    }
    free_matrix(&m);
}

/* --- lanes ---------------------------------------------------------------------------- */

/* The values of a lane: those of the matrix, each changed a little; lane 5 gets a pivot
 * of zero. */
static void fill_lanes(bk_random *random, const matrix *m, bk_lanes *values,
                       bk_lanes *b)
{
    for (int32_t k = 0; k < m->starts[m->n]; k++) {
        for (int lane = 0; lane < BK_LANE_COUNT; lane++) {
            values[k][lane] = m->values[k] * (0.5 + bk_random_uniform(random));
        }
    }
    for (int32_t i = 0; i < m->n; i++) {
        for (int lane = 0; lane < BK_LANE_COUNT; lane++) {
            b[i][lane] = bk_random_uniform(random);
        }
    }
    for (int32_t k = m->starts[m->n - 1]; k < m->starts[m->n]; k++) {
        values[k][5] = 0.0;
    }
}

static double residual_of(const matrix *m, const bk_lanes *values, const bk_lanes *x,
                          const bk_lanes *b, int lane)
{
    double *const product = calloc((size_t)m->n, sizeof *product);
    for (int32_t j = 0; j < m->n; j++) {
        for (int32_t k = m->starts[j]; k < m->starts[j + 1]; k++) {
            product[m->rows[k]] += values[k][lane] * x[j][lane];
        }
    }
    double most = 0.0;
    for (int32_t i = 0; i < m->n; i++) {
        most = fmax(most, fabs(product[i] - b[i][lane]));
    }
    free(product);
    return most;
}

static void
every_lane_solves_its_own_matrix_with_the_same_bits_on_all_processors(void **state)
{
    (void)state;
    bk_random random;
    bk_random_start(&random, 5, 6, 7);
    matrix m = random_matrix(&random, 40, 3, 4);
    const size_t entries = (size_t)m.starts[m.n];
    bk_lanes *const values = bk_lanes_alloc(entries);
    bk_lanes *const b = bk_lanes_alloc((size_t)m.n);
    bk_lanes *const x = bk_lanes_alloc((size_t)m.n);
    bk_lanes *const first = bk_lanes_alloc((size_t)m.n);
    fill_lanes(&random, &m, values, b);
    bk_lanes *const negative = bk_lanes_alloc(entries);
    for (size_t k = 0; k < entries; k++) {
        negative[k] = -values[k]; /* of which, and no shift, the matrix is made */
    }
    bk_sparse_lu *lu = NULL;
    assert_int_equal(bk_sparse_lu_new(m.n, m.starts, m.rows, &lu), BK_OK);
    for (int set = BK_LANES_PLAIN; set <= (int)bk_lanes_detect(); set++) {
        bk_lanes_lu *lanes = NULL;
        bk_lane_mask healthy;
        const bk_lanes none = {0};
        assert_int_equal(
            bk_sparse_lu_lanes(lu, m.values, NULL, (bk_lane_kind)set, &lanes), BK_OK);
        assert_in_range(bk_lanes_lu_tail(lanes), 5, m.n - 5); /* both ways are gone */
        for (int round = 0; round < 2; round++) { /* nothing of the first is left */
            memcpy(x, b, (size_t)m.n * sizeof *x);
            bk_lanes_lu_factor(lanes, negative, &none, 1e-7, &healthy);
            bk_lanes_lu_solve(lanes, x);
        }
        for (int lane = 0; lane < BK_LANE_COUNT; lane++) {
            assert_int_equal(healthy[lane] != 0, lane != 5);
            for (int32_t i = 0; i < m.n && lane != 5; i++) {
                first[i][lane] = set == BK_LANES_PLAIN ? x[i][lane] : first[i][lane];
                assert_true(first[i][lane] == x[i][lane]);
            }
            /* condition numbers are below a thousand here */
            assert_true(lane == 5 || residual_of(&m, values, x, b, lane) < 1e-12);
        }
        bk_lanes_lu_free(lanes);
    }
    bk_sparse_lu_free(lu);
    bk_lane_array_free(values);
    bk_lane_array_free(negative);
    bk_lane_array_free(b);
    bk_lane_array_free(x);
    bk_lane_array_free(first);
    free_matrix(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(every_lane_solves_its_own_matrix_with_the_same_bits_on_all_processors),
        test(solutions_satisfy_their_equations_for_sparse_and_filled_matrices),
        test(new_numbers_keep_the_pivots_until_one_fails),
        test(a_singular_or_not_finite_matrix_is_refused_and_the_next_one_is_solved),
        test(its_work_is_at_least_what_the_entries_of_the_matrix_take),
        test(another_for_the_same_pattern_is_the_same),
        test(an_empty_matrix_is_solved_by_doing_nothing),
        test(the_dense_kernel_multiplies_back_to_its_matrix),
        test(a_failed_allocation_leaves_a_solver_that_can_be_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
