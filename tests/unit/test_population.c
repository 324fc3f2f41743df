/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <blockade/engine.h>
#include <blockade/population.h>
#include <blockade/sbml.h>

#define test(name) cmocka_unit_test(name)

static const char table_path[] = "networks/population/constants.tsv";

static bk_population_constants *constants_with(const char *const *changes)
{
    bk_population_constants *constants = NULL;
    assert_int_equal(bk_population_read(table_path, NULL, &constants), BK_OK);
    for (; changes != NULL && *changes != NULL; changes++) {
        assert_int_equal(bk_population_set(constants, *changes, NULL), BK_OK);
    }
    return constants;
}

static bk_table *answer(const char *const *changes, const bk_population_class *classes,
                        int n, const char *first, const char *second, int threads)
{
    bk_population_constants *constants = constants_with(changes);
    const char *const drugs[] = {first, second};
    const bk_population_settings settings = {.drugs = drugs,
                                             .n_drugs = second != NULL ? 2 : 1,
                                             .days = 63,
                                             .samples = 10,
                                             .seed = 7,
                                             .threads = threads};
    bk_table *table = NULL;
    assert_int_equal(bk_population_run(constants, classes, n, &settings, NULL, &table),
                     BK_OK);
    bk_population_free(constants);
    return table;
}

/* The value of a row of the answer. */
static double value_of(const bk_table *table, const char *quantity, const char *drug,
                       const char *of)
{
    for (size_t row = 0; row < bk_table_rows(table); row++) {
        if (strcmp(bk_table_text(table, row, 0), quantity) == 0 &&
            strcmp(bk_table_text(table, row, 1), drug) == 0 &&
            strcmp(bk_table_text(table, row, 3), of) == 0) {
            return bk_table_real(table, row, 4);
        }
    }
    fail_msg("the answer has no %s of %s %s", quantity, drug, of);
    return (double)NAN;
}

static double size_of(const char *const *changes, const bk_population_class *classes,
                      int n, const char *drug)
{
    bk_table *table = answer(changes, classes, n, drug, NULL, 1);
    const double size = value_of(table, "size", drug, "");
    bk_table_free(table);
    return size;
}

static bk_population_class uniform(double receptors)
{
    return (bk_population_class){"cells", 1, receptors, 0, 1};
}

/* --- limits with a closed form --------------------------------------------------------- */

static void near_to(double got, double expected, double relative)
{
    if (!(fabs(got - expected) <= relative * fabs(expected))) {
        fail_msg("%.10g is not %.10g", got, expected);
    }
}

static void untreated_cells_grow_exponentially(void **state)
{
    (void)state;
    const bk_population_class mixed[] = {{"high", 4, 1e6, 0, 1}, {"low", 1, 1e3, 0, 1}};
    near_to(size_of(NULL, mixed, 2, "none"), exp(0.07 * 63), 1e-6);
    const char *const half[] = {"cycling=0.5", NULL};
    near_to(size_of(half, mixed, 2, "none"), exp(0.035 * 63), 1e-6);
}

/* Amount in the central compartment t after the start of an infusion of length T. */
static double infused(double dose, double CL, double V1, double Q, double V2, double T,
                      double t)
{
    const double k10 = CL / V1, k12 = Q / V1, k21 = Q / V2;
    const double sum = k10 + k12 + k21;
    const double root = sqrt(sum * sum - 4 * k10 * k21);
    const double a = 0.5 * (sum + root), b = 0.5 * (sum - root);
    const double fast = (a - k21) / (a - b) / a, slow = (k21 - b) / (a - b) / b;
    const double during = t < T ? t : T, after = t - during;
    return t <= 0 ? 0
                  : dose / T *
                        (fast * (1 - exp(-a * during)) * exp(-a * after) +
                         slow * (1 - exp(-b * during)) * exp(-b * after));
}

