/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The shipped networks of reactions: the findings that their papers state, what HER2
 * inhibition and mutations do, and that their tables fit. */

#include "network_fixture.h"

/* --- what the papers found ------------------------------------------------------------ */

typedef struct course {
    double peak, at, end;
} course;

/* A background of the library, a treatment, and edits besides (background). */
static bk_overlay *condition(const net *n, const char *background,
                             const char *treatment, const char *edits)
{
    const bk_where where = {0};
    bk_scenario *const s = bk_scenario_new("test");
    bk_overlay *overlay = NULL;
    if (bk_library_background_scenario(n->library, background, where, n->t.diag, s) !=
            BK_OK ||
        bk_library_treatment_scenario(n->library, treatment, where, n->t.diag, s) !=
            BK_OK ||
        bk_scenario_parse(s, BK_BACKGROUND, edits, where, n->t.diag) != BK_OK ||
        bk_scenario_bind(s, n->library, n->t.model, n->t.diag, &overlay) != BK_OK) {
        tell(n->t.diag);
        fail_msg("cannot bind %s, %s", background, treatment);
    }
    bk_scenario_free(s);
    return overlay;
}

/* One quantity, as an antibody sees it, from 0 to `end`. */
static course see(net *n, const char *what, const char *background,
                  const char *treatment, const char *edits, double end)
{
    bk_overlay *const overlay = condition(n, background, treatment, edits);
    const bk_column column = {bk_model_find(n->t.model, what), BK_AS_DRIVE};
    assert_true(column.symbol >= 0);
    n->t.settings.columns = &column;
    n->t.settings.n_columns = 1;
    until(&n->t, end, 1200);
    bk_outcome *outcome = NULL;
    assert_int_equal(bk_engine_ode.run(n->t.system, overlay, &n->t.settings,
                                       n->t.workspace, n->t.diag, &outcome),
                     BK_OK);
    course c = {.end = last(outcome, 0)};
    for (size_t row = 0; row < bk_outcome_rows(outcome); row++) {
        if (bk_outcome_value(outcome, row, 0) > c.peak) {
            c.peak = bk_outcome_value(outcome, row, 0);
            c.at = end * (double)row / 1200.0;
        }
    }
    bk_outcome_free(outcome);
    bk_overlay_free(overlay);
    return c;
}

static void holds(bool fact, const char *what)
{
    if (!fact) {
        fail_msg("%s", what);
    }
}

/* doi:10.1186/1752-0509-3-100, abstract: ERK answers EGF at once and for a short time; in
 * the cancerous cells the signal is not shut down; EGFR mutation and overexpression go
 * almost only through RAP1; receptor degradation makes the difference. */
static void the_findings_of_orton_2009_come_out(void **state)
{
    (void)state;
    net n = open_net("ras-raf-mek-erk-orton2009");
    const double hours = 120.0; /* minutes */
    const course normal = see(&n, "ERK", "ordinary", "none", "", hours);
    holds(normal.at < 10.0 && normal.peak > 0.5 * 600000, "ERK rises at once");
    holds(normal.end < 0.05 * normal.peak, "and is shut down");
    holds(see(&n, "ERK", "quiescent", "none", "", hours).peak == 0.0, "without EGF");
    static const char *const cancers[] = {"EGFR-mutant", "RAS-mutant", "BRAF-V600E"};
    for (int i = 0; i < 3; i++) {
        const course c = see(&n, "ERK", cancers[i], "none", "", hours);
        holds(c.end > 0.75 * c.peak, cancers[i]);
    }
    static const char *const receptors[] = {"EGFR-mutant", "EGFR-amplified"};
    for (int i = 0; i < 2; i++) {
        const double whole = see(&n, "ERK", receptors[i], "none", "", hours).end;
        holds(whole > 5.0 * normal.end, "more receptor signals longer");
        holds(see(&n, "ERK", receptors[i], "none", "fix RAS = 0", hours).end >
                  0.85 * whole,
              "RAS is not needed");
        holds(see(&n, "ERK", receptors[i], "none", "fix RAP1 = 0", hours).end <
                  0.25 * whole,
              "RAP1 is");
    }
    /* In the mutant of RAS it is the other way round. */
    const double mutant = see(&n, "ERK", "RAS-mutant", "none", "", hours).end;
    holds(see(&n, "ERK", "RAS-mutant", "none", "fix RAP1 = 0", hours).end >
              0.99 * mutant,
          "RAP1 is not needed behind RAS");
    close_net(&n);
}

