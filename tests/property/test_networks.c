/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The shipped networks: that their SBML is what their tables give, and that the HER2
 * network shows what made the field: addiction, blockade, escape. The directions are
 * those of the literature named in networks/her2 (backgrounds.tsv, variants.tsv,
 * drugs.tsv), each asserted for logic and for ODE. */

#include <blockade/blockade.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct lab {
    bk_model *model, *continuous;
    bk_library *library;
    bk_diag *diag;
    bk_system *logic, *ode;
    bk_readouts *logic_readouts, *ode_readouts;
} lab;

static void print_messages(const bk_diag *diag)
{
    for (size_t i = 0; i < bk_diag_size(diag); i++) {
        const bk_message *m = bk_diag_message(diag, i);
        if (m->severity == BK_ERROR) {
            print_message("%s:%d: %s\n", m->where.file ? m->where.file : "",
                          m->where.line, m->text);
        }
    }
}

static void must(const lab *l, bk_status status)
{
    if (status != BK_OK) {
        print_messages(l->diag);
    }
    assert_int_equal(status, BK_OK);
}

static int open_lab(void **state)
{
    static lab l;
    const bk_read_settings settings = {.lax = false};
    const bk_continuous_settings form = bk_continuous_defaults();
    static const char readouts[] = "pAKT,pERK,S6K,proliferation,apoptosis";
    l.diag = bk_diag_new();
    must(&l, bk_model_read("networks/her2/her2.sbml", &settings, l.diag, &l.model));
    must(&l, bk_library_read("networks/her2", l.diag, &l.library));
    must(&l, bk_model_continuous(l.model, &form, l.diag, &l.continuous));
    must(&l, bk_engine_async.compile(l.model, l.diag, &l.logic));
    must(&l, bk_engine_ode.compile(l.continuous, l.diag, &l.ode));
    l.logic_readouts = bk_readouts_new();
    l.ode_readouts = bk_readouts_new();
    must(&l, bk_readouts_read(l.logic_readouts, l.model, "networks/her2", readouts,
                              l.diag));
    must(&l, bk_readouts_read(l.ode_readouts, l.continuous, "networks/her2", readouts,
                              l.diag));
    *state = &l;
    return 0;
}

static int close_lab(void **state)
{
    lab *l = *state;
    bk_readouts_free(l->logic_readouts);
    bk_readouts_free(l->ode_readouts);
    bk_system_free(l->logic);
    bk_system_free(l->ode);
    bk_library_free(l->library);
    bk_model_free(l->continuous);
    bk_model_free(l->model);
    bk_diag_free(l->diag);
    return 0;
}

/* A read-out of one condition by one engine. */
static double ask(lab *l, bool ode, const char *background, const char *treatment,
                  const char *readout)
{
    const bk_condition condition = {.background = background, .treatment = treatment};
    bk_screen_settings settings = {.run = bk_settings_defaults(), .threads = 1};
    settings.run.runs = 200;
    settings.run.seed = 1;
    bk_table *table = NULL;
    must(l, bk_screen_run(ode ? l->ode : l->logic, l->library, &condition, 1,
                          ode ? l->ode_readouts : l->logic_readouts, &settings, l->diag,
                          &table));
    const int column = bk_table_find_column(table, readout);
    assert_true(column >= 0);
    assert_false(bk_table_missing(table, 0, column));
    const double value = bk_table_real(table, 0, column);
    bk_table_free(table);
    return value;
}

static void is_on(lab *l, const char *background, const char *treatment,
                  const char *readout)
{
    for (int ode = 0; ode < 2; ode++) {
        const double v = ask(l, ode, background, treatment, readout);
        if (v < 0.4) {
            fail_msg("%s, %s: %s is %g by %s, expected on", background, treatment,
                     readout, v, ode ? "ODE" : "logic");
        }
    }
}

static void is_off(lab *l, const char *background, const char *treatment,
                   const char *readout)
{
    for (int ode = 0; ode < 2; ode++) {
        const double v = ask(l, ode, background, treatment, readout);
        if (v > 0.2) {
            fail_msg("%s, %s: %s is %g by %s, expected off", background, treatment,
                     readout, v, ode ? "ODE" : "logic");
        }
    }
}

