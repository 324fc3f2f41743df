/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Dose-response curves: Hill curves of known parameters, a published fit, and curves that
 * are none. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <blockade/blockade.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define test(name) cmocka_unit_test(name)

enum { N = 25 };

static void near(double got, double expected, double tolerance)
{
    if (!(fabs(got - expected) <= tolerance * fabs(expected))) {
        fail_msg("%.15g is not within %g of %.15g", got, tolerance, expected);
    }
}

/* From 0 (with_zero) or `low`, to `high`, evenly over the logarithm. */
static void fill_doses(double *doses, double low, double high, bool with_zero)
{
    const int first = with_zero ? 1 : 0;
    doses[0] = 0.0;
    for (int i = first; i < N; i++) {
        doses[i] = low * pow(high / low, (double)(i - first) / (N - 1 - first));
    }
}

static double hill_of(double start, double end, double ec50, double hill, double dose)
{
    const double to = pow(dose / ec50, hill);
    return start + (end - start) * to / (1.0 + to);
}

static bk_dose_curve fitted(const double *doses, const double *responses, size_t n)
{
    bk_dose_curve c;
    assert_int_equal(bk_dose_fit(doses, responses, n, (double)NAN, (double)NAN, &c),
                     BK_OK);
    return c;
}

static void the_parameters_of_a_hill_curve_are_found_again(void **state)
{
    (void)state;
    static const struct {
        double start, end, ec50, hill;
        bool with_zero;
    } cases[] = {{0.0, 100.0, 0.2, 1.0, true},  {100.0, 0.0, 3.0, 1.0, false},
                 {1.0, 0.25, 40.0, 4.0, true},  {-2.0, 5.0, 0.9, 0.7, true},
                 {3e-9, 1e-9, 1.7, 2.0, false}, {4e7, 9e7, 5.0, 1.5, true},
                 {10.0, 10.5, 1.0, 1.0, true}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double doses[N], responses[N];
        fill_doses(doses, 1e-4, 1e4, cases[k].with_zero);
        for (int i = 0; i < N; i++) {
            responses[i] = hill_of(cases[k].start, cases[k].end, cases[k].ec50,
                                   cases[k].hill, doses[i]);
        }
        const bk_dose_curve c = fitted(doses, responses, N);
        const double height = fabs(cases[k].end - cases[k].start);
        assert_int_equal(c.verdict, BK_DOSE_FITTED);
        near(c.ec50, cases[k].ec50, 1e-7);
        near(c.hill, cases[k].end > cases[k].start ? cases[k].hill : -cases[k].hill,
             1e-7);
        assert_true(fabs(c.bottom - fmin(cases[k].start, cases[k].end)) <=
                    1e-7 * height);
        assert_true(fabs(c.top - fmax(cases[k].start, cases[k].end)) <= 1e-7 * height);
        assert_true(c.r2 > 1.0 - 1e-9);
        for (int i = 0; i < N; i++) {
            assert_true(fabs(bk_dose_response(&c, doses[i]) - responses[i]) <=
                        1e-7 * height);
        }
    }
}

/* Ferulic acid and the root length of ryegrass, the example of the R package drc (Ritz et
 * al. 2015, doi:10.1371/journal.pone.0146021): its LL.4 has b 2.98222, c 0.48141, d
 * 7.79296, e 3.05795 and a residual error of 0.5196, by a minimiser that stops at about
 * 1e-5.  All digits are of scipy 1.17's curve_fit to 1e-15. */
static void the_published_fit_of_ryegrass_roots_is_met(void **state)
{
    (void)state;
    static const double doses[] = {0,    0,    0,    0,    0,    0,    0.94, 0.94,
                                   0.94, 1.88, 1.88, 1.88, 3.75, 3.75, 3.75, 7.5,
                                   7.5,  7.5,  15,   15,   15,   30,   30,   30};
    static const double roots[] = {
        7.58,     8.0,      8.328571, 7.25,     7.375, 7.9625,   8.355556, 6.914286,
        7.75,     6.871429, 6.45,     5.922222, 1.925, 2.885714, 4.233333, 1.1875,
        0.857143, 1.057143, 0.6875,   0.525,    0.825, 0.25,     0.22,     0.44};
    bk_dose_curve c;
    assert_int_equal(bk_dose_fit(doses, roots, 24, 4.0, (double)NAN, &c), BK_OK);
    assert_int_equal(c.verdict, BK_DOSE_FITTED);
    near(c.hill, -2.98222, 1e-5);
    near(c.bottom, 0.48141, 1e-5);
    near(c.top, 7.79296, 1e-5);
    near(c.ec50, 3.05795, 1e-5);
    near(c.hill, -2.98222893, 1e-7);
    near(c.bottom, 0.48141002, 1e-7);
    near(c.top, 7.79296234, 1e-7);
    near(c.ec50, 3.0579551, 1e-7);
    near(c.rms, 0.5196255577841994, 1e-7);
    near(c.bottom_error, 0.20950603, 1e-5);
    near(c.top_error, 0.18973325, 1e-5);
    near(c.ec50_error, 0.18582889, 1e-5);
    near(c.hill_error, 0.45842885, 1e-5);
    near(c.r2, 0.9782521402332075, 1e-7);
    near(c.absolute, 3.135926203467092, 1e-6);
    near(c.absolute_error, 0.15697147404044592, 1e-5);
}