/* doi:10.1038/msb.2009.19, abstract: insulin is a poor activator of ERK, and yet enhances
 * what a low dose of EGF does; not where PIP3 cannot act through GAB1 and IRS; with
 * insulin EGF signals in spite of little GAB1. */
static void the_findings_of_borisov_2009_come_out(void **state)
{
    (void)state;
    net n = open_net("pi3k-akt-mtor-borisov2009");
    const double hour = 3600.0;
    const char *const low = "start [EGF] = 0.01", *const both = "start [EGF] = 0.01; "
                                                                "start [INS] = 100";
    const double egf = see(&n, "ERK", "ordinary", "none", "", hour).peak;
    holds(see(&n, "ERK", "insulin alone", "none", "", hour).peak < 0.1 * egf,
          "insulin is a poor activator of ERK");
    holds(see(&n, "pAKT", "insulin alone", "none", "", hour).peak >
              see(&n, "pAKT", "ordinary", "none", "", hour).peak,
          "though not of AKT");
    const double alone = see(&n, "ERK", "ordinary", "none", low, hour).peak,
                 with = see(&n, "ERK", "ordinary", "none", both, hour).peak;
    holds(with > 1.5 * alone, "insulin enhances a low dose of EGF");
    const char *const cut = "start [GAB1] = 0; start [IRS1] = 0; ";
    char cut_low[100], cut_both[100];
    snprintf(cut_low, sizeof cut_low, "%s%s", cut, low);
    snprintf(cut_both, sizeof cut_both, "%s%s", cut, both);
    const double no_alone = see(&n, "ERK", "ordinary", "none", cut_low, hour).peak,
                 no_with = see(&n, "ERK", "ordinary", "none", cut_both, hour).peak;
    holds(no_with < 1.1 * no_alone, "not without GAB1 and IRS");
    const double
        little = see(&n, "ERK", "ordinary", "none", "start [GAB1] = 22.5", hour).peak,
        rescued =
            see(&n, "ERK", "EGF and insulin", "none", "start [GAB1] = 22.5", hour).peak;
    holds(little < 0.6 * egf && rescued > 0.9 * egf,
          "insulin makes EGF robust to little GAB1");
    close_net(&n);
}

/* doi:10.1126/scisignal.2000810, abstract: lapatinib turns strong and short AKT
 * phosphorylation into weak and long, and S6 then gets more of it; weak receptor activity
 * that lasts does more than a strong pulse. */
static void the_findings_of_fujita_2010_come_out(void **state)
{
    (void)state;
    net n = open_net("akt-s6-fujita2010");
    const double hour = 3600.0;
    static const char *const blots[] = {"pEGFR", "pAKT", "pRPS6"};
    course plain[3], treated[3];
    for (int i = 0; i < 3; i++) {
        plain[i] = see(&n, blots[i], "ordinary", "none", "", hour);
        treated[i] = see(&n, blots[i], "ordinary", "lapatinib", "", hour);
    }
    holds(treated[0].peak < 0.2 * plain[0].peak, "lapatinib stops the receptor");
    holds(treated[1].peak < 0.6 * plain[1].peak, "AKT is less");
    holds(treated[1].end / treated[1].peak > 1.5 * plain[1].end / plain[1].peak,
          "and lasts longer");
    holds(treated[2].peak > 1.3 * plain[2].peak, "S6 gets more");
    /* The ramp against the minute of EGF. */
    const course ramp = see(&n, "pEGFR", "EGF ramp", "none", "", hour),
                 pulse = see(&n, "pEGFR", "EGF pulse", "none", "", hour);
    holds(ramp.peak < 0.5 * pulse.peak, "a weak receptor that lasts");
    holds(see(&n, "pRPS6", "EGF ramp", "none", "", hour).peak >
              2.0 * see(&n, "pRPS6", "EGF pulse", "none", "", hour).peak,
          "does more to S6");
    /* A dose that leaves nothing to work with stops S6, too. */
    holds(see(&n, "pRPS6", "ordinary", "none", "scale EGFR_phosphorylation by 0.001",
              hour)
                  .peak < 0.2 * plain[2].peak,
          "no receptor, no S6");
    close_net(&n);
}

