/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Folders with reactions.tsv.  The fixture is read from its tables and, written down by
 * hand, built without them: both must run alike. */

#include "model_file_fixture.h"

#include "format/units.h"

static const char good[] = "tests/folder/good/enzyme";

static bench opened_folder(const char *folder)
{
    bench t = opened_file(folder, false);
    t.settings.rtol = 1e-9;
    assert_int_equal(bk_diag_size(t.diag), 0);
    return t;
}

static int32_t placed(bk_builder *b, const char *id, const char *in, double value)
{
    bk_symbol s = bk_symbol_blank(BK_SPECIES, id);
    s.compartment = bk_builder_find(b, in);
    s.initial = BK_INITIAL_CONCENTRATION;
    s.value = value;
    s.boundary = s.constant = strcmp(id, "K") == 0;
    return bk_builder_symbol(b, &s);
}

/* The same model, law by law: amounts a minute in the cell of two litres. */
static bench by_hand(bk_diag *diag)
{
    bk_builder *const b = bk_builder_new(diag);
    compartment(b, "cell", 2.0);
    compartment(b, "medium", 10.0);
    placed(b, "K", "cell", 0.5);
    placed(b, "S", "cell", 3.0);
    placed(b, "Sp", "cell", 0.0);
    placed(b, "D", "cell", 0.0);
    placed(b, "L", "medium", 1.0);
    symbol_of(b, BK_PARAMETER, "total", (double)NAN);
    bk_builder_model(b)->symbols[bk_builder_find(b, "total")].constant = false;
    assigns(b, "total", "S + Sp + 2 * D");
    reaction(b, "phosphorylation", "S", "Sp", "2 * 4 * K * S / (1.5 + S)");
    participants(b, "K", BK_MODIFIER);
    reaction(b, "pairing", "2Sp", "D", "2 * 0.25 * (Sp^2 - 2 * D)");
    reaction(b, "import", "L", "S", "2 * 0.3 * L");
    reaction(b, "synthesis", "", "S", "2 * 0.1");
    reaction(b, "loss", "D", "", "2 * 0.3 * D * total / 1.5");
    return opened(b);
}

static void tables_run_as_the_model_they_describe(void **state)
{
    (void)state;
    bench tables = opened_folder(good), hand = by_hand(tables.diag);
    static const char shown[] = "S Sp D L total";
    show(&tables, shown, BK_AS_DEFAULT);
    show(&hand, shown, BK_AS_DEFAULT);
    bk_outcome *const x = ran(&tables, NULL), *const y = ran(&hand, NULL);
    assert_true(bk_outcome_rows(x) > 10);
    for (size_t row = 0; row < bk_outcome_rows(x); row++) {
        for (int i = 0; i < 5; i++) {
            assert_close(bk_outcome_value(x, row, i), bk_outcome_value(y, row, i),
                         1e-8);
        }
    }
    assert_true(last(x, 2) > 0.0);
    bk_outcome_free(x);
    bk_outcome_free(y);
    closed(&tables);
    closed(&hand);
}

static void names_groups_and_laws_are_kept(void **state)
{
    (void)state;
    bench t = opened_folder(good);
    assert_string_equal(bk_model_id(t.model), "enzyme");
    assert_string_equal(bk_model_name(t.model), "A kinase & its substrate");
    assert_int_equal(strlen(bk_model_sha256(t.model)), 64);
    assert_int_equal(bk_model_find(t.model, "c-SRC"), bk_model_find(t.model, "K"));
    assert_int_equal(bk_model_species(t.model), 5);
    assert_int_equal(bk_model_reactions(t.model), 5);
    char *law = NULL;
    assert_int_equal(
        bk_symbol_rule_text(t.model, bk_model_find(t.model, "phosphorylation"), &law),
        BK_OK);
    assert_string_equal(law, "cell*(kcat*K*S/(Km + S))");
    bk_string_free(law);
    /* A group stands for all of its states. */
    bk_overlay *const overlay = overlay_of(&t, "treatment; scale group:ERK by 0.5");
    assert_non_null(overlay);
    bk_overlay_free(overlay);
    closed(&t);
}

static void holds(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("this is not in what is written: %s", part);
    }
}