static void halves_are_told_apart(void **state)
{
    (void)state;
    double doses[N], responses[N];
    fill_doses(doses, 1e-3, 1e3, true);
    for (int i = 0; i < N; i++) { /* from 8 to 2: half-way is 5, half is 4 */
        responses[i] = hill_of(8.0, 2.0, 1.0, 1.0, doses[i]);
    }
    const bk_dose_curve c = fitted(doses, responses, N);
    near(c.ec50, 1.0, 1e-7);
    near(c.level, 4.0, 1e-12);
    near(c.absolute, 2.0, 1e-7);
    near(c.crossing, 2.0, 2e-2); /* of a line between two doses 1.8 times apart */
    near(c.first, 8.0, 1e-12);
    near(c.last, responses[N - 1], 1e-12);
}

static void what_is_no_curve_is_said(void **state)
{
    (void)state;
    double doses[N], flat[N], bell[N], step[N], late[N], early[N], line[N];
    fill_doses(doses, 1e-2, 1e2, false);
    for (int i = 0; i < N; i++) {
        flat[i] = 5.0 + 1e-3 * (i % 3);
        bell[i] = doses[i] / (1.0 + doses[i] * doses[i]);
        step[i] = doses[i] < 2.0 ? 1.0 : 0.0;
        late[i] = hill_of(1.0, 0.0, 1e4, 1.0, doses[i]);
        early[i] = hill_of(1.0, 0.0, 1e-4, 1.0, doses[i]);
        line[i] = 3.0 * doses[i];
    }
    assert_int_equal(fitted(doses, flat, N).verdict, BK_DOSE_NO_EFFECT);
    const bk_dose_curve bent = fitted(doses, bell, N);
    assert_int_equal(bent.verdict, BK_DOSE_BENT);
    near(bent.turn, 1.0, 1e-12);
    assert_true(isnan(bent.ec50) && isnan(bk_dose_response(&bent, 1.0)));
    const bk_dose_curve jump = fitted(doses, step, N);
    assert_int_equal(jump.verdict, BK_DOSE_STEP);
    assert_true(jump.step[0] < 2.0 && jump.step[1] >= 2.0 && isnan(jump.hill));
    near(jump.ec50, sqrt(jump.step[0] * jump.step[1]), 1e-12);
    assert_int_equal(fitted(doses, late, N).verdict, BK_DOSE_ABOVE);
    assert_int_equal(fitted(doses, early, N).verdict, BK_DOSE_BELOW);
    assert_int_equal(fitted(doses, line, N).verdict, BK_DOSE_ABOVE);
    assert_int_equal(fitted(doses, line, 3).verdict, BK_DOSE_FEW);
    bk_dose_curve c;
    doses[3] = -1.0;
    assert_int_equal(bk_dose_fit(doses, line, N, (double)NAN, (double)NAN, &c),
                     BK_MISUSE);
}

/* One dose on the flank: any steep curve through it does. */
static void one_dose_on_the_flank_leaves_the_slope_open(void **state)
{
    (void)state;
    const double doses[] = {0.01, 0.1, 1.0, 10.0, 100.0, 1000.0};
    const double responses[] = {1.0, 1.0, 1.0, 0.6, 0.0, 0.0};
    const bk_dose_curve c = fitted(doses, responses, 6);
    assert_int_equal(c.verdict, BK_DOSE_STEP);
    assert_true(isnan(c.hill) && isnan(c.hill_error));
    near(c.step[0], 1.0, 0.0);
    near(c.step[1], 100.0, 0.0);
    near(c.ec50, 10.0 * pow(10.0, 1.0 / 6.0), 1e-12); /* of 0.6 to 0 the sixth part */
}

static bk_table *table_of(const double *doses, const double *responses)
{
    bk_table *const t = bk_table_new();
    assert_non_null(t);
    assert_int_equal(bk_table_add_column(t, "drug", BK_REAL, NULL), BK_OK);
    assert_int_equal(bk_table_add_column(t, "rate", BK_REAL, NULL), BK_OK);
    assert_int_equal(bk_table_add_column(t, "note", BK_TEXT, NULL), BK_OK);
    for (int i = 0; i < N; i++) {
        size_t row = 0;
        assert_int_equal(bk_table_add_row(t, &row), BK_OK);
        bk_table_set_real(t, row, 0, doses[i]);
        bk_table_set_real(t, row, 1, responses[i]);
    }
    return t;
}

