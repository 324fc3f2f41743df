/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Programs of several expressions. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/random.h"
#include "base/text.h"
#include "math/program_code.h"
#include "math/program_lanes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SYMBOLS = 3, TARGETS = 4 };
#define test(name) cmocka_unit_test(name)

static bk_expr name_of(void *context, bk_exprs *pool, const char *name, bk_where where)
{
    (void)context;
    (void)where;
    return bk_expr_symbol(pool, name[0] - 'x');
}

static bk_expr parsed(bk_exprs *pool, const char *text)
{
    const bk_resolver resolver = {.name = name_of};
    bk_expr e = -1;
    assert_int_equal(
        bk_expr_parse(pool, text, strlen(text), &resolver, (bk_where){0}, NULL, &e),
        BK_OK);
    return e;
}

static const char *const texts[TARGETS] = {"(x + y) ^ 3 / (z + (x + y) ^ 3)",
                                           "(x + y) ^ 3 * z", "x + y",
                                           "piecewise(x + y, x + y < z, 2 * (x + y))"};

static void parse_all(bk_exprs *pool, bk_expr *exprs)
{
    for (int i = 0; i < TARGETS; i++) {
        exprs[i] = parsed(pool, texts[i]);
    }
}

static bk_program *together(const bk_exprs *pool, const bk_expr *exprs)
{
    bk_program_builder *const builder = bk_program_builder_new(SYMBOLS, TARGETS);
    const int32_t targets[TARGETS] = {3, 4, 5, 6};
    int32_t law = -1;
    assert_int_equal(
        bk_program_add_together(builder, pool, exprs, targets, TARGETS, &law), BK_OK);
    assert_int_equal(law, 0);
    bk_program *program = NULL;
    assert_int_equal(bk_program_finish(builder, &program), BK_OK);
    return program;
}

static void equal_parts_are_shared_and_keep_their_values(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    bk_expr exprs[TARGETS], shared[TARGETS];
    parse_all(pool, exprs);
    memcpy(shared, exprs, sizeof exprs);
    assert_true(bk_expr_share(pool, shared, TARGETS));
    const double values[SYMBOLS] = {1.25, 0.5, 3.0};
    for (int i = 0; i < TARGETS; i++) {
        assert_true(bk_expr_evaluate(pool, exprs[i], values, 0, NULL) ==
                    bk_expr_evaluate(pool, shared[i], values, 0, NULL));
    }
    /* x + y of the first law's power is the third expression itself */
    const bk_expr power = bk_expr_arg(pool, shared[0], 0);
    assert_int_equal(bk_expr_arg(pool, power, 0), shared[2]);
    assert_int_equal(bk_expr_arg(pool, shared[1], 0), power);
    bk_exprs_free(pool);
}

static void a_law_of_several_expressions_computes_them_all(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    bk_expr exprs[TARGETS];
    parse_all(pool, exprs);
    assert_true(bk_expr_share(pool, exprs, TARGETS));
    bk_program *const program = together(pool, exprs);
    assert_int_equal(bk_program_laws(program), 1);
    assert_int_equal(bk_program_relations(program), 1);
    double *const slots = calloc((size_t)bk_program_slots(program), sizeof *slots);
    unsigned char status[1] = {0};
    bk_program_prepare(program, slots);
    const double values[SYMBOLS] = {1.25, 0.5, 3.0};
    memcpy(slots, values, sizeof values);
    bk_program_run(program, 0, 1, slots, 0, BK_FREE, status, NULL);
    for (int i = 0; i < TARGETS; i++) {
        assert_true(slots[SYMBOLS + i] ==
                    bk_expr_evaluate(pool, exprs[i], values, 0, NULL));
    }
    free(slots);
    bk_program_free(program);
    bk_exprs_free(pool);
}

static void two_targets_may_have_the_same_value(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    const bk_expr sum = parsed(pool, "x + y");
    bk_program *const program =
        together(pool, (const bk_expr[TARGETS]){sum, sum, parsed(pool, "z"), sum});
    double slots[16] = {1.0, 2.0, 5.0};
    assert_true(bk_program_slots(program) <= 16);
    bk_program_run(program, 0, 1, slots, 0, BK_FREE, NULL, NULL);
    assert_true(slots[3] == 3.0 && slots[4] == 3.0 && slots[5] == 5.0 &&
                slots[6] == 3.0);
    bk_program_free(program);
    bk_exprs_free(pool);
}