/* To less than half of what it is untreated. */
static void falls(lab *l, const char *background, const char *treatment,
                  const char *readout)
{
    for (int ode = 0; ode < 2; ode++) {
        const double untreated = ask(l, ode, background, "none", readout);
        const double treated = ask(l, ode, background, treatment, readout);
        if (!(treated < 0.5 * untreated)) {
            fail_msg("%s, %s: %s is %g, untreated %g by %s, expected to fall",
                     background, treatment, readout, treated, untreated,
                     ode ? "ODE" : "logic");
        }
    }
}

static void amplified_cells_signal_and_live(void **state)
{
    lab *l = *state;
    is_on(l, "HER2-amplified", "none", "pAKT");
    is_on(l, "HER2-amplified", "none", "pERK");
    is_on(l, "HER2-amplified", "none", "S6K");
    is_on(l, "HER2-amplified", "none", "proliferation");
    is_off(l, "HER2-amplified", "none", "apoptosis");
}

static void the_ordinary_cell_lives(void **state)
{
    is_off(*state, "ordinary", "none", "apoptosis");
}

static void lapatinib_silences_both_pathways_and_addicted_cells_die(void **state)
{
    lab *l = *state;
    is_off(l, "HER2-amplified", "lapatinib", "pAKT");
    is_off(l, "HER2-amplified", "lapatinib", "pERK");
    is_off(l, "HER2-amplified", "lapatinib", "proliferation");
    is_on(l, "HER2-amplified", "lapatinib", "apoptosis");
}

static void
pik3ca_h1047r_keeps_akt_on_under_trastuzumab_and_alpelisib_takes_it_off(void **state)
{
    lab *l = *state;
    is_on(l, "HER2-amplified+PIK3CA-H1047R", "trastuzumab", "pAKT");
    falls(l, "PIK3CA-H1047R", "alpelisib", "pAKT"); /* the beta isoform makes up some */
    is_off(l, "HER2-amplified+PIK3CA-H1047R", "trastuzumab+alpelisib", "pAKT");
}

static void pten_loss_keeps_akt_on_under_trastuzumab(void **state)
{
    is_on(*state, "HER2-amplified+PTEN-loss", "trastuzumab", "pAKT");
}

static void p95her2_escapes_the_antibody_and_not_the_kinase_inhibitor(void **state)
{
    lab *l = *state;
    is_on(l, "p95HER2", "trastuzumab", "pAKT");
    is_on(l, "p95HER2", "trastuzumab", "pERK");
    is_off(l, "p95HER2", "lapatinib", "pAKT");
    is_off(l, "p95HER2", "lapatinib", "pERK");
}

static void trametinib_silences_erk_and_leaves_akt(void **state)
{
    lab *l = *state;
    is_off(l, "HER2-amplified", "trametinib", "pERK");
    is_on(l, "HER2-amplified", "trametinib", "pAKT");
}

static void the_sbml_forms_are_what_the_tables_give(void **state)
{
    (void)state;
    static const char *const names[] = {"her2", "pi3k-akt-mtor", "ras-raf-mek-erk"};
    for (int i = 0; i < 3; i++) {
        char folder[100], path[200];
        const bk_read_settings settings = {.lax = false};
        bk_model *tables = NULL, *sbml = NULL;
        int32_t rules = 0;
        char *differing = NULL;
        snprintf(folder, sizeof folder, "networks/%s", names[i]);
        snprintf(path, sizeof path, "networks/%s/%s.sbml", names[i], names[i]);
        assert_int_equal(bk_folder_read(folder, NULL, &tables), BK_OK);
        assert_int_equal(bk_sbml_read(path, &settings, NULL, &sbml), BK_OK);
        assert_int_equal(bk_logic_compare(tables, sbml, &rules, &differing), BK_OK);
        assert_null(differing);
        assert_int_equal(bk_model_influences(tables), bk_model_influences(sbml));
        for (int32_t k = 0; k < bk_model_influences(tables); k++) {
            const bk_influence *a = bk_model_influence(tables, k);
            const bk_influence *b = bk_model_influence(sbml, k);
            assert_string_equal(bk_symbol_id(tables, a->source),
                                bk_symbol_id(sbml, b->source));
            assert_string_equal(bk_symbol_id(tables, a->target),
                                bk_symbol_id(sbml, b->target));
            assert_int_equal(a->sign, b->sign);
            assert_string_equal(a->references, b->references);
            assert_string_equal(a->confidence, b->confidence);
            assert_string_equal(a->loop, b->loop);
        }
        bk_model_free(tables);
        bk_model_free(sbml);
    }
}