static void what_is_written_has_modifiers_units_terms_and_identifiers(void **state)
{
    (void)state;
    bench t = opened_folder(good);
    char *text = NULL;
    assert_int_equal(bk_sbml_print(t.model, t.diag, &text), BK_OK);
    static const char *const parts[] = {
        "timeUnits=\"min\"",
        "substanceUnits=\"nmol\"",
        "extentUnits=\"nmol\"",
        "volumeUnits=\"litre\"",
        "<unitDefinition id=\"per_nM_per_min\" name=\"1/nM/min\">",
        "<unit kind=\"mole\" exponent=\"-1\" scale=\"-9\" multiplier=\"1\"/>",
        "<unit kind=\"litre\" exponent=\"1\" scale=\"0\" multiplier=\"1\"/>",
        "<unit kind=\"second\" exponent=\"-2\" scale=\"0\" multiplier=\"60\"/>",
        "<modifierSpeciesReference species=\"K\"/>",
        "sboTerm=\"SBO:0000216\"",
        "sboTerm=\"SBO:0000293\"",
        "First &lt;paragraph&gt;.",
        "A kinase &amp; its substrate",
        "<bqbiol:isVersionOf><rdf:Bag><rdf:li "
        "rdf:resource=\"https://identifiers.org/uniprot:P12931\"/>",
        "<bqbiol:hasVersion><rdf:Bag><rdf:li "
        "rdf:resource=\"https://identifiers.org/uniprot:P28482\"/>",
        "<bqbiol:hasPart><rdf:Bag><rdf:li "
        "rdf:resource=\"https://identifiers.org/uniprot:P28482\"/>",
        "rdf:about=\"#about_D\"",
        "<bqmodel:isDescribedBy><rdf:Bag><rdf:li "
        "rdf:resource=\"https://identifiers.org/pubmed:1\"/>",
        "speciesReference species=\"Sp\" stoichiometry=\"2\"",
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        holds(text, parts[i]);
    }
    /* And it is read again as the same model. */
    bk_model *again = NULL;
    assert_int_equal(bk_sbml_parse(text, strlen(text), "again", NULL, t.diag, &again),
                     BK_OK);
    char *second = NULL;
    assert_int_equal(bk_sbml_print(again, t.diag, &second), BK_OK);
    assert_string_equal(text, second);
    bk_string_free(second);
    bk_string_free(text);
    bk_model_free(again);
    closed(&t);
}

static void units_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",   "x",   "nM/",   "/s",   "nM s",
                                        "s^", "2/s", "nM//s", "s^2^2"};
    static const char *const right[][2] = {
        {"1", "dimensionless"}, {"s", "second"}, {"1/1", "dimensionless"},
        {"item", "item"},       {"l", "litre"},  {"nM*s/min^2", "nM_s_per_min2"},
        {"1*h", "_1_h"}};
    bk_builder *const b = bk_builder_new(NULL);
    const char *id = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (bk_units_define(b, wrong[i], &id) != BK_UNITS_WRONG) {
            fail_msg("\"%s\" was taken", wrong[i]);
        }
    }
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_int_equal(bk_units_define(b, right[i][0], &id), BK_UNITS_FINE);
        assert_string_equal(id, right[i][1]);
    }
    /* More factors than there is room for. */
    assert_int_equal(bk_units_define(b, "nM*nM*nM*nM*nM*nM*nM*nM*nM", &id),
                     BK_UNITS_WRONG);
    bk_builder_free(b);
}

static void a_folder_without_a_table_that_it_needs_is_told(void **state)
{
    (void)state;
    bk_diag *const diag = bk_diag_new();
    bk_model *model = NULL;
    assert_int_equal(bk_folder_read("tests/folder/bad/no-species", diag, &model),
                     BK_IO);
    assert_non_null(strstr(bk_diag_message(diag, 0)->where.file, "species.tsv"));
    bk_diag_free(diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(tables_run_as_the_model_they_describe),
        test(names_groups_and_laws_are_kept),
        test(what_is_written_has_modifiers_units_terms_and_identifiers),
        test(units_that_are_none_are_refused),
        test(a_folder_without_a_table_that_it_needs_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