static void sharing_survives_every_failed_allocation(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    bk_expr exprs[TARGETS];
    parse_all(pool, exprs);
    bool done = false;
    for (long k = 0; !done && k < 1000; k++) {
        bk_expr shared[TARGETS];
        memcpy(shared, exprs, sizeof exprs);
        bk_alloc_fail_after(k);
        done = bk_expr_share(pool, shared, TARGETS);
        bk_alloc_fail_after(-1);
        assert_true(done || memcmp(shared, exprs, sizeof exprs) == 0);
    }
    assert_true(done);
    bk_exprs_free(pool);
}

/* --- lanes -------------------------------------------------------------------------- */

static const char *const lane_texts[] = {"x + y + z + x",
                                         "x - y",
                                         "x * y * z * x",
                                         "x / y",
                                         "-x",
                                         "x ^ 2 + y ^ 3 + z ^ 7",
                                         "x ^ y",
                                         "x ^ z",
                                         "sqrt(x) + exp(y) + ln(z)",
                                         "abs(x)",
                                         "min(x, y, z)",
                                         "max(x, y, z)",
                                         "x == y",
                                         "x != y",
                                         "x < y",
                                         "x <= y",
                                         "x > y",
                                         "x >= y",
                                         "x < y && y < z",
                                         "x < y || z",
                                         "xor(x < y, z)",
                                         "!x",
                                         "piecewise(x, y < z, z)",
                                         "sin(x) + floor(y) + rem(x, y)",
                                         "time * x",
                                         "min(max(x, y), z)",
                                         "x * y + z",
                                         "z + x * y",
                                         "x * y - z",
                                         "z - x * y",
                                         "x * y / z",
                                         "(x + y) * z",
                                         "z * (x - y)",
                                         "(x - y) / z",
                                         "z * (x * y)",
                                         "z + (x + y)",
                                         "y * x / (z + x)"};
enum { LANE_LAWS = sizeof lane_texts / sizeof *lane_texts };

static bk_program *program_of_lanes(bk_exprs *pool)
{
    bk_program_builder *const builder = bk_program_builder_new(SYMBOLS, LANE_LAWS);
    for (int i = 0; i < LANE_LAWS; i++) {
        bk_expr e = parsed(pool, lane_texts[i]);
        assert_int_equal(bk_program_add(builder, pool, e, (int32_t)(SYMBOLS + i), NULL),
                         BK_OK);
    }
    bk_program *program = NULL;
    assert_int_equal(bk_program_finish(builder, &program), BK_OK);
    return program;
}