static double cell(const bk_table *t, const char *column)
{
    const int k = bk_table_find_column(t, column);
    assert_true(k >= 0);
    return bk_table_real(t, 0, k);
}

/* k = k(0) log2(1 + GR) is the definition of GR (Hafner et al. 2016) the other way. */
static void growth_rates_become_inhibition_values(void **state)
{
    (void)state;
    double doses[N], rates[N];
    fill_doses(doses, 1e-3, 1e3, true);
    for (int i = 0; i < N; i++) {
        rates[i] = 0.04 * log2(1.0 + hill_of(1.0, -0.4, 0.3, 1.2, doses[i]));
    }
    bk_table *const t = table_of(doses, rates);
    bk_table *summary = NULL, *curves = NULL;
    const bk_dose_settings settings = {
        .level = (double)NAN, .control = (double)NAN, .growth = true};
    assert_int_equal(bk_dose_summary(t, &settings, &summary, &curves), BK_OK);
    assert_string_equal(bk_table_text(summary, 0, 0), "rate");
    assert_string_equal(bk_table_text(summary, 0, 1), "falls");
    near(cell(summary, "bottom"), -0.4, 1e-7);
    near(cell(summary, "top"), 1.0, 1e-12);
    near(cell(summary, "EC50"), 0.3, 1e-7);
    near(cell(summary, "hill"), -1.2, 1e-7);
    /* GR = 0.5 where (c / GEC50)^h = (1 - 0.5) / (0.5 + 0.4) */
    near(cell(summary, "absolute_EC50"), 0.3 * pow(0.5 / 0.9, 1.0 / 1.2), 1e-7);
    assert_int_equal(bk_table_rows(curves), 201);
    near(bk_table_real(curves, 200, 1), hill_of(1.0, -0.4, 0.3, 1.2, 1e3), 1e-6);
    bk_table_free(curves);
    bk_table_free(summary);
    bk_table_free(t);
}

static void no_growth_has_no_inhibition(void **state)
{
    (void)state;
    double doses[N], rates[N];
    fill_doses(doses, 1e-3, 1e3, true);
    for (int i = 0; i < N; i++) {
        rates[i] = -0.01;
    }
    bk_table *const t = table_of(doses, rates);
    bk_table *summary = NULL;
    const bk_dose_settings settings = {
        .level = (double)NAN, .control = (double)NAN, .growth = true};
    assert_int_equal(bk_dose_summary(t, &settings, &summary, NULL), BK_OK);
    assert_non_null(strstr(bk_table_text(summary, 0, 1), "no growth without the drug"));
    assert_true(bk_table_missing(summary, 0, bk_table_find_column(summary, "EC50")));
    bk_table_free(summary);
    bk_table_free(t);
}

static void a_picture_has_a_circle_for_every_dose_above_zero(void **state)
{
    (void)state;
    double doses[N], responses[N];
    fill_doses(doses, 1e-3, 1e3, true);
    for (int i = 0; i < N; i++) {
        responses[i] = hill_of(8.0, 2.0, 1.0, 1.0, doses[i]);
    }
    bk_table *const t = table_of(doses, responses);
    bk_table *summary = NULL, *curves = NULL;
    const bk_dose_settings settings = {.level = (double)NAN, .control = (double)NAN};
    const bk_picture_settings look = {.title = "drug"};
    char *svg = NULL;
    assert_int_equal(bk_dose_summary(t, &settings, &summary, &curves), BK_OK);
    assert_int_equal(bk_picture_doses(t, curves, &look, &svg), BK_OK);
    int circles = 0;
    for (const char *p = svg; (p = strstr(p, "<circle")) != NULL; p++) {
        circles++;
    }
    assert_int_equal(circles, N - 1);
    assert_non_null(strstr(svg, ">1000<"));
    assert_null(strstr(svg, "nan"));
    bk_string_free(svg);
    bk_table_free(curves);
    bk_table_free(summary);
    bk_table_free(t);
}

int main(void)
{
    bk_init();
    const struct CMUnitTest tests[] = {
        test(the_parameters_of_a_hill_curve_are_found_again),
        test(the_published_fit_of_ryegrass_roots_is_met),
        test(halves_are_told_apart),
        test(what_is_no_curve_is_said),
        test(one_dose_on_the_flank_leaves_the_slope_open),
        test(growth_rates_become_inhibition_values),
        test(no_growth_has_no_inhibition),
        test(a_picture_has_a_circle_for_every_dose_above_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
