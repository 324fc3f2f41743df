/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Mutations as data, against published models. */

#include "model_file_fixture.h"

/* --- Padala et al. 2017: BIOMD648 normal, BIOMD652 with mutant PI3K ---------------------- */

/* The largest difference of two runs, each variable in units of its largest value; columns
 * are matched by name, since the files need not list the species alike. */
static double gap_between(const bench *a, const bk_outcome *x, const bench *b,
                          const bk_outcome *y)
{
    double worst = 0.0;
    assert_int_equal(bk_outcome_columns(x), bk_outcome_columns(y));
    assert_int_equal(bk_outcome_rows(x), bk_outcome_rows(y));
    for (int i = 0; i < bk_outcome_columns(x); i++) {
        const char *const id = bk_symbol_id(a->model, bk_outcome_column(x, i).symbol);
        const int32_t symbol = bk_model_find(b->model, id);
        int j = 0;
        while (j < bk_outcome_columns(y) && bk_outcome_column(y, j).symbol != symbol) {
            j++;
        }
        assert_true(j < bk_outcome_columns(y));
        double scale = 0.0, gap = 0.0;
        for (size_t row = 0; row < bk_outcome_rows(x); row++) {
            const double p = bk_outcome_value(x, row, i),
                         q = bk_outcome_value(y, row, j);
            scale = fmax(scale, fmax(fabs(p), fabs(q)));
            gap = fmax(gap, fabs(p - q));
        }
        worst = scale > 0.0 ? fmax(worst, gap / scale) : worst;
    }
    return worst;
}

static void an_overlay_on_the_normal_network_is_the_published_pi3k_mutant(void **state)
{
    (void)state;
    char normal_path[500], mutant_path[500];
    if (absent("BIOMD0000000648", normal_path) ||
        absent("BIOMD0000000652", mutant_path)) {
        skip();
    }
    bench normal = opened_file(normal_path, false),
          mutant = opened_file(mutant_path, false);
    bk_outcome *const plain = ran(&normal, NULL), *const theirs = ran(&mutant, NULL);
    /* What the mutant lacks is the dephosphorylation of pPI3K, the reaction v19c. */
    const char *const edits[] = {"fix v19c = 0", "fix k19c = 0", "scale v19c by 0"};
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        bk_outcome *const ours = ran(&normal, edits[i]);
        const double gap = gap_between(&normal, ours, &mutant, theirs);
        if (!(gap <= normal.settings.rtol)) {
            fail_msg("%s: differs by %g of scale", edits[i], gap);
        }
        bk_outcome_free(ours);
    }
    /* And the mutation is seen: the two published models differ. */
    assert_true(gap_between(&normal, plain, &mutant, theirs) > 1e-2);
    bk_outcome_free(plain);
    bk_outcome_free(theirs);
    closed(&normal);
    closed(&mutant);
}

/* --- Faratian et al. 2009, PMID:19638581: BIOMD424 ------------------------------------ */

/* pAkt 30 minutes after heregulin, after 4 hours with so much pertuzumab, in a cell with
 * the model's PTEN times `pten`. */
static double pakt(bench *t, double pten, double heregulin, double pertuzumab)
{
    char before[300], stimulus_text[60];
    snprintf(stimulus_text, sizeof stimulus_text, "start HRG = %.17g", heregulin);
    snprintf(before, sizeof before,
             "fix HRG = 0; start Per = %.17g; start PTEN = %.17g; start PTENP = %.17g; "
             "start PTENP_PTEN = %.17g; start PTEN_PTEN = %.17g",
             pertuzumab, 42.7798 * pten, 3.39885 * pten, 0.955337 * pten,
             0.955337 * pten);
    bk_overlay *const rest = overlay_of(t, before);
    bk_overlay *const stimulus = overlay_of(t, stimulus_text);
    const bk_part parts[] = {{rest, 240.0}, {stimulus, 30.0}};
    bk_outcome *outcome = NULL;
    assert_int_equal(bk_protocol_run(t->system, parts, 2, &t->settings, t->workspace,
                                     t->diag, &outcome),
                     BK_OK);
    const double value = last(outcome, 0);
    bk_outcome_free(outcome);
    bk_overlay_free(rest);
    bk_overlay_free(stimulus);
    return value;
}

static void pertuzumab_silences_akt_at_high_and_not_at_low_pten(void **state)
{
    (void)state;
    char path[500];
    if (absent("BIOMD0000000424", path)) {
        skip();
    }
    bench t = opened_file(path, true); /* it marks all its reactions as fast */
    show(&t, "pAkt", BK_AS_ACTIVITY);
    /* Bound at rest: Per / (Per + Kd_49 k_50 / k50) of HER2, with Kd 400: 98.7 %. */
    const double dose = 30000.0;
    /* The ligand of the file, five times its Kd_1 of 600, and a sixth of Kd_1. */
    const double ligand[] = {3000.0, 100.0}, most_left[] = {0.5, 0.2};
    for (int i = 0; i < 2; i++) {
        const double high =
                         pakt(&t, 2.0, ligand[i], dose) / pakt(&t, 2.0, ligand[i], 0),
                     low = pakt(&t, 0.1, ligand[i], dose) / pakt(&t, 0.1, ligand[i], 0);
        if (!(high < most_left[i] && low > 0.99)) {
            fail_msg("HRG %g: pertuzumab leaves %g at high, %g at low PTEN", ligand[i],
                     high, low);
        }
        /* AKT answers the ligand in both without the drug. */
        assert_true(pakt(&t, 2.0, ligand[i], 0) > 0.7);
        assert_true(pakt(&t, 0.1, 0.0, 0) < 1e-3);
    }
    /* The more PTEN, the more of a dose is felt. */
    double before = 1.1;
    for (int i = 0; i < 5; i++) {
        const double pten[] = {0.1, 0.7, 1.0, 1.5, 2.0};
        const double left = pakt(&t, pten[i], 100, dose) / pakt(&t, pten[i], 100, 0);
        assert_true(left < before);
        before = left;
    }
    closed(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(an_overlay_on_the_normal_network_is_the_published_pi3k_mutant),
        test(pertuzumab_silences_akt_at_high_and_not_at_low_pten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