static void plasma_follows_the_two_compartment_closed_form(void **state)
{
    (void)state;
    bk_population_constants *constants = constants_with(NULL);
    const bk_population_class cells = uniform(1e5);
    bk_model *model = NULL;
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    bk_outcome *outcome = NULL;
    assert_int_equal(
        bk_population_model(constants, "T-DXd", &cells, 1, 63, NULL, &model), BK_OK);
    const bk_engine *ode = bk_engine_find("ode");
    assert_int_equal(ode->compile(model, NULL, &system), BK_OK);
    assert_int_equal(ode->workspace(system, &workspace), BK_OK);
    bk_settings settings = bk_settings_defaults();
    const bk_column column = {bk_model_find(model, "A1"), BK_AS_DEFAULT};
    settings.t_end = 63;
    settings.steps = 2 * 63;
    settings.columns = &column;
    settings.n_columns = 1;
    assert_int_equal(ode->run(system, NULL, &settings, workspace, NULL, &outcome),
                     BK_OK);
    assert_int_equal(bk_outcome_rows(outcome), 2 * 63 + 1);
    const double dose = 5.4 * 70 * 1000 / 150; /* nmol */
    for (size_t row = 1; row < bk_outcome_rows(outcome); row++) {
        const double t = bk_outcome_time(outcome, row);
        double expected = 0;
        for (int k = 0; k < 3; k++) {
            expected += infused(dose, 0.421, 2.77, 0.199, 5.16, 0.0625, t - 21 * k);
        }
        near_to(bk_outcome_value(outcome, row, 0), expected, 2e-5);
    }
    bk_outcome_free(outcome);
    bk_workspace_free(workspace);
    bk_system_free(system);
    bk_model_free(model);
    bk_population_free(constants);
}

static void immune_killing_has_its_limits(void **state)
{
    (void)state;
    /* At no burden the rate is constant; R / (R + R50) = 1/4 at 1e4 and R50 = 3e4. */
    const char *const calm[] = {"burden=0", NULL};
    const char *const suppressed[] = {"burden=0", "suppression=0.5", NULL};
    const bk_population_class cells = {"cells", 1, 1e4, 0, 1};
    const bk_population_class lost = {"cells", 1, 1e4, 0, 0};
    const bk_population_class masked = {"cells", 1, 1e4, 1, 1};
    near_to(size_of(calm, &cells, 1, "BiTE"), exp((0.07 - 0.2 / 4) * 63), 1e-5);
    near_to(size_of(suppressed, &cells, 1, "BiTE"), exp((0.07 - 0.1 / 4) * 63), 1e-5);
    near_to(size_of(calm, &lost, 1, "BiTE"), exp((0.07 - 0.2 / 4) * 63), 1e-5);
    near_to(size_of(calm, &masked, 1, "BiTE"), exp(0.07 * 63), 1e-5);
    near_to(size_of(calm, &cells, 1, "E75 vaccine"), exp((0.07 - 0.1) * 63), 1e-5);
    near_to(size_of(calm, &lost, 1, "E75 vaccine"), exp(0.07 * 63), 1e-5);
    near_to(size_of(calm, &masked, 1, "E75 vaccine"), exp((0.07 - 0.1) * 63), 1e-5);
    const char *const light[] = {"burden=0.1", NULL};
    const char *const heavy[] = {"burden=10", NULL};
    assert_true(size_of(light, &cells, 1, "DC vaccine") < 0.01);
    assert_true(size_of(heavy, &cells, 1, "DC vaccine") > 10);
}

static void a_microtubule_payload_spares_cells_at_rest(void **state)
{
    (void)state;
    const bk_population_class cells = uniform(1e5);
    const char *const half[] = {"cycling=0.5", NULL};
    /* T-DM1: growth and killing both halve; T-DXd: growth alone does. */
    near_to(log(size_of(half, &cells, 1, "T-DM1")),
            0.5 * log(size_of(NULL, &cells, 1, "T-DM1")), 1e-4);
    near_to(log(size_of(half, &cells, 1, "T-DXd")),
            log(size_of(NULL, &cells, 1, "T-DXd")) - 0.035 * 63, 1e-4);
}

/* --- an independent integration ---------------------------------------------------------- */

typedef struct drug {
    const char *name;
    double CL, V1, Q, V2, dose, DAR, bystander, kout;
} drug;
static const drug t_dxd = {"T-DXd", 0.421, 2.77, 0.199, 5.16, 5.4, 7.7, 1, 8};
static const drug t_dm1 = {"T-DM1", 0.676, 3.127, 1.534, 0.66, 3.6, 3.5, 0, 1};