/* --- HER2 inhibition and mutations ----------------------------------------------------- */

static void her2_inhibition_lowers_erk_unless_ras_or_braf_is_mutant(void **state)
{
    (void)state;
    net n = open_net("ras-raf-mek-erk-orton2009");
    const double end = 120.0;
    const double amplified = see(&n, "ERK", "HER2-amplified", "none", "", end).end;
    holds(amplified > 10.0 * see(&n, "ERK", "ordinary", "none", "", end).end,
          "amplified HER2 keeps the signal up");
    double before = amplified;
    static const char *const doses[] = {"lapatinib@10nM", "lapatinib@100nM",
                                        "lapatinib@1000nM", "lapatinib@10uM"};
    for (int i = 0; i < 4; i++) {
        const double left = see(&n, "ERK", "HER2-amplified", doses[i], "", end).end;
        holds(left < before, "more lapatinib, less ERK");
        before = left;
    }
    holds(before < 0.1 * amplified, "down to little");
    holds(see(&n, "AKT", "HER2-amplified", "lapatinib", "", end).end <
              see(&n, "AKT", "HER2-amplified", "none", "", end).end,
          "AKT falls as well");
    static const char *const escapes[] = {"RAS:mut", "BRAF:V600E"};
    for (int i = 0; i < 2; i++) {
        char cell[60];
        snprintf(cell, sizeof cell, "HER2-amplified; %s", escapes[i]);
        const double untreated = see(&n, "ERK", cell, "none", "", end).end;
        holds(see(&n, "ERK", cell, "lapatinib", "", end).end > 0.95 * untreated,
              escapes[i]);
        holds(see(&n, "ERK", cell, "lapatinib+trametinib", "", end).end <
                  0.5 * untreated,
              "a MEK inhibitor reaches behind the mutation");
    }
    /* An inhibitor of MEK leaves MEK phosphorylated and takes RSK's feedback away. */
    holds(see(&n, "MEK", "HER2-amplified", "trametinib", "", end).end >
              see(&n, "MEK", "HER2-amplified", "none", "", end).end,
          "phospho-MEK rises under a MEK inhibitor");
    close_net(&n);
}

