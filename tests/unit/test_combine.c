/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/combine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { LONGEST = 19, MOST = 5 };

/* Against a loop in the promised order, bit by bit: lengths round the width of registers. */
static void every_sum_is_taken_in_the_order_of_its_columns(void **state)
{
    (void)state;
    bk_combine *const combine = bk_combine_pick();
    double from[LONGEST], to[LONGEST], columns[MOST * LONGEST], shares[MOST];
    for (size_t i = 0; i < MOST * LONGEST; i++) {
        columns[i] = 1.0 / (3.0 + (double)i);
    }
    for (size_t n = 0; n <= LONGEST; n++) {
        for (int count = 0; count <= MOST; count++) {
            for (int j = 0; j < count; j++) {
                shares[j] = (j % 2 == 0 ? 1e3 : -7.0) / (1.1 + j);
            }
            for (size_t i = 0; i < n; i++) {
                from[i] = 0.1 * (double)i;
                to[i] = -1.0;
            }
            combine(to, from, columns, n, shares, count);
            for (size_t i = 0; i < n; i++) {
                double sum = from[i];
                for (int j = 0; j < count; j++) {
                    sum += shares[j] * columns[(size_t)j * n + i];
                }
                assert_true(to[i] == sum);
            }
            combine(from, from, columns, n, shares, count);
            assert_memory_equal(from, to, n * sizeof *to);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sum_is_taken_in_the_order_of_its_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
