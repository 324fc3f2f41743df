/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Conserved moieties of small networks, which can be read off the reactions. */

#include "kinetic_fixture.h"

#include "model/null_space.h"

/* All moieties as one text: "A + AP; 2 A2 + B - C". */
static void listed(const bk_model *model, char *text, size_t size)
{
    bk_moieties *all = NULL;
    assert_int_equal(bk_moieties_find(model, &all), BK_OK);
    size_t n = 0;
    text[0] = '\0';
    for (int32_t i = 0; i < bk_moieties_count(all); i++) {
        const bk_moiety *const m = bk_moieties_at(all, i);
        for (int32_t k = 0; k < m->n; k++) {
            const long number = (long)m->parts[k].number;
            const char *const sign = number < 0 ? (k > 0 ? " - " : "-")
                                     : k > 0    ? " + "
                                                : "";
            char count[30] = "";
            if (labs(number) != 1) {
                snprintf(count, sizeof count, "%ld ", labs(number));
            }
            n += (size_t)snprintf(text + n, size - n, "%s%s%s%s",
                                  i > 0 && k == 0 ? "; " : "", sign, count,
                                  bk_symbol_id(model, m->parts[k].species));
        }
    }
    bk_moieties_free(all);
}

static void check(bk_builder *b, const char *expected)
{
    char text[500];
    bk_model *model = NULL;
    assert_int_equal(bk_builder_finish(b, &model), BK_OK);
    listed(model, text, sizeof text);
    assert_string_equal(text, expected);
    bk_model_free(model);
}

static bk_builder *with_species(const char *names)
{
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", 1.0);
    char copy[200];
    snprintf(copy, sizeof copy, "%s", names);
    char *rest = NULL;
    for (char *name = strtok_r(copy, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        species(b, name, 1.0);
    }
    return b;
}

static void a_cycle_conserves_the_sum_of_its_forms(void **s)
{
    (void)s;
    bk_builder *const b = with_species("A AP B BP");
    reaction(b, "r1", "A", "AP", "A");
    reaction(b, "r2", "AP", "A", "AP");
    reaction(b, "r3", "B", "BP", "B*AP");
    reaction(b, "r4", "BP", "B", "BP");
    check(b, "A + AP; B + BP");
}

static void an_enzyme_is_conserved_with_its_complex(void **s)
{
    (void)s;
    bk_builder *const b = with_species("E S ES P");
    reaction(b, "on", "E S", "ES", "E*S");
    reaction(b, "off", "ES", "E S", "ES");
    reaction(b, "cat", "ES", "E P", "ES");
    check(b, "E + ES; S + ES + P");
}

static void dimers_count_twice_and_halves_become_whole_numbers(void **s)
{
    (void)s;
    bk_builder *const b = with_species("A D H");
    reaction(b, "bind", "2A", "D", "A*A");
    reaction(b, "split", "A", "0.5H", "A");
    check(b, "A + 2 D + 2 H");
}

static void two_products_made_together_have_a_constant_difference(void **s)
{
    (void)s;
    bk_builder *const b = with_species("A B");
    reaction(b, "make", "", "A 2B", "1");
    check(b, "2 A - B");
}

static void nothing_is_conserved_of_what_is_made_and_lost(void **s)
{
    (void)s;
    bk_builder *const b = with_species("A B");
    reaction(b, "make", "", "A", "1");
    reaction(b, "turn", "A", "B", "A");
    reaction(b, "lose", "B", "", "B");
    check(b, "");
}

static void a_catalyst_written_on_both_sides_is_conserved_alone(void **s)
{
    (void)s;
    bk_builder *const b = with_species("E A B");
    reaction(b, "r", "A E", "E B", "A*E");
    check(b, "E; A + B");
}

static void what_a_rule_an_event_or_a_boundary_sets_is_no_part(void **s)
{
    (void)s;
    bk_builder *const b = with_species("A AP B BP");
    bk_symbol outside = bk_symbol_blank(BK_SPECIES, "X");
    outside.compartment = bk_builder_find(b, "c");
    outside.boundary = true;
    outside.initial = BK_INITIAL_CONCENTRATION;
    outside.value = 1.0;
    bk_builder_symbol(b, &outside);
    reaction(b, "r1", "A", "AP", "A");
    reaction(b, "r2", "X", "B", "1");
    reaction(b, "r3", "B", "BP", "B");
    bk_builder_event(b, &(bk_event){.symbol = symbol_of(b, BK_EVENT, "e", (double)NAN),
                                    .trigger = parsed(b, "time > 5"),
                                    .delay = -1,
                                    .priority = -1});
    bk_builder_event_assignment(
        b, &(bk_event_assignment){.target = bk_builder_find(b, "AP"),
                                  .math = parsed(b, "0")});
    check(b, "");
}

static void numbers_too_large_are_refused_not_wrong(void **s)
{
    (void)s;
    bk_null_space *const space = bk_null_space_new(3);
    const int64_t big = (int64_t)1 << 62;
    const bk_null_entry one[] = {{0, big - 1}, {1, big - 3}};
    const bk_null_entry two[] = {{0, big - 5}, {2, big - 7}};
    assert_int_equal(bk_null_space_add(space, one, 2), BK_OK);
    assert_int_equal(bk_null_space_add(space, two, 2), BK_NUMERICAL);
    bk_null_space_free(space);
}

/* Random matrices with a known null space: rows are sums of moieties over random forms. */
static void random_exchanges_conserve_as_many_sums_as_there_are_kinds(void **s)
{
    (void)s;
    unsigned seed = 1;
    for (int round = 0; round < 50; round++) {
        enum { KINDS = 4, FORMS = 7, ROWS = KINDS * FORMS };
        bk_null_space *const space = bk_null_space_new(ROWS);
        for (int k = 0; k < KINDS; k++) {
            for (int i = 1; i < FORMS; i++) { /* a tree within each kind */
                const int parent = rand_r(&seed) % i;
                const bk_null_entry column[] = {{k * FORMS + parent, -1},
                                                {k * FORMS + i, 1}};
                assert_int_equal(bk_null_space_add(space, column, 2), BK_OK);
            }
        }
        const bk_null_vector *vectors = NULL;
        int32_t n = 0;
        assert_int_equal(bk_null_space_solve(space, &vectors, &n), BK_OK);
        assert_int_equal(n, KINDS);
        for (int32_t i = 0; i < n; i++) {
            assert_int_equal(vectors[i].n, FORMS);
            for (int32_t k = 0; k < FORMS; k++) {
                assert_int_equal(vectors[i].entries[k].number, 1);
            }
        }
        bk_null_space_free(space);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_cycle_conserves_the_sum_of_its_forms),
        test(an_enzyme_is_conserved_with_its_complex),
        test(dimers_count_twice_and_halves_become_whole_numbers),
        test(two_products_made_together_have_a_constant_difference),
        test(nothing_is_conserved_of_what_is_made_and_lost),
        test(a_catalyst_written_on_both_sides_is_conserved_alone),
        test(what_a_rule_an_event_or_a_boundary_sets_is_no_part),
        test(numbers_too_large_are_refused_not_wrong),
        test(random_exchanges_conserve_as_many_sums_as_there_are_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