static void her2_inhibition_lowers_akt_unless_pi3k_or_pten_is_mutant(void **state)
{
    (void)state;
    net n = open_net("pi3k-akt-mtor-borisov2009");
    const double end = 3600.0;
    const double amplified = see(&n, "pAKT", "HER2-amplified", "none", "", end).end;
    double before = amplified;
    static const char *const doses[] = {"lapatinib@100nM", "lapatinib@1000nM",
                                        "lapatinib@10uM"};
    for (int i = 0; i < 3; i++) {
        const double left = see(&n, "pAKT", "HER2-amplified", doses[i], "", end).end;
        holds(left < before, "more lapatinib, less AKT");
        before = left;
    }
    holds(before < 0.2 * amplified, "down to little");
    holds(see(&n, "MTOR", "HER2-amplified", "lapatinib@10uM", "", end).end <
              0.2 * see(&n, "MTOR", "HER2-amplified", "none", "", end).end,
          "mTOR falls as well");
    const double stopped =
        see(&n, "pAKT", "HER2-amplified", "lapatinib@10uM", "", end).end;
    static const char *const cells[] = {"PIK3CA-mutant", "PTEN-loss"};
    for (int i = 0; i < 2; i++) {
        holds(see(&n, "pAKT", cells[i], "lapatinib@10uM", "", end).end > 1.5 * stopped,
              cells[i]);
        holds(see(&n, "pAKT", cells[i], "lapatinib@10uM+alpelisib@10uM", "", end).end <
                  0.1 * see(&n, "pAKT", cells[i], "none", "", end).end,
              "an inhibitor of PI3K reaches behind the mutation");
    }
    /* Feedbacks: ERK on GAB1, mTOR on IRS. */
    holds(see(&n, "pAKT", "ordinary", "trametinib", "", end).end >
              2.0 * see(&n, "pAKT", "ordinary", "none", "", end).end,
          "AKT rises under a MEK inhibitor");
    static const char *const mtor[] = {"everolimus", "AZD8055"};
    for (int i = 0; i < 2; i++) {
        holds(see(&n, "pAKT", "insulin alone", mtor[i], "", end).end >
                  2.0 * see(&n, "pAKT", "insulin alone", "none", "", end).end,
              mtor[i]);
    }
    close_net(&n);
}

/* --- tables ----------------------------------------------------------------------------- */

static bk_table *table_of(const char *network)
{
    char path[200];
    bk_table *table = NULL;
    snprintf(path, sizeof path, "networks/%s/drugs.tsv", network);
    assert_int_equal(bk_table_read(path, BK_TSV, NULL, &table), BK_OK);
    return table;
}

static const char *cell(const bk_table *table, size_t row, const char *column)
{
    return bk_table_text(table, row, bk_table_find_column(table, column));
}

/* Whether her2 has a row of this drug with these numbers. */
static bool her2_says(const bk_table *her2, const bk_table *table, size_t row)
{
    static const char *const columns[] = {"drug", "potency_nM", "slope", "residual",
                                          "default_nM"};
    for (size_t i = 0; i < bk_table_rows(her2); i++) {
        int same = 0;
        while (same < 5 && strcmp(cell(her2, i, columns[same]),
                                  cell(table, row, columns[same])) == 0) {
            same++;
        }
        if (same == 5) {
            return true;
        }
    }
    return false;
}

static void drugs_have_the_numbers_of_the_her2_network(void **state)
{
    (void)state;
    bk_table *const her2 = table_of("her2");
    for (int k = 0; k < REACTION_NETWORKS; k++) {
        bk_table *const table = table_of(reaction_networks[k]);
        for (size_t row = 0; row < bk_table_rows(table); row++) {
            const bool cut = strncmp(cell(table, row, "edit"), "cut", 3) == 0;
            if (!cut && !her2_says(her2, table, row)) {
                fail_msg("%s: %s", reaction_networks[k], cell(table, row, "drug"));
            }
        }
        bk_table_free(table);
    }
    bk_table_free(her2);
}

static void every_drug_variant_and_background_fits_its_network(void **state)
{
    (void)state;
    for (int k = 0; k < REACTION_NETWORKS; k++) {
        net n = open_net(reaction_networks[k]);
        const char *const seen = k == 1 ? "pAKT" : k == 0 ? "ERK" : "pRPS6";
        for (size_t i = 0; i < bk_library_drugs(n.library); i++) {
            see(&n, seen, "ordinary", bk_library_drug(n.library, i), "", 1.0);
        }
        for (size_t i = 0; i < bk_library_variants(n.library); i++) {
            see(&n, seen, bk_library_variant(n.library, i), "none", "", 1.0);
        }
        for (size_t i = 0; i < bk_library_backgrounds(n.library); i++) {
            see(&n, seen, bk_library_background(n.library, i), "none", "", 1.0);
        }
        bk_readouts *const readouts = bk_readouts_new();
        char folder[100];
        snprintf(folder, sizeof folder, "networks/%s", reaction_networks[k]);
        assert_int_equal(bk_readouts_read(readouts, n.t.model, folder, NULL, n.t.diag),
                         BK_OK);
        bk_readouts_free(readouts);
        close_net(&n);
    }
}

