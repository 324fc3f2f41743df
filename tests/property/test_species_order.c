/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The order in which a file lists its species changes no bit of a course, whatever else is
 * in the model: events, algebraic rules, fast reactions, delays, functions of rates.  On
 * the fixtures, and on the semantic cases of the SBML Test Suite where DATA (by default
 * ../shared/data) has them. */

#include "../unit/kinetic_fixture.h"
#include "species_order.h"

#include <blockade/blockade.h>

#include <dirent.h>

/* NULL: not a model that runs. */
static bk_outcome *course_of(const text *t, const char *name, bench *b)
{
    *b = (bench){.settings = bk_settings_defaults(), .diag = bk_diag_new()};
    b->settings.t_end = 10.0;
    b->settings.steps = 10;
    bk_outcome *outcome = NULL;
    if (bk_sbml_parse(t->bytes, t->size, name, NULL, b->diag, &b->model) != BK_OK ||
        bk_engine_ode.compile(b->model, b->diag, &b->system) != BK_OK ||
        bk_engine_ode.workspace(b->system, &b->workspace) != BK_OK ||
        bk_engine_ode.run(b->system, NULL, &b->settings, b->workspace, b->diag,
                          &outcome) != BK_OK) {
        return NULL;
    }
    return outcome;
}

static bool same(double x, double y)
{
    return memcmp(&x, &y, sizeof x) == 0 || (isnan(x) && isnan(y));
}

static void compare(const char *path, const bench *a, const bk_outcome *x,
                    const bench *b, const bk_outcome *y)
{
    const int n = bk_outcome_columns(x);
    assert_int_equal(bk_outcome_columns(y), n);
    for (int c = 0; c < n; c++) {
        const char *const id = bk_symbol_id(a->model, bk_outcome_column(x, c).symbol);
        const int32_t symbol = bk_model_find(b->model, id);
        int other = 0;
        while (bk_outcome_column(y, other).symbol != symbol) {
            other++;
            assert_true(other < n);
        }
        for (size_t row = 0; row < bk_outcome_rows(x); row++) {
            const double one = bk_outcome_value(x, row, c),
                         two = bk_outcome_value(y, row, other);
            if (!same(one, two)) {
                fail_msg("%s: %s at row %zu: %.17g, species reversed %.17g", path, id,
                         row, one, two);
            }
        }
    }
}

/* Whether it ran. */
static bool check(const char *path)
{
    text forward = {0};
    bench a, b;
    if (!slurped(path, &forward)) {
        return false;
    }
    bk_outcome *const x = course_of(&forward, path, &a);
    if (x != NULL) {
        text backward = with_species_reversed(&forward);
        bk_outcome *const y = course_of(&backward, path, &b);
        if (y == NULL) {
            fail_msg("%s runs no more with its species reversed", path);
        }
        compare(path, &a, x, &b, y);
        bk_outcome_free(y);
        closed(&b);
        free(backward.bytes);
    }
    bk_outcome_free(x);
    closed(&a);
    free(forward.bytes);
    return x != NULL;
}

/* Files of a folder, or of the folders in it; how many ran. */
static int check_all(const char *folder, const char *file)
{
    struct dirent **names;
    const int n = scandir(folder, &names, NULL, alphasort);
    int ran = 0;
    for (int i = 0; i < n; i++) {
        char path[1000];
        snprintf(path, sizeof path, "%s/%s%s", folder, names[i]->d_name, file);
        ran += names[i]->d_name[0] != '.' && check(path);
        free(names[i]);
    }
    if (n >= 0) {
        free(names);
    }
    return ran;
}

static void fixtures_run_the_same_bits_with_their_species_reversed(void **state)
{
    (void)state;
    assert_true(check_all("tests/sbml/good", "") > 0);
}

static void
cases_of_the_test_suite_run_the_same_bits_with_their_species_reversed(void **s)
{
    (void)s;
    const char *const data = getenv("DATA") != NULL ? getenv("DATA") : "../shared/data";
    char folder[500];
    snprintf(folder, sizeof folder, "%s/sbml-suite/semantic", data);
    const int ran = check_all(folder, "/model.xml");
    if (ran == 0) {
        print_message("SKIP  order of species: no %s\n", folder);
        skip();
    }
    print_message("%d cases\n", ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(fixtures_run_the_same_bits_with_their_species_reversed),
        test(cases_of_the_test_suite_run_the_same_bits_with_their_species_reversed),
    };
    bk_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
