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

/* The file says nothing of a protocol, so that none is made up: the file's state and its
 * ligand, pertuzumab added together with it, and PTEN in all its forms times `pten`.  The
 * read-out is that of the same group for the same network: the area under the course of pAkt
 * (Lebedeva et al. 2012, Eur. J. Pharm. Sci. 46, 244). */
static double area(bench *t, double pten, double heregulin, double pertuzumab)
{
    char edits[300];
    snprintf(edits, sizeof edits,
             "start HRG = %.17g; start Per = %.17g; start PTEN = %.17g; "
             "start PTENP = %.17g; start PTENP_PTEN = %.17g; start PTEN_PTEN = %.17g",
             heregulin, pertuzumab, 42.7798 * pten, 3.39885 * pten, 0.955337 * pten,
             0.955337 * pten);
    bk_outcome *const outcome = ran(t, edits);
    double sum = 0.0;
    for (size_t row = 1; row < bk_outcome_rows(outcome); row++) {
        sum += 0.5 * (bk_outcome_value(outcome, row, 0) +
                      bk_outcome_value(outcome, row - 1, 0));
    }
    bk_outcome_free(outcome);
    return sum;
}

static double left(bench *t, double pten, double heregulin, double pertuzumab)
{
    return area(t, pten, heregulin, pertuzumab) / area(t, pten, heregulin, 0.0);
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
    const double ligand = 3000.0, kd = 20000.0; /* of the file: HRG, Kd_49 */
    /* The more PTEN, the more of a dose is felt: at whichever dose, ligand and time. */
    const double times[] = {15.0, 60.0, 240.0}, doses[] = {1.5, 15.0, 150.0},
                 ligands[] = {1.0, 0.1}, pten[] = {0.1, 1.0, 2.0, 4.0};
    for (int i = 0; i < 18; i++) {
        t.settings.t_end = times[i / 6];
        t.settings.steps = (int)t.settings.t_end;
        double before = 1.01;
        for (int k = 0; k < 4; k++) {
            const double now =
                left(&t, pten[k], ligand * ligands[i % 2], kd * doses[i / 2 % 3]);
            assert_true(now < before);
            before = now;
        }
    }
    /* And at a dose in between, over an hour, it is all or nothing. */
    t.settings.t_end = 60.0;
    t.settings.steps = 60;
    const double high = left(&t, 4.0, ligand, 15.0 * kd),
                 low = left(&t, 0.1, ligand, 15.0 * kd);
    if (!(high < 0.2 && low > 0.9)) {
        fail_msg("pertuzumab leaves %g at high, %g at low PTEN", high, low);
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