/* A1 A2 E, then P and x of two classes. */
static void slope(const drug *d, const double *f, const double *R, double t,
                  const double *y, double *dy)
{
    const double into = fmod(t, 21) < 0.0625 - 1e-9 ? d->dose * 70 / 0.15 / 0.0625 : 0;
    const double C = 0.1 * y[0] / d->V1;
    const double n0 = f[0] * exp(y[5]), n1 = f[1] * exp(y[6]);
    dy[0] = into - (d->CL + d->Q) * y[0] / d->V1 + d->Q * y[1] / d->V2;
    dy[1] = d->Q * y[0] / d->V1 - d->Q * y[1] / d->V2;
    dy[2] = d->kout * (n0 * y[3] + n1 * y[4]) / (n0 + n1) -
            d->bystander * d->kout * y[2] - 0.5 * y[2];
    for (int i = 0; i < 2; i++) {
        const double P = y[3 + i];
        dy[3 + i] =
            d->DAR * R[i] * C / (C + 1) - d->kout * P + d->bystander * d->kout * y[2];
        dy[5 + i] = 0.07 - 0.35 * P * P / (1e12 + P * P);
    }
}

/* Runge-Kutta of order 4 whose steps meet the ends of the infusions. */
static double integrated(const drug *d, const double *f, const double *R)
{
    double y[7] = {0}, k[4][7], z[7];
    const double h = 0.0625 / 16;
    static const double at[] = {0, 0.5, 0.5, 1};
    const int steps = (int)lround(63 / h);
    for (int s = 0; s < steps; s++) {
        for (int j = 0; j < 4; j++) {
            for (int i = 0; i < 7; i++) {
                z[i] = y[i] + (j > 0 ? at[j] * h * k[j - 1][i] : 0);
            }
            /* The infusion of the step, seen from its middle. */
            slope(d, f, R, (s + 0.5) * h, z, k[j]);
        }
        for (int i = 0; i < 7; i++) {
            y[i] += h / 6 * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]);
        }
    }
    return f[0] * exp(y[5]) + f[1] * exp(y[6]);
}

static void mixed_tumours_agree_with_a_plain_integration(void **state)
{
    (void)state;
    static const double shares[] = {0.8, 0.5, 0.2};
    for (int i = 0; i < 3; i++) {
        const double f[] = {shares[i], 1 - shares[i]}, R[] = {1e6, 1e3};
        const bk_population_class mixed[] = {{"high", f[0], R[0], 0, 1},
                                             {"low", f[1], R[1], 0, 1}};
        near_to(size_of(NULL, mixed, 2, "T-DXd"), integrated(&t_dxd, f, R), 2e-4);
        near_to(size_of(NULL, mixed, 2, "T-DM1"), integrated(&t_dm1, f, R), 2e-4);
    }
}

/* The published contrast: T-DXd works where HER2 is low or uneven, T-DM1 does not; with
 * the chosen constants as they stand. */
static void the_reference_tumours_clear_or_grow(void **state)
{
    (void)state;
    const bk_population_class high = uniform(1e6), middle = uniform(1e5),
                              low = uniform(1e3);
    const bk_population_class mixed[] = {{"high", 80, 1e6, 0, 1},
                                         {"low", 20, 1e3, 0, 1}};
    assert_true(size_of(NULL, &high, 1, "T-DXd") < 0.01);
    assert_true(size_of(NULL, &high, 1, "T-DM1") < 0.01);
    assert_true(size_of(NULL, &middle, 1, "T-DXd") < 0.01);
    near_to(size_of(NULL, &middle, 1, "T-DM1"), 16, 0.1);
    assert_true(size_of(NULL, mixed, 2, "T-DXd") < 0.01);
    near_to(size_of(NULL, mixed, 2, "T-DM1"), 16, 0.1);
    /* With a faster wash-out of payload the middle one reverses. */
    const char *const washed[] = {"kcl=5", NULL};
    assert_true(size_of(washed, &middle, 1, "T-DXd") >
                size_of(washed, &middle, 1, "T-DM1"));
    assert_true(size_of(NULL, &low, 1, "T-DXd") > 10);
    assert_true(size_of(NULL, &low, 1, "T-DM1") > 10);
}

/* --- sampling -------------------------------------------------------------------------------- */