/* Ordinary numbers, whole numbers that are the same in all lanes, and special ones. */
static double lane_value(bk_random *random, int round, int symbol)
{
    static const double special[] = {0.0, -0.0, 1.0, -1.0, INFINITY, -INFINITY, NAN};
    if (round % 3 == 0 && symbol == 2) {
        return (double)(1 + round % 9);
    }
    if (round % 3 == 1) {
        return special[bk_random_below(random, 7)];
    }
    return round % 3 == 2 ? (double)bk_random_below(random, 4)
                          : 6.0 * bk_random_uniform(random) - 2.0;
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

typedef struct lane_case {
    const bk_program *program;
    bk_lanes *slots, *gap;
    bk_lane_mask *status;
    double *one, *one_gap;
    unsigned char *one_status;
} lane_case;

static void compare_lanes(const lane_case *c, bk_truth truth)
{
    const int32_t laws = bk_program_laws(c->program);
    for (int k = 0; k < BK_LANE_COUNT; k++) {
        for (int s = 0; s < SYMBOLS; s++) {
            c->one[s] = c->slots[s][k];
        }
        for (int32_t r = 0; truth == BK_HELD && r < bk_program_relations(c->program);
             r++) {
            c->one_status[r] = (unsigned char)((r + k) % 2);
        }
        bk_program_run(c->program, 0, laws, c->one, 1.5 + k, truth, c->one_status,
                       c->one_gap);
        for (int i = 0; i < LANE_LAWS; i++) {
            if (!same_bits(c->one[SYMBOLS + i], c->slots[SYMBOLS + i][k])) {
                fail_msg("%s is %.17g, in lane %d %.17g", lane_texts[i],
                         c->one[SYMBOLS + i], k, c->slots[SYMBOLS + i][k]);
            }
        }
        for (int32_t r = 0; r < bk_program_relations(c->program); r++) {
            assert_int_equal(c->one_status[r] != 0, c->status[r][k] != 0);
            assert_true(same_bits(c->one_gap[r], c->gap[r][k]));
        }
    }
}

static void every_lane_is_what_a_run_alone_gives_to_the_last_bit(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    bk_program *const program = program_of_lanes(pool);
    const size_t slots = (size_t)bk_program_slots(program);
    const size_t relations = (size_t)bk_program_relations(program);
    const lane_case c = {program,
                         bk_lanes_alloc(slots),
                         bk_lanes_alloc(relations),
                         bk_lane_masks_alloc(relations),
                         calloc(slots, sizeof(double)),
                         calloc(relations, sizeof(double)),
                         calloc(relations, 1)};
    bk_program_prepare(program, c.one);
    bk_program_lanes_prepare(program, c.slots);
    bk_random random;
    bk_random_start(&random, 1, 2, 3);
    for (int round = 0; round < 600; round++) {
        for (int set = BK_LANES_PLAIN; set <= (int)bk_lanes_detect(); set++) {
            for (int s = 0; s < SYMBOLS; s++) {
                const double common = lane_value(&random, round, s);
                for (int k = 0; k < BK_LANE_COUNT; k++) {
                    const bool alike = s == 2 && round % 2 == 0;
                    c.slots[s][k] = alike ? common : lane_value(&random, round, s);
                }
            }
            for (int k = 0; k < BK_LANE_COUNT; k++) {
                c.slots[bk_program_time(program)][k] = 1.5 + k;
            }
            const bk_truth truth = round % 4 == 3 ? BK_HELD : BK_FREE;
            for (size_t r = 0; truth == BK_HELD && r < relations; r++) {
                for (int k = 0; k < BK_LANE_COUNT; k++) {
                    c.status[r][k] = ((int)r + k) % 2 != 0 ? -1 : 0;
                }
            }
            bk_program_lanes_pick((bk_lane_kind)set)(program, 0, LANE_LAWS, c.slots,
                                                     truth, c.status, c.gap);
            compare_lanes(&c, truth);
        }
    }
    bk_lane_array_free(c.slots);
    bk_lane_array_free(c.gap);
    bk_lane_array_free(c.status);
    free(c.one);
    free(c.one_gap);
    free(c.one_status);
    bk_program_free(program);
    bk_exprs_free(pool);
}

static void operators_in_a_row_are_one_instruction_with_the_same_bits(void **state)
{
    (void)state;
    static const struct {
        const char *text, *instructions;
    } shapes[] = {
        {"min(max(x, y), z)", "law 0\n    x0 = clamp s0, s1, s2\n"},
        {"x * y + z", "law 0\n    x0 = muladd s0, s1, s2\n"},
        {"z + x * y", "law 0\n    x0 = muladd s0, s1, s2\n"},
        {"x * y - z", "law 0\n    x0 = mulsub s0, s1, s2\n"},
        {"z - x * y", "law 0\n    x0 = mulfrom s0, s1, s2\n"},
        {"x * y / z", "law 0\n    x0 = muldiv s0, s1, s2\n"},
        {"z * (x + y)", "law 0\n    x0 = addmul s0, s1, s2\n"},
        {"z * (x - y)", "law 0\n    x0 = submul s0, s1, s2\n"},
        {"(x - y) / z", "law 0\n    x0 = subdiv s0, s1, s2\n"},
        {"y * x / (z + x)", "law 0\n    x0 = saturate s0, s1, s2\n"},
        {"z * (x * y)", "law 0\n    x0 = s0 * s1 * s2\n"},
        {"z + (x + y)", "law 0\n    x0 = s0 + s1 + s2\n"},
        /* what absorbs is not absorbed */
        {"(x - y) * z + x", "law 0\n    t0 = submul s0, s1, s2\n    x0 = t0 + s0\n"},
    };
    bk_random random;
    bk_random_start(&random, 4, 5, 6);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        bk_exprs *const pool = bk_exprs_new();
        bk_expr e = parsed(pool, shapes[i].text);
        bk_program_builder *const builder = bk_program_builder_new(SYMBOLS, 1);
        assert_true(bk_expr_share(pool, &e, 1));
        assert_int_equal(bk_program_add(builder, pool, e, SYMBOLS, NULL), BK_OK);
        bk_program *program = NULL;
        assert_int_equal(bk_program_finish(builder, &program), BK_OK);
        bk_text listing = {0};
        bk_program_print(program, &listing);
        assert_string_equal(listing.data, shapes[i].instructions);
        double *const slots = calloc((size_t)bk_program_slots(program), sizeof *slots);
        bk_program_prepare(program, slots);
        for (int round = 0; round < 300; round++) {
            for (int s = 0; s < SYMBOLS; s++) {
                slots[s] = lane_value(&random, round, s);
            }
            bk_program_run(program, 0, 1, slots, 0.0, BK_FREE, NULL, NULL);
            assert_true(
                same_bits(slots[SYMBOLS], bk_expr_evaluate(pool, e, slots, 0.0, NULL)));
        }
        bk_text_free(&listing);
        free(slots);
        bk_program_free(program);
        bk_exprs_free(pool);
    }
}