/* --- the law of overlays ------------------------------------------------------------------ */

/* Everything that a law can see, as it sees it. */
static int species_of_model(const bk_model *model, bk_column *columns, int most)
{
    int n = 0;
    for (int32_t i = 0; i < bk_model_symbols(model); i++) {
        if (bk_symbol_kind_of(model, i) == BK_SPECIES) {
            assert_true(n < most);
            columns[n++] = (bk_column){i, BK_AS_DEFAULT};
        }
    }
    return n;
}

/* run(compile(model), overlay) = run(compile(specialise(model, overlay)), nothing), within
 * 100 times the tolerance, each species in units of its largest value. */
static void law_holds(net *n, double end, const char *background, const char *treatment)
{
    bk_overlay *const overlay = condition(n, background, treatment, "");
    bk_column columns[100];
    bench special = {.diag = n->t.diag};
    n->t.settings.columns = columns;
    n->t.settings.n_columns = species_of_model(n->t.model, columns, 100);
    until(&n->t, end, 10);
    assert_int_equal(
        bk_model_specialise(n->t.model, overlay, n->t.diag, &special.model), BK_OK);
    assert_int_equal(bk_engine_ode.compile(special.model, n->t.diag, &special.system),
                     BK_OK);
    assert_int_equal(bk_engine_ode.workspace(special.system, &special.workspace),
                     BK_OK);
    special.settings = n->t.settings;
    bk_outcome *a = NULL;
    assert_int_equal(bk_engine_ode.run(n->t.system, overlay, &n->t.settings,
                                       n->t.workspace, n->t.diag, &a),
                     BK_OK);
    bk_outcome *const b = ran(&special, NULL);
    for (int c = 0; c < bk_outcome_columns(a); c++) {
        double scale = 0.0, gap = 0.0;
        for (size_t row = 0; row < bk_outcome_rows(a); row++) {
            const double x = bk_outcome_value(a, row, c),
                         y = bk_outcome_value(b, row, c);
            scale = fmax(scale, fmax(fabs(x), fabs(y)));
            gap = fmax(gap, fabs(x - y));
        }
        if (!(gap <= 100.0 * n->t.settings.rtol * scale)) {
            fail_msg("%s, %s: %s differs by %g of %g", background, treatment,
                     bk_symbol_id(n->t.model, columns[c].symbol), gap, scale);
        }
    }
    bk_outcome_free(a);
    bk_outcome_free(b);
    bk_workspace_free(special.workspace);
    bk_system_free(special.system);
    bk_model_free(special.model);
    bk_overlay_free(overlay);
}

static void an_edited_network_is_the_network_with_its_edits_worked_in(void **state)
{
    (void)state;
    static const double ends[] = {60.0, 1800.0, 1800.0};
    for (int k = 0; k < REACTION_NETWORKS; k++) {
        net n = open_net(reaction_networks[k]);
        const size_t drugs = bk_library_drugs(n.library);
        for (size_t d = 0; d < drugs; d++) {
            law_holds(&n, ends[k], "ordinary", bk_library_drug(n.library, d));
        }
        for (size_t b = 0; b < bk_library_backgrounds(n.library); b++) {
            law_holds(&n, ends[k], bk_library_background(n.library, b),
                      bk_library_drug(n.library, b % drugs));
        }
        close_net(&n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_findings_of_orton_2009_come_out),
        test(the_findings_of_borisov_2009_come_out),
        test(the_findings_of_fujita_2010_come_out),
        test(her2_inhibition_lowers_erk_unless_ras_or_braf_is_mutant),
        test(her2_inhibition_lowers_akt_unless_pi3k_or_pten_is_mutant),
        test(drugs_have_the_numbers_of_the_her2_network),
        test(every_drug_variant_and_background_fits_its_network),
        test(an_edited_network_is_the_network_with_its_edits_worked_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