static void answers_do_not_depend_on_threads(void **state)
{
    (void)state;
    const bk_population_class mixed[] = {{"high", 0.5, 1e6, 0, 1},
                                         {"low", 0.5, 1e4, 0.2, 1}};
    char *texts[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        bk_table *table = answer(NULL, mixed, 2, "T-DXd", "T-DM1", i == 0 ? 1 : 3);
        assert_int_equal(bk_table_print(table, BK_TSV, true, &texts[i]), BK_OK);
        bk_table_free(table);
    }
    assert_string_equal(texts[0], texts[1]);
    bk_string_free(texts[0]);
    bk_string_free(texts[1]);
}

/* Untreated, the size is exp(63 g) and g alone is sampled, over 0.03 to 0.15. */
static void untreated_samples_stay_in_the_range_of_growth(void **state)
{
    (void)state;
    const bk_population_class cells = uniform(1e5);
    bk_table *table = answer(NULL, &cells, 1, "none", NULL, 2);
    assert_non_null(
        strstr(bk_table_provenance(table, "chosen"), "g=0.07 (0.03 to 0.15)"));
    assert_null(strstr(bk_table_provenance(table, "chosen"), "KD"));
    const double low = bk_table_real(table, 0, 5), high = bk_table_real(table, 0, 7);
    assert_true(exp(0.03 * 63) < low && low < high && high < exp(0.15 * 63));
    bk_table_free(table);
    const char *const fixed[] = {"g=0.05", NULL};
    table = answer(fixed, &cells, 1, "none", NULL, 2);
    assert_string_equal(bk_table_provenance(table, "chosen"), "none");
    near_to(bk_table_real(table, 0, 5), exp(0.05 * 63), 1e-6);
    near_to(bk_table_real(table, 0, 7), exp(0.05 * 63), 1e-6);
    bk_table_free(table);
}

/* What only one drug reads decides when all else is fixed. */
static void the_only_sampled_constant_decides(void **state)
{
    (void)state;
    const bk_population_class cells = uniform(1e4);
    const char *const fixed[] = {"fraction=0.1", "KD=1",   "kint=1",    "h=2", "g=0.07",
                                 "kcl=0.5",      "kout=2", "kmax=0.35", NULL};
    const char *const more[] = {"T-DM1:P50=1e6", NULL};
    const char *all[16];
    int n = 0;
    for (int i = 0; fixed[i] != NULL; i++) {
        all[n++] = fixed[i];
    }
    all[n++] = more[0];
    all[n] = NULL;
    bk_table *table = answer(all, &cells, 1, "T-DXd", "T-DM1", 2);
    /* A harder cell to poison leaves a larger tumour: ranks agree exactly. */
    near_to(value_of(table, "correlation", "T-DXd", "T-DXd:P50"), 1.0, 1e-12);
    bk_table_free(table);
}

/* --- cells ----------------------------------------------------------------------------------- */

static int cells_of(const char *text, double error, bk_diag *diag,
                    bk_population_class classes[BK_POPULATION_LEVELS], int *n)
{
    char path[] = "/tmp/blockade-cells-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    const bk_status status = bk_population_cells(path, error, diag, classes, n);
    unlink(path);
    return (int)status;
}

static void cells_fall_into_levels_and_the_reader_spreads_them(void **state)
{
    (void)state;
    bk_population_class classes[BK_POPULATION_LEVELS];
    int n = 0;
    const char counted[] = "receptors\tshare\n900\t1\n2e5\t2\n2000000\t5\n";
    assert_int_equal(cells_of(counted, 0, NULL, classes, &n), BK_OK);
    assert_int_equal(n, 3);
    assert_string_equal(classes[1].name, "R1e5");
    near_to(classes[0].share, 1.0 / 8, 1e-12);
    near_to(classes[1].share, 2.0 / 8, 1e-12);
    near_to(classes[2].share, 5.0 / 8, 1e-12);
    /* The edges lie one standard deviation from the reading: 68.27 % between them. */
    assert_int_equal(cells_of("receptors\n1e5\n", log(10) / 2, NULL, classes, &n),
                     BK_OK);
    assert_int_equal(n, 4);
    near_to(classes[2].share, 0.6826894921, 1e-9);
    near_to(classes[3].share, 0.1586552539, 1e-9);
}