/* How many instructions a law has; its value at 1.25, 0.5, 3 is that of the tree. */
static int32_t instructions_of(const char *text)
{
    bk_exprs *const pool = bk_exprs_new();
    const bk_expr e = parsed(pool, text);
    bk_program_builder *const builder = bk_program_builder_new(SYMBOLS, 1);
    assert_int_equal(bk_program_add(builder, pool, e, SYMBOLS, NULL), BK_OK);
    bk_program *program = NULL;
    assert_int_equal(bk_program_finish(builder, &program), BK_OK);
    double slots[32] = {1.25, 0.5, 3.0};
    assert_true(bk_program_slots(program) <= 32);
    bk_program_prepare(program, slots);
    bk_program_run(program, 0, 1, slots, 0, BK_FREE, NULL, NULL);
    assert_true(slots[SYMBOLS] == bk_expr_evaluate(pool, e, slots, 0, NULL));
    const int32_t n = program->n_code;
    bk_program_free(program);
    bk_exprs_free(pool);
    return n;
}

static void the_law_of_a_reaction_is_one_instruction(void **state)
{
    (void)state;
    assert_int_equal(instructions_of("x * (y * z * x - y * z)"), 1);
    assert_int_equal(instructions_of("(y * z - x * z) * x"), 1);
    assert_int_equal(instructions_of("y * z - x * y"), 1);
    assert_int_equal(instructions_of("x * (y * z * x / (z + x))"), 1);
    assert_int_equal(instructions_of("y * z / (z + x)"), 1);
    assert_int_equal(instructions_of("x * (y * z)"), 1);
    /* what slots hold is taken by others on the way */
    assert_true(instructions_of("(x + y) * z * (x + z) - (y + z) * x") > 1);
    assert_int_equal(instructions_of("x * y - (x + z)"), 2); /* has not this form */
}

static void what_is_read_again_is_kept(void **state)
{
    (void)state;
    bk_exprs *const pool = bk_exprs_new();
    bk_expr exprs[TARGETS] = {parsed(pool, "x * y - y * z"), parsed(pool, "exp(x * y)"),
                              parsed(pool, "z"),
                              parsed(pool, "(x * y - y * z) * z + y * z")};
    assert_true(bk_expr_share(pool, exprs, TARGETS));
    bk_program *const program = together(pool, exprs);
    double slots[32] = {1.25, 0.5, 3.0};
    assert_true(bk_program_slots(program) <= 32);
    bk_program_prepare(program, slots);
    bk_program_run(program, 0, 1, slots, 0, BK_FREE, NULL, NULL);
    for (int i = 0; i < TARGETS; i++) {
        assert_true(slots[SYMBOLS + i] ==
                    bk_expr_evaluate(pool, exprs[i], slots, 0, NULL));
    }
    bk_program_free(program);
    bk_exprs_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(equal_parts_are_shared_and_keep_their_values),
        test(a_law_of_several_expressions_computes_them_all),
        test(two_targets_may_have_the_same_value),
        test(the_law_of_a_reaction_is_one_instruction),
        test(what_is_read_again_is_kept),
        test(sharing_survives_every_failed_allocation),
        test(every_lane_is_what_a_run_alone_gives_to_the_last_bit),
        test(operators_in_a_row_are_one_instruction_with_the_same_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