/* Every declared arc is used by its target's function with the declared sign. */
static void every_arc_has_an_effect_of_its_declared_sign(void **state)
{
    const lab *l = *state;
    for (int32_t k = 0; k < bk_model_influences(l->model); k++) {
        const bk_influence *f = bk_model_influence(l->model, k);
        if (!f->effective || f->sign != f->declared) {
            fail_msg("%s -> %s: sign %d, declared %d",
                     bk_symbol_id(l->model, f->source),
                     bk_symbol_id(l->model, f->target), f->sign, f->declared);
        }
    }
}

static bk_table *her2_table(const lab *l, const char *path)
{
    bk_table *table = NULL;
    must(l, bk_table_read(path, BK_TSV, l->diag, &table));
    return table;
}

static const char *cell(const bk_table *table, size_t row, const char *column)
{
    const int c = bk_table_find_column(table, column);
    assert_true(c >= 0);
    return bk_table_text(table, row, c);
}

/* Whether a drug has a row with that potency among those whose `flag` is `value`. */
static bool has_potency(const bk_table *table, const char *drug, const char *column,
                        const char *potency, const char *flag, const char *value)
{
    for (size_t i = 0; i < bk_table_rows(table); i++) {
        if (strcmp(cell(table, i, "drug"), drug) == 0 &&
            strcmp(cell(table, i, column), potency) == 0 &&
            strcmp(cell(table, i, flag), value) == 0) {
            return true;
        }
    }
    return false;
}

/* A checked potency of drugs.tsv is a checked measurement of potencies.tsv, and every
 * measurement said to be used is. */
static void checked_potencies_are_measurements(void **state)
{
    const lab *l = *state;
    bk_table *const drugs = her2_table(l, "networks/her2/drugs.tsv");
    bk_table *const measured = her2_table(l, "networks/her2/potencies.tsv");
    size_t checked = 0, used = 0;
    for (size_t i = 0; i < bk_table_rows(drugs); i++) {
        const char *const potency = cell(drugs, i, "potency_nM");
        if (potency[0] != '\0' && strcmp(cell(drugs, i, "status"), "checked") == 0) {
            checked++;
            if (!has_potency(measured, cell(drugs, i, "drug"), "value_nM", potency,
                             "status", "checked")) {
                fail_msg("drugs.tsv: %s, %s nM: not measured", cell(drugs, i, "drug"),
                         potency);
            }
        }
    }
    for (size_t i = 0; i < bk_table_rows(measured); i++) {
        if (strcmp(cell(measured, i, "used"), "yes") == 0) {
            used++;
            if (!has_potency(drugs, cell(measured, i, "drug"), "potency_nM",
                             cell(measured, i, "value_nM"), "status",
                             cell(measured, i, "status"))) {
                fail_msg("potencies.tsv: %s, %s nM: not used",
                         cell(measured, i, "drug"), cell(measured, i, "value_nM"));
            }
        }
    }
    assert_true(checked > 0 && used > 0);
    bk_table_free(measured);
    bk_table_free(drugs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amplified_cells_signal_and_live),
        cmocka_unit_test(the_ordinary_cell_lives),
        cmocka_unit_test(lapatinib_silences_both_pathways_and_addicted_cells_die),
        cmocka_unit_test(
            pik3ca_h1047r_keeps_akt_on_under_trastuzumab_and_alpelisib_takes_it_off),
        cmocka_unit_test(pten_loss_keeps_akt_on_under_trastuzumab),
        cmocka_unit_test(p95her2_escapes_the_antibody_and_not_the_kinase_inhibitor),
        cmocka_unit_test(trametinib_silences_erk_and_leaves_akt),
        cmocka_unit_test(the_sbml_forms_are_what_the_tables_give),
        cmocka_unit_test(every_arc_has_an_effect_of_its_declared_sign),
        cmocka_unit_test(checked_potencies_are_measurements)};
    bk_init();
    return cmocka_run_group_tests(tests, open_lab, close_lab);
}