/* --- files in step, and what is wrong ---------------------------------------------------------- */

static void shipped_models_are_what_the_constants_give(void **state)
{
    (void)state;
    static const char *const drugs[] = {"T-DXd", "T-DM1"};
    static const char *const paths[] = {"networks/population/population.sbml",
                                        "networks/population/population-T-DM1.sbml"};
    const bk_population_class mixed[] = {{"high", 0.8, 1e6, 0, 1},
                                         {"low", 0.2, 1e3, 0, 1}};
    bk_population_constants *constants = constants_with(NULL);
    for (int i = 0; i < 2; i++) {
        bk_model *model = NULL;
        char *text = NULL;
        assert_int_equal(
            bk_population_model(constants, drugs[i], mixed, 2, 63, NULL, &model),
            BK_OK);
        assert_int_equal(bk_sbml_print(model, NULL, &text), BK_OK);
        FILE *const file = fopen(paths[i], "rb");
        assert_non_null(file);
        char *const kept = calloc(1, 1 << 20);
        const size_t length = fread(kept, 1, (1 << 20) - 1, file);
        fclose(file);
        assert_int_equal(length, strlen(text));
        assert_string_equal(kept, text);
        free(kept);
        bk_string_free(text);
        bk_model_free(model);
    }
    bk_population_free(constants);
}

static bool says(const bk_diag *diag, const char *words)
{
    for (size_t i = 0; i < bk_diag_size(diag); i++) {
        if (strstr(bk_diag_message(diag, i)->text, words) != NULL) {
            return true;
        }
    }
    return false;
}

static void wrong_input_is_told(void **state)
{
    (void)state;
    bk_diag *diag = bk_diag_new();
    bk_population_constants *constants = constants_with(NULL);
    bk_population_class classes[BK_POPULATION_LEVELS];
    bk_model *model = NULL;
    int n = 0;
    bk_population_class cells = uniform(1e5);
    assert_int_equal(
        bk_population_model(constants, "T-DXt", &cells, 1, 63, diag, &model),
        BK_NOT_FOUND);
    assert_true(says(diag, "T-DXd"));
    assert_int_equal(bk_population_set(constants, "kcel=1", diag), BK_BAD_INPUT);
    assert_true(says(diag, "kcl"));
    assert_int_equal(bk_population_set(constants, "h=0", diag), BK_BAD_INPUT);
    assert_true(says(diag, "h must be a number of 1 or more"));
    assert_int_equal(bk_population_set(constants, "infusion=22", diag), BK_OK);
    assert_int_equal(
        bk_population_model(constants, "T-DXd", &cells, 1, 63, diag, &model),
        BK_BAD_INPUT);
    assert_true(says(diag, "infusion"));
    assert_int_equal(bk_population_set(constants, "infusion=0.0625", diag), BK_OK);
    cells.share = -1;
    assert_int_equal(
        bk_population_model(constants, "T-DXd", &cells, 1, 63, diag, &model),
        BK_BAD_INPUT);
    assert_true(says(diag, "share must be"));
    bk_diag_clear(diag);
    assert_int_equal(cells_of("receptors\n1e5\nmany\n", 0, diag, classes, &n),
                     BK_BAD_INPUT);
    assert_int_equal(bk_diag_message(diag, 0)->where.line, 3);
    assert_int_equal(cells_of("level\n1e5\n", 0, diag, classes, &n), BK_BAD_INPUT);
    assert_true(says(diag, "column \"receptors\""));
    bk_population_free(constants);
    bk_diag_free(diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(untreated_cells_grow_exponentially),
        test(plasma_follows_the_two_compartment_closed_form),
        test(immune_killing_has_its_limits),
        test(a_microtubule_payload_spares_cells_at_rest),
        test(mixed_tumours_agree_with_a_plain_integration),
        test(the_reference_tumours_clear_or_grow),
        test(answers_do_not_depend_on_threads),
        test(untreated_samples_stay_in_the_range_of_growth),
        test(the_only_sampled_constant_decides),
        test(cells_fall_into_levels_and_the_reader_spreads_them),
        test(shipped_models_are_what_the_constants_give),
        test(wrong_input_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
