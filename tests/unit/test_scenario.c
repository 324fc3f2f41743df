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
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "model/builder.h"
#include "scenario/overlay.h"
#include "scenario/scenario_impl.h"

#define test(name) cmocka_unit_test(name)

static const bk_where nowhere = {.file = NULL};
static const bk_where start_of_text = {.file = "s", .line = 1, .column = 1};

/* --- a small library and two small models ----------------------------------------------- */

static const char drugs[] =
    "# comment\n"
    "drug\taliases\tclass\tedit\tpotency_nM\tslope\tresidual\tdefault_nM\n"
    "alpelisib\tBYL719;PI3Kalpha inhibitor\tPI3K inhibitor\tscale PI3K\t50\t1\t0.05\t1000\n"
    "buparlisib\t\tPI3K inhibitor\tscale PI3K\t80\t2\t\t\n"
    "trastuzumab duocarmazine\tSYD985\tconjugate\tscale HER2\t5\t1\t0.1\t150\n"
    "trastuzumab duocarmazine\t\tconjugate\tcut HER2 -> P95 at 0\t\t\t\t150\n"
    "T-DXd\t\tconjugate\tfix LOAD = 1\t\t\t\t150\n"
    "T-DXd\t\tconjugate\tscale HER2 by 0.5\t\t\t\t150\n"
    "MK-2206\t\tAKT inhibitor\tscale AKT\t50\t1\t0\t\n";
static const char variants[] =
    "variant\tlayer\tedits\n"
    "PIK3CA:H1047R\tbackground\tbound PI3K in [1, inf]\n"
    "MUC4:on\t\tstart HER2 = 1; access trastuzumab duocarmazine = 0.25\n"
    "both\t\tvariant PIK3CA:H1047R; variant MUC4:on\n"
    "circle\t\tvariant circle\n"
    "T798I\t\taccess PI3K inhibitor = 0\n"
    "seen\ttreatment\tscale AKT by 0.5\n";
static const char backgrounds[] = "background\tvariants\n"
                                  "ordinary\t\n"
                                  "HER2-amplified+PIK3CA\tPIK3CA:H1047R; start HER2 = 2\n";

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void remove_folder(const char *folder)
{
    static const char *const names[] = {"drugs.tsv", "variants.tsv", "backgrounds.tsv",
                                        "scenario.txt"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static char folder[] = "/tmp/blockade-scenario-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    write_file(folder, "drugs.tsv", drugs);
    write_file(folder, "variants.tsv", variants);
    write_file(folder, "backgrounds.tsv", backgrounds);
    return 0;
}

static int drop_folder(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static bk_library *library_read(void)
{
    bk_library *library = NULL;
    bk_diag *const diag = bk_diag_new();
    const bk_status status = bk_library_read(folder, diag, &library);
    for (size_t i = 0; i < bk_diag_size(diag); i++) {
        print_message("%s\n", bk_diag_message(diag, i)->text);
    }
    assert_int_equal(status, BK_OK);
    bk_diag_free(diag);
    return library;
}

static int32_t add_level(bk_builder *b, const char *id, int max, const char *group)
{
    bk_symbol symbol = bk_symbol_blank(BK_LEVEL, id);
    symbol.max_level = max;
    symbol.group = group;
    return bk_builder_symbol(b, &symbol);
}

static bk_expr at_least(bk_builder *b, int32_t symbol, int level)
{
    bk_exprs *const pool = bk_builder_exprs(b);
    return bk_expr_2(pool, BK_OP_GEQ, bk_expr_symbol(pool, symbol),
                     bk_expr_number(pool, level));
}

static void follow(bk_builder *b, int32_t target, int32_t source, int level)
{
    bk_builder_logic(b, &(bk_logic){.target = target,
                                    .rate_up = 1,
                                    .rate_down = 1,
                                    .share = 1});
    bk_builder_term(b, &(bk_term){.level = level, .condition = at_least(b, source, 1)});
}

/* HER2 -> PI3K -> AKT, HER2 -> P95, LOAD an input; HER2 and P95 are one group. */
static bk_model *logic_model(void)
{
    bk_builder *const b = bk_builder_new(NULL);
    if (b == NULL) {
        return NULL;
    }
    const int32_t her2 = add_level(b, "HER2", 2, "receptor");
    const int32_t p95 = add_level(b, "P95", 1, "receptor");
    const int32_t pi3k = add_level(b, "PI3K", 3, "");
    const int32_t akt = add_level(b, "AKT", 3, "");
    add_level(b, "LOAD", 1, "");
    follow(b, p95, her2, 1);
    follow(b, pi3k, her2, 3);
    follow(b, akt, pi3k, 3);
    bk_builder_alias(b, "PKB", akt);
    bk_model *m = NULL;
    return bk_builder_finish(b, &m) == BK_OK ? m : NULL;
}

static int32_t add_quantity(bk_builder *b, bk_symbol_kind kind, const char *id,
                            double value)
{
    bk_symbol symbol = bk_symbol_blank(kind, id);
    symbol.initial = kind == BK_SPECIES ? BK_INITIAL_AMOUNT : BK_INITIAL_VALUE;
    symbol.value = value;
    symbol.compartment = kind == BK_SPECIES ? 0 : -1;
    return bk_builder_symbol(b, &symbol);
}

/* A -> B at rate k A, p = A + B, x with a drive that is computed in two parts. */
static bk_model *kinetic_model(void)
{
    bk_builder *const b = bk_builder_new(NULL);
    bk_exprs *const pool = bk_builder_exprs(b);
    add_quantity(b, BK_COMPARTMENT, "c", 1);
    const int32_t a = add_quantity(b, BK_SPECIES, "A", 1);
    const int32_t second = add_quantity(b, BK_SPECIES, "B", 0);
    const int32_t k = add_quantity(b, BK_PARAMETER, "k", 0.5);
    const int32_t p = add_quantity(b, BK_PARAMETER, "p", 0);
    const int32_t x = add_quantity(b, BK_PARAMETER, "x", 0);
    const int32_t drive = add_quantity(b, BK_PARAMETER, "x_drive", 0);
    const int32_t part = add_quantity(b, BK_PARAMETER, "x_f1", 0);
    const bk_symbol reaction = bk_symbol_blank(BK_REACTION, "r");
    const int32_t r = bk_builder_symbol(b, &reaction);
    bk_builder_model(b)->symbols[x].drive = drive;
    bk_builder_reaction(
        b, &(bk_reaction){.symbol = r,
                          .compartment = -1,
                          .law = bk_expr_2(pool, BK_OP_TIMES, bk_expr_symbol(pool, k),
                                           bk_expr_symbol(pool, a))});
    bk_participant participant = {
        .species = a, .role = BK_REACTANT, .stoichiometry = 1, .math = -1, .symbol = -1};
    bk_builder_participant(b, &participant);
    participant.species = second;
    participant.role = BK_PRODUCT;
    bk_builder_participant(b, &participant);
    const bk_expr sum =
        bk_expr_2(pool, BK_OP_PLUS, bk_expr_symbol(pool, a), bk_expr_symbol(pool, second));
    const bk_expr with_part =
        bk_expr_2(pool, BK_OP_PLUS, bk_expr_symbol(pool, part), bk_expr_symbol(pool, a));
    const bk_expr gap =
        bk_expr_2(pool, BK_OP_MINUS, bk_expr_symbol(pool, drive), bk_expr_symbol(pool, x));
    bk_builder_rule(b, &(bk_rule){BK_ASSIGNMENT_RULE, p, sum, {0}, {0}});
    bk_builder_rule(b, &(bk_rule){BK_ASSIGNMENT_RULE, drive, with_part, {0}, {0}});
    bk_builder_rule(b, &(bk_rule){BK_ASSIGNMENT_RULE, part, sum, {0}, {0}});
    bk_builder_rule(b, &(bk_rule){BK_RATE_RULE, x, gap, {0}, {0}});
    bk_model *m = NULL;
    assert_int_equal(bk_builder_finish(b, &m), BK_OK);
    return m;
}

/* --- helpers ------------------------------------------------------------------------------ */

static bk_scenario *parsed(const char *text)
{
    bk_scenario *const s = bk_scenario_new("s");
    assert_non_null(s);
    bk_diag *const diag = bk_diag_new();
    const bk_status status =
        bk_scenario_parse(s, BK_BACKGROUND, text, start_of_text, diag);
    for (size_t i = 0; i < bk_diag_size(diag); i++) {
        print_message("%s: %s\n", text, bk_diag_message(diag, i)->text);
    }
    assert_int_equal(status, BK_OK);
    bk_diag_free(diag);
    return s;
}

static void assert_prints(const char *text, const char *expected)
{
    bk_scenario *const s = parsed(text);
    char *first = NULL;
    char *second = NULL;
    assert_int_equal(bk_scenario_print(s, &first), BK_OK);
    assert_string_equal(first, expected);
    bk_scenario *const again = parsed(first);
    assert_int_equal(bk_scenario_print(again, &second), BK_OK);
    assert_string_equal(second, first);
    bk_string_free(first);
    bk_string_free(second);
    bk_scenario_free(s);
    bk_scenario_free(again);
}

/* The text is refused; its first message is at line:column and holds some words. */
static void assert_refused(const char *text, int line, int column, const char *words)
{
    bk_scenario *const s = bk_scenario_new("s");
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(bk_scenario_parse(s, BK_BACKGROUND, text, start_of_text, diag),
                     BK_BAD_INPUT);
    assert_int_equal(bk_scenario_edits(s), 0);
    const bk_message *const message = bk_diag_message(diag, 0);
    assert_non_null(message);
    if (strstr(message->text, words) == NULL || message->where.line != line ||
        message->where.column != column) {
        fail_msg("%s: %d:%d: %s (wanted %d:%d: %s)", text, message->where.line,
                 message->where.column, message->text, line, column, words);
    }
    bk_diag_free(diag);
    bk_scenario_free(s);
}

static bk_status bind_text(const char *text, const bk_library *library,
                           const bk_model *model, bk_diag *diag, bk_overlay **overlay)
{
    bk_scenario *const s = parsed(text);
    const bk_status status = bk_scenario_bind(s, library, model, diag, overlay);
    bk_scenario_free(s);
    return status;
}

static bk_overlay *bound(const char *text, const bk_library *library,
                         const bk_model *model)
{
    bk_overlay *overlay = NULL;
    bk_diag *const diag = bk_diag_new();
    const bk_status status = bind_text(text, library, model, diag, &overlay);
    for (size_t i = 0; i < bk_diag_size(diag); i++) {
        print_message("%s: %s\n", text, bk_diag_message(diag, i)->text);
    }
    assert_int_equal(status, BK_OK);
    bk_diag_free(diag);
    return overlay;
}

static void assert_not_bound(const char *text, const bk_library *library,
                             const bk_model *model, bk_status wanted, const char *words)
{
    bk_overlay *overlay = NULL;
    bk_diag *const diag = bk_diag_new();
    const bk_status status = bind_text(text, library, model, diag, &overlay);
    const bk_message *const message =
        bk_diag_size(diag) > 0 ? bk_diag_message(diag, bk_diag_size(diag) - 1) : NULL;
    if (status != wanted || message == NULL || strstr(message->text, words) == NULL) {
        fail_msg("%s: %s: %s", text, bk_status_text(status),
                 message != NULL ? message->text : "no message");
    }
    assert_null(overlay);
    bk_diag_free(diag);
}

static const bk_layer_edit *layer_of(const bk_overlay *overlay, const bk_model *model,
                                     const char *id, bk_layer layer)
{
    const bk_overlay_symbol *const record =
        bk_overlay_of(overlay, bk_model_find(model, id));
    assert_non_null(record);
    return &record->layer[layer];
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-12)) {
        fail_msg("%.17g is not %.17g", value, expected);
    }
}

/* --- text --------------------------------------------------------------------------------- */

static void every_edit_prints_and_reads_back(void **state)
{
    (void)state;
    assert_prints("", "");
    assert_prints("# nothing\n\n;;\n", "");
    assert_prints("start x=1;start [y] = 2.5", "background\nstart x = 1\nstart [y] = 2.5\n");
    assert_prints("fix AKT = 0 # knocked out\nscale r1 by 1e-3",
                  "background\nfix AKT = 0\nscale r1 by 0.001\n");
    assert_prints("bound PI3K in [1,inf]; bound B in [ -INF , +2 ]",
                  "background\nbound PI3K in [1, inf]\nbound B in [-inf, 2]\n");
    assert_prints("cut A->B at 0.5; cut A -> B",
                  "background\ncut A -> B at 0.5\ncut A -> B at 0\n");
    assert_prints("treatment\nscale A by 0\nbackground;fix B = 1",
                  "treatment\nscale A by 0\nbackground\nfix B = 1\n");
    assert_prints("variant PIK3CA:H1047R; access T-DM1 = 0.1",
                  "background\nvariant PIK3CA:H1047R\naccess T-DM1 = 0.1\n");
}

static void doses_are_kept_in_nanomolar(void **state)
{
    (void)state;
    assert_prints("drug a @ 500 nM", "treatment\ndrug a @ 500 nM\n");
    assert_prints("drug a@500", "treatment\ndrug a @ 500 nM\n");
    assert_prints("drug a@1.5uM", "treatment\ndrug a @ 1500 nM\n");
    assert_prints("drug a@1.5 \xC2\xB5M", "treatment\ndrug a @ 1500 nM\n");
    assert_prints("drug a@1.5 \xCE\xBCM", "treatment\ndrug a @ 1500 nM\n");
    assert_prints("drug a @ 20 pM", "treatment\ndrug a @ 0.02 nM\n");
    assert_prints("drug a @ 1 mM; drug a @ 2 M",
                  "treatment\ndrug a @ 1000000 nM\ndrug a @ 2000000000 nM\n");
    assert_prints("drug a", "treatment\ndrug a\n");
}

static void names_may_be_odd_or_quoted(void **state)
{
    (void)state;
    assert_prints("fix NF-kB.2:x/y@z = 1", "background\nfix NF-kB.2:x/y@z = 1\n");
    assert_prints("fix \"a = b; # c\" = 1", "background\nfix \"a = b; # c\" = 1\n");
    assert_prints("fix \"say \"\"no\"\"\" = 1", "background\nfix \"say \"\"no\"\"\" = 1\n");
    assert_prints("cut 14-3-3->B-C at 1", "background\ncut 14-3-3 -> B-C at 1\n");
    assert_prints("drug T-DXd@5nM; drug trastuzumab duocarmazine @ 3 nM",
                  "treatment\ndrug T-DXd @ 5 nM\n"
                  "drug \"trastuzumab duocarmazine\" @ 3 nM\n");
    assert_prints("access dual PI3K/mTOR inhibitor = 0.5",
                  "background\naccess \"dual PI3K/mTOR inhibitor\" = 0.5\n");
    assert_prints("fix \xCE\xB2-catenin = 0", "background\nfix \xCE\xB2-catenin = 0\n");
    assert_prints("fix in = 0; cut at -> by at 1; scale by by 2",
                  "background\nfix in = 0\ncut at -> by at 1\nscale by by 2\n");
}

static void malformed_edits_say_where_and_what_was_expected(void **state)
{
    (void)state;
    assert_refused("fax A = 1", 1, 1, "start, fix, bound");
    assert_refused("fix = 1", 1, 5, "a name after 'fix'");
    assert_refused("fix A", 1, 6, "'= value'");
    assert_refused("fix A = x", 1, 9, "a finite number after '=', got 'x'");
    assert_refused("fix A = inf", 1, 9, "a finite number");
    assert_refused("fix A = 1 2", 1, 11, "';' or a new line");
    assert_refused("fix A = 1x", 1, 9, "a finite number");
    assert_refused("fix A = nan", 1, 9, "a finite number");
    assert_refused("\n\n  fix \xCE\xB2 = y", 3, 11, "a finite number");
    assert_refused("start [A = 1", 1, 10, "']'");
    assert_refused("bound A [0, 1]", 1, 9, "'in [low, high]'");
    assert_refused("bound A in 0, 1", 1, 12, "'[low, high]'");
    assert_refused("bound A in [0 1]", 1, 15, "','");
    assert_refused("bound A in [2, 1]", 1, 17, "not above the upper");
    assert_refused("bound A in [0, 1", 1, 17, "']'");
    assert_refused("bound A in [zero, 1]", 1, 13, "a number or -inf");
    assert_refused("scale A", 1, 8, "'by factor'");
    assert_refused("scale A by -1", 1, 12, "a finite factor of at least 0");
    assert_refused("cut A B at 0", 1, 7, "'-> target'");
    assert_refused("cut A -> at 0", 1, 13, "'at value' or nothing");
    assert_refused("cut A -> B at", 1, 14, "a finite number after 'at'");
    assert_refused("drug", 1, 5, "the name of a drug");
    assert_refused("drug a @ much", 1, 10, "a dose such as 500 nM");
    assert_refused("drug a @ 5 kg", 1, 10, "a dose such as 500 nM");
    assert_refused("drug a @ -5", 1, 10, "a dose");
    assert_refused("access a = 2", 1, 12, "a factor between 0 and 1");
    assert_refused("fix \"A = 1", 1, 11, "a closing quote");
    assert_refused("fix \"\" = 1", 1, 7, "a name between the quotes");
    assert_refused("treatment now", 1, 11, "';' or a new line");
}

static void all_malformed_edits_are_told_in_one_pass(void **state)
{
    (void)state;
    bk_scenario *const s = parsed("fix A = 1");
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(bk_scenario_parse(s, BK_BACKGROUND, "fix = 1; fix A = 2\nscale B\n",
                                       start_of_text, diag),
                     BK_BAD_INPUT);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 2);
    assert_int_equal(bk_diag_message(diag, 1)->where.line, 2);
    assert_int_equal(bk_scenario_edits(s), 1);
    bk_diag_free(diag);
    bk_scenario_free(s);
}

static void a_scenario_is_read_from_a_file(void **state)
{
    (void)state;
    write_file(folder, "scenario.txt", "fix AKT = 0\r\ntreatment\r\nscale PI3K by 0.5\r\n");
    char path[256];
    snprintf(path, sizeof path, "%s/scenario.txt", folder);
    bk_scenario *s = NULL;
    assert_int_equal(bk_scenario_read(path, NULL, &s), BK_OK);
    assert_string_equal(bk_scenario_name(s), "scenario");
    assert_int_equal(bk_scenario_edits(s), 2);
    bk_scenario *const copy = bk_scenario_copy(s);
    assert_int_equal(bk_scenario_append(copy, copy), BK_OK);
    assert_int_equal(bk_scenario_edits(copy), 4);
    bk_scenario_free(s);
    char *text = NULL;
    assert_int_equal(bk_scenario_print(copy, &text), BK_OK);
    assert_string_equal(text, "background\nfix AKT = 0\ntreatment\nscale PI3K by 0.5\n"
                              "background\nfix AKT = 0\ntreatment\nscale PI3K by 0.5\n");
    bk_string_free(text);
    bk_scenario_free(copy);
}

/* --- library ------------------------------------------------------------------------------ */

static void the_library_lists_what_its_tables_name(void **state)
{
    (void)state;
    bk_library *const library = library_read();
    assert_int_equal(bk_library_drugs(library), 5);
    assert_string_equal(bk_library_drug(library, 2), "trastuzumab duocarmazine");
    assert_int_equal(bk_library_variants(library), 6);
    assert_int_equal(bk_library_backgrounds(library), 2);
    assert_string_equal(bk_library_background(library, 1), "HER2-amplified+PIK3CA");
    bk_library_free(library);
    assert_int_equal(bk_library_drugs(NULL), 0);
    bk_library *empty = NULL;
    assert_int_equal(bk_library_read("/nowhere", NULL, &empty), BK_OK);
    assert_int_equal(bk_library_drugs(empty), 0);
    bk_library_free(empty);
}

static void wrong_cells_of_a_library_are_located(void **state)
{
    (void)state;
    char other[] = "/tmp/blockade-scenario-XXXXXX";
    assert_non_null(mkdtemp(other));
    write_file(other, "drugs.tsv",
               "drug\tedit\tpotency_nM\tresidual\n"
               "a\tscale X\t\t\n"
               "b\tstart X = 1\t\t\n"
               "c\tscale X\t5\t2\n"
               "d\tscale X of\t5\t\n");
    write_file(other, "backgrounds.tsv", "background\tvariants\nx\tnothing:here\n");
    bk_diag *const diag = bk_diag_new();
    bk_library *library = NULL;
    assert_int_equal(bk_library_read(other, diag, &library), BK_BAD_INPUT);
    assert_null(library);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 5);
    const int lines[] = {2, 3, 4, 5, 2};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(bk_diag_message(diag, i)->where.line, lines[i]);
    }
    bk_diag_free(diag);
    remove_folder(other);
}

static void assert_treatment(const bk_library *library, const char *text,
                             const char *expected)
{
    bk_scenario *const s = bk_scenario_new("t");
    assert_int_equal(bk_library_treatment_scenario(library, text, nowhere, NULL, s), BK_OK);
    char *printed = NULL;
    assert_int_equal(bk_scenario_print(s, &printed), BK_OK);
    assert_string_equal(printed, expected);
    bk_string_free(printed);
    bk_scenario_free(s);
}

static void a_treatment_is_drugs_joined_by_plus(void **state)
{
    (void)state;
    bk_library *const library = library_read();
    assert_treatment(library, "none", "");
    assert_treatment(library, "ALPELISIB@0.5uM + t-dxd",
                     "treatment\ndrug alpelisib @ 500 nM\ndrug T-DXd\n");
    assert_treatment(library, "byl719", "treatment\ndrug alpelisib\n");
    assert_treatment(library, "trastuzumab duocarmazine@1nM",
                     "treatment\ndrug \"trastuzumab duocarmazine\" @ 1 nM\n");
    bk_scenario *const s = bk_scenario_new("t");
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(bk_library_treatment_scenario(library, "PI3K inhibitor@5", nowhere,
                                                   diag, s),
                     BK_OK);
    assert_non_null(strstr(bk_diag_message(diag, 0)->text, "alpelisib"));
    assert_int_equal(bk_diag_message(diag, 0)->severity, BK_NOTE);
    bk_diag_clear(diag);
    assert_int_equal(bk_library_treatment_scenario(library, "alpelisb + + T-DXd@x",
                                                   start_of_text, diag, s),
                     BK_BAD_INPUT);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 3);
    assert_non_null(strstr(bk_diag_message(diag, 0)->text, "alpelisib"));
    assert_int_equal(bk_diag_message(diag, 2)->where.column, 14);
    assert_int_equal(bk_scenario_edits(s), 1);
    bk_diag_free(diag);
    bk_scenario_free(s);
    bk_library_free(library);
}

static void a_background_is_a_name_or_a_list_of_variants_and_edits(void **state)
{
    (void)state;
    bk_library *const library = library_read();
    bk_scenario *const s = bk_scenario_new("b");
    assert_int_equal(bk_library_background_scenario(library, "her2-AMPLIFIED+PIK3CA",
                                                    nowhere, NULL, s),
                     BK_OK);
    assert_int_equal(bk_library_background_scenario(
                         library, "ordinary; MUC4:on; fix AKT = 0", nowhere, NULL, s),
                     BK_OK);
    char *text = NULL;
    assert_int_equal(bk_scenario_print(s, &text), BK_OK);
    assert_string_equal(text, "background\nvariant PIK3CA:H1047R\nstart HER2 = 2\n"
                              "variant MUC4:on\nfix AKT = 0\n");
    bk_string_free(text);
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(
        bk_library_background_scenario(library, "PIK3CA:H1048R", nowhere, diag, s),
        BK_NOT_FOUND);
    assert_non_null(strstr(bk_diag_message(diag, 0)->text, "PIK3CA:H1047R"));
    bk_diag_free(diag);
    bk_scenario_free(s);
    bk_library_free(library);
}

/* --- binding ------------------------------------------------------------------------------ */

static void a_drug_leaves_what_its_dose_and_access_say(void **state)
{
    (void)state;
    bk_library *const library = library_read();
    bk_model *const m = logic_model();
    bk_overlay *o = bound("drug alpelisib @ 150 nM", library, m);
    const double left = 0.05 + 0.95 / (1 + 3);
    assert_near(layer_of(o, m, "PI3K", BK_TREATMENT)->scale, left);
    bk_overlay_free(o);
    o = bound("drug alpelisib", library, m);
    assert_near(layer_of(o, m, "PI3K", BK_TREATMENT)->scale, 0.05 + 0.95 / 21);
    bk_overlay_free(o);
    o = bound("drug buparlisib @ 160 nM", library, m);
    assert_near(layer_of(o, m, "PI3K", BK_TREATMENT)->scale, 1.0 / 5);
    bk_overlay_free(o);
    o = bound("drug SYD985; variant MUC4:on", library, m);
    const double full = 0.1 + 0.9 / (1 + 150.0 / 5);
    assert_near(layer_of(o, m, "HER2", BK_TREATMENT)->scale, 1 - 0.25 * (1 - full));
    assert_int_equal(o->n_cuts, 1);
    bk_overlay_free(o);
    o = bound("drug T-DXd @ 1 pM", library, m);
    assert_near(layer_of(o, m, "LOAD", BK_TREATMENT)->fix, 1);
    assert_near(layer_of(o, m, "HER2", BK_TREATMENT)->scale, 0.5);
    bk_overlay_free(o);
    o = bound("access T-DXd = 0; drug T-DXd; variant T798I; drug BYL719", library, m);
    assert_int_equal(o->n_symbols, 0);
    bk_overlay_free(o);
    assert_not_bound("drug MK-2206", library, m, BK_BAD_INPUT, "MK-2206@500nM");
    assert_not_bound("drug MK2207", library, m, BK_NOT_FOUND, "MK-2206");
    assert_not_bound("access lapatinib = 0", library, m, BK_NOT_FOUND, "no drug");
    assert_not_bound("drug alpelisib", NULL, m, BK_NOT_FOUND, "without a table");
    bk_model_free(m);
    bk_library_free(library);
}

static void dose_zero_is_no_drug(void **state)
{
    (void)state;
    bk_library *const library = library_read();
    bk_model *const m = logic_model();
    bk_overlay *const none = bound("fix AKT = 1", library, m);
    bk_overlay *const zero = bound("fix AKT = 1; drug alpelisib @ 0; drug T-DXd @ 0 nM; "
                                   "drug SYD985 @ 0",
                                   library, m);
    assert_string_equal(zero->text, none->text);
    bk_overlay_free(none);
    bk_overlay_free(zero);
    bk_model_free(m);
    bk_library_free(library);
}

static void a_combination_is_symmetric_to_the_last_bit(void **state)
{
    (void)state;
    bk_library *const library = library_read();
    bk_model *const m = logic_model();
    static const char *const parts[] = {"drug alpelisib @ 13 nM", "drug buparlisib @ 7 nM",
                                        "drug alpelisib @ 0.3 nM",
                                        "treatment; scale PI3K by 0.7; background",
                                        "variant both", "access alpelisib = 0.3",
                                        "access PI3K inhibitor = 0.7"};
    enum { PARTS = sizeof parts / sizeof *parts };
    char *first = NULL;
    for (size_t turn = 0; turn < PARTS; turn++) {
        char text[1000] = "";
        for (size_t i = 0; i < PARTS; i++) {
            strcat(text, parts[(i * 3 + turn) % PARTS]);
            strcat(text, "\n");
        }
        bk_overlay *const o = bound(text, library, m);
        char *printed = NULL;
        assert_int_equal(bk_overlay_print(o, m, &printed), BK_OK);
        if (first == NULL) {
            first = printed;
        } else {
            assert_string_equal(printed, first);
            bk_string_free(printed);
        }
        bk_overlay_free(o);
    }
    bk_string_free(first);
    bk_model_free(m);
    bk_library_free(library);
}

static void variants_open_into_their_edits(void **state)
{
    (void)state;
    bk_library *const library = library_read();
    bk_model *const m = logic_model();
    bk_overlay *const o = bound("variant both; variant seen", library, m);
    assert_near(layer_of(o, m, "PI3K", BK_BACKGROUND)->low, 1);
    assert_near(layer_of(o, m, "AKT", BK_TREATMENT)->scale, 0.5);
    assert_near(bk_overlay_of(o, bk_model_find(m, "HER2"))->start, 1);
    bk_overlay_free(o);
    assert_not_bound("variant circle", library, m, BK_BAD_INPUT, "made of itself");
    assert_not_bound("variant PIK3CA:H1047", library, m, BK_NOT_FOUND, "PIK3CA:H1047R");
    bk_model_free(m);
    bk_library_free(library);
}

static void within_a_layer_edits_combine(void **state)
{
    (void)state;
    bk_model *const m = logic_model();
    bk_overlay *o = bound("bound PI3K in [1, 3]; bound PKB in [-inf, 2]; "
                          "bound PI3K in [0, 2]; scale PI3K by 0.5; scale PI3K by 0.5; "
                          "treatment; scale PI3K by 0.1",
                          NULL, m);
    const bk_layer_edit *const b = layer_of(o, m, "PI3K", BK_BACKGROUND);
    assert_near(b->low, 1);
    assert_near(b->high, 2);
    assert_near(b->scale, 0.25);
    assert_true(isnan(b->fix));
    assert_near(layer_of(o, m, "PI3K", BK_TREATMENT)->scale, 0.1);
    assert_near(layer_of(o, m, "AKT", BK_BACKGROUND)->high, 2);
    bk_overlay_free(o);
    o = bound("fix PI3K = 2; bound PI3K in [0, 1]; scale PI3K by 0; fix PI3K = 2; "
              "start AKT = 1; treatment; start AKT = 2",
              NULL, m);
    const bk_layer_edit *const fixed = layer_of(o, m, "PI3K", BK_BACKGROUND);
    assert_near(fixed->fix, 2);
    assert_true(isinf(fixed->low) && isinf(fixed->high));
    assert_near(fixed->scale, 1);
    assert_near(bk_overlay_of(o, bk_model_find(m, "AKT"))->start, 2);
    bk_overlay_free(o);
    assert_null(bk_overlay_of(NULL, 0));
    bk_model_free(m);
}

static void contradictions_name_both_places(void **state)
{
    (void)state;
    bk_model *const m = logic_model();
    assert_not_bound("fix AKT = 0\n fix PKB = 1", NULL, m, BK_BAD_INPUT, "s:1:1");
    assert_not_bound("bound AKT in [2, 3]; bound AKT in [0, 1]", NULL, m, BK_BAD_INPUT,
                     "is bound to");
    assert_not_bound("cut PI3K -> AKT at 0; cut PI3K -> AKT at 1", NULL, m, BK_BAD_INPUT,
                     "PI3K -> AKT");
    assert_not_bound("start AKT = 0; start AKT = 1", NULL, m, BK_BAD_INPUT,
                     "starts from 1 here and 0");
    bk_overlay *const o = bound("cut PI3K -> AKT; cut PI3K -> AKT at 0", NULL, m);
    assert_int_equal(o->n_cuts, 1);
    bk_overlay_free(o);
    bk_model_free(m);
}

static void edits_that_cannot_act_are_refused(void **state)
{
    (void)state;
    bk_model *const m = logic_model();
    assert_not_bound("fix HER9 = 0", NULL, m, BK_NOT_FOUND, "HER2");
    assert_not_bound("fix AKT = 4", NULL, m, BK_BAD_INPUT, "levels 0 to 3");
    assert_not_bound("bound P95 in [2, inf]", NULL, m, BK_BAD_INPUT, "levels 0 to 1");
    assert_not_bound("cut AKT -> LOAD", NULL, m, BK_BAD_INPUT, "\"LOAD\" has none");
    bk_overlay *o = NULL;
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(bind_text("cut AKT -> PI3K", NULL, m, diag, &o), BK_OK);
    assert_int_equal(o->n_cuts, 0);
    assert_int_equal(bk_diag_message(diag, 0)->severity, BK_WARNING);
    bk_overlay_free(o);
    bk_diag_clear(diag);
    assert_int_equal(bind_text("fix X = 0; fix Y = 1\ncut Z -> AKT", NULL, m, diag, &o),
                     BK_NOT_FOUND);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 3);
    bk_diag_free(diag);
    bk_model_free(m);
    bk_model *const k = kinetic_model();
    assert_not_bound("scale A by 2", NULL, k, BK_BAD_INPUT, "use start");
    assert_not_bound("start r = 2", NULL, k, BK_BAD_INPUT, "is a reaction");
    assert_not_bound("start p = 2", NULL, k, BK_BAD_INPUT, "assignment rule");
    assert_not_bound("start [k] = 2", NULL, k, BK_BAD_INPUT, "no concentration");
    assert_not_bound("treatment; scale c by 2", NULL, k, BK_BAD_INPUT, "only be edited");
    assert_not_bound("cut A -> k", NULL, k, BK_BAD_INPUT, "must be a reaction");
    bk_model_free(k);
}

static void a_group_means_all_its_members(void **state)
{
    (void)state;
    bk_model *const m = logic_model();
    bk_overlay *o = bound("fix receptor = 0; cut receptor -> PI3K at 1", NULL, m);
    assert_int_equal(o->n_symbols, 2);
    assert_int_equal(o->n_cuts, 1);
    assert_int_equal(o->cuts[0].source, bk_model_find(m, "HER2"));
    bk_overlay_free(o);
    o = bound("fix group:receptor = 0", NULL, m);
    assert_int_equal(o->n_symbols, 2);
    bk_overlay_free(o);
    bk_model_free(m);
}

static void a_drive_takes_the_background_and_the_cuts(void **state)
{
    (void)state;
    bk_model *const m = kinetic_model();
    bk_overlay *o = bound("bound x in [1, 2]; treatment; scale x by 0.5", NULL, m);
    assert_near(layer_of(o, m, "x_drive", BK_BACKGROUND)->low, 1);
    assert_true(isinf(layer_of(o, m, "x", BK_BACKGROUND)->low));
    assert_near(layer_of(o, m, "x", BK_TREATMENT)->scale, 0.5);
    bk_overlay_free(o);
    o = bound("cut A -> x at 2; cut B -> x; cut A -> r", NULL, m);
    assert_string_equal(o->text, "background\ncut A -> x_drive at 2\ncut A -> x_f1 at 2\n"
                                 "cut B -> x_f1 at 0\ncut A -> r at 0\n");
    bk_overlay_free(o);
    o = bound("fix x = 1", NULL, m);
    assert_int_equal(o->n_symbols, 2);
    bk_overlay_free(o);
    bk_model_free(m);
}

static void own_laws_are_those_that_compute_or_change_a_symbol(void **state)
{
    (void)state;
    bk_model *const m = kinetic_model();
    const int32_t a = bk_model_find(m, "A");
    const int32_t x = bk_model_find(m, "x");
    const int32_t r = bk_model_find(m, "r");
    assert_true(bk_model_own_law(m, a, r));
    assert_true(bk_model_own_law(m, bk_model_find(m, "B"), r));
    assert_false(bk_model_own_law(m, bk_model_find(m, "k"), r));
    assert_false(bk_model_own_law(m, a, bk_model_find(m, "p")));
    assert_true(bk_model_own_law(m, x, x));
    assert_true(bk_model_own_law(m, x, bk_model_find(m, "x_drive")));
    bk_model_free(m);
}

static void the_level_policy_rounds_as_it_is_written(void **state)
{
    (void)state;
    const bk_layer_edit none = {
        .fix = (double)NAN, .low = -HUGE_VAL, .high = HUGE_VAL, .scale = 1};
    bk_overlay_symbol record = {.start = (double)NAN, .layer = {none, none}};
    for (int level = 0; level <= 3; level++) {
        assert_int_equal(bk_overlay_drive_level(&record, level, 3), level);
        assert_int_equal(bk_overlay_seen_level(&record, level, 3, false), level);
    }
    record.layer[BK_TREATMENT].scale = 0.5;
    static const int halved[] = {0, 0, 1, 1};
    for (int level = 0; level <= 3; level++) {
        assert_int_equal(bk_overlay_seen_level(&record, level, 3, false), halved[level]);
        assert_int_equal(bk_overlay_seen_level(&record, level, 3, true), level);
    }
    assert_near(bk_overlay_share(&record), 0.5);
    record.layer[BK_TREATMENT].scale = 5;
    assert_int_equal(bk_overlay_seen_level(&record, 1, 3, false), 3);
    assert_near(bk_overlay_share(&record), 1);
    record.layer[BK_TREATMENT].low = 0.5;
    assert_int_equal(bk_overlay_seen_level(&record, 0, 3, false), 1);
    record.layer[BK_BACKGROUND].low = 1.5;
    record.layer[BK_BACKGROUND].high = 2.4;
    assert_int_equal(bk_overlay_drive_level(&record, 0, 3), 2);
    assert_int_equal(bk_overlay_drive_level(&record, 3, 3), 2);
    record.layer[BK_BACKGROUND].fix = 9;
    assert_int_equal(bk_overlay_drive_level(&record, 0, 3), 3);
    assert_near(bk_overlay_seen(&record, 0.2), 1);
    assert_near(bk_overlay_seen(NULL, 0.2), 0.2);
}

static void the_text_of_an_overlay_binds_to_the_same_overlay(void **state)
{
    (void)state;
    bk_model *const m = logic_model();
    bk_overlay *const o =
        bound("start HER2 = 2; bound PI3K in [1, inf]; cut PI3K -> AKT at 2; fix P95 = 0; "
              "treatment; scale PI3K by 0.4; bound AKT in [-inf, 2]; fix LOAD = 1",
              NULL, m);
    bk_overlay *const again = bound(o->text, NULL, m);
    assert_string_equal(again->text, o->text);
    assert_non_null(strstr(o->text, "# levels of PI3K as others see them: 0->0, 1->0, "
                                    "2->1, 3->1; in stochastic runs seen during a share of "
                                    "time of 0.4\n"));
    bk_overlay_free(o);
    bk_overlay_free(again);
    bk_model_free(m);
}

/* --- specialise --------------------------------------------------------------------------- */

static void assert_rule(const bk_model *m, const char *id, const char *expected)
{
    char *text = NULL;
    assert_int_equal(bk_symbol_rule_text(m, bk_model_find(m, id), &text), BK_OK);
    assert_string_equal(text, expected);
    bk_string_free(text);
}

static bk_model *specialised(const bk_model *model, const char *text)
{
    bk_overlay *const o = bound(text, NULL, model);
    bk_model *special = NULL;
    assert_int_equal(bk_model_specialise(model, o, NULL, &special), BK_OK);
    bk_overlay_free(o);
    for (int32_t s = 0; s < bk_model_symbols(model); s++) {
        assert_string_equal(bk_symbol_id(model, s), bk_symbol_id(special, s));
    }
    return special;
}

static void specialising_writes_the_edits_into_the_logic(void **state)
{
    (void)state;
    bk_model *const m = logic_model();
    bk_model *s = specialised(m, "fix PI3K = 2; cut HER2 -> P95; start LOAD = 1");
    assert_rule(s, "PI3K", "2");
    assert_int_equal(bk_symbol_start_level(s, bk_model_find(s, "PI3K")), 2);
    assert_int_equal(bk_symbol_start_level(s, bk_model_find(s, "LOAD")), 1);
    assert_rule(s, "P95", "false");
    bk_model_free(s);
    s = specialised(m, "treatment; fix HER2 = 1; scale PI3K by 0.25");
    assert_rule(s, "P95", "true");
    assert_rule(s, "AKT", "piecewise(3, PI3K >= 1, 0)");
    assert_near(s->symbols[bk_model_find(s, "PI3K")].seen_scale, 0.25);
    bk_model_free(s);
    s = specialised(m, "bound PI3K in [1, 2]; treatment; bound PI3K in [-inf, 0]");
    assert_rule(s, "PI3K", "piecewise(2, HER2 >= 1, 1)");
    assert_rule(s, "AKT", "piecewise(3, false, 0)");
    bk_model_free(s);
    bk_model_free(m);
}

static void specialising_writes_the_edits_into_the_kinetics(void **state)
{
    (void)state;
    bk_model *const m = kinetic_model();
    bk_model *s = specialised(m, "scale r by 2; cut A -> p at 3; treatment; scale A by 0.5; "
                                 "bound k in [1, inf]");
    assert_rule(s, "r", "2*(max(k, 1)*A)");
    assert_rule(s, "p", "3 + B");
    assert_rule(s, "x_f1", "0.5*A + B");
    bk_model_free(s);
    s = specialised(m, "fix A = 2; fix x = 1; scale k by 4; start B = 3; bound p in [0, 1]");
    const bk_symbol *const a = &s->symbols[bk_model_find(s, "A")];
    assert_true(a->boundary);
    assert_int_equal(a->initial, BK_INITIAL_CONCENTRATION);
    assert_near(a->value, 2);
    assert_rule(s, "x", "");
    assert_rule(s, "x_drive", "");
    assert_near(s->symbols[bk_model_find(s, "k")].value, 2);
    assert_near(s->symbols[bk_model_find(s, "B")].value, 3);
    assert_rule(s, "p", "min(max(A + B, 0), 1)");
    bk_model_free(s);
    bk_model_free(m);
}

/* --- memory ------------------------------------------------------------------------------- */

static bk_status use_everything(void)
{
    bk_scenario *const s = bk_scenario_new("s");
    bk_diag *const diag = bk_diag_new();
    bk_library *library = NULL;
    bk_overlay *overlay = NULL;
    bk_model *special = NULL;
    bk_model *const m = logic_model();
    char *text = NULL;
    bk_status status =
        s != NULL && diag != NULL && m != NULL ? BK_OK : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_library_read(folder, diag, &library);
    }
    if (status == BK_OK) {
        status = bk_scenario_parse(s, BK_BACKGROUND,
                                   "fix P95 = 0; cut PI3K -> AKT at 1; fix receptor = 0; "
                                   "drug \"T-DXd\" @ 5 nM",
                                   start_of_text, diag);
    }
    if (status == BK_OK) {
        status = bk_library_treatment_scenario(
            library, "BYL719 + PI3K inhibitor@5nM", nowhere, diag, s);
    }
    if (status == BK_OK) {
        status = bk_library_background_scenario(library, "both", nowhere, diag, s);
    }
    if (status == BK_OK) {
        status = bk_scenario_print(s, &text);
    }
    if (status == BK_OK) {
        status = bk_scenario_bind(s, library, m, diag, &overlay);
    }
    if (status == BK_OK) {
        status = bk_model_specialise(m, overlay, diag, &special);
    }
    bk_string_free(text);
    bk_model_free(special);
    bk_overlay_free(overlay);
    bk_library_free(library);
    bk_model_free(m);
    bk_diag_free(diag);
    bk_scenario_free(s);
    return status;
}

static void any_failed_allocation_is_survived(void **state)
{
    (void)state;
    bk_alloc_fail_after(-1);
    assert_int_equal(use_everything(), BK_OK);
    const long total = bk_alloc_fail_after(-1);
    assert_true(total > 100);
    for (long n = 0; n < total; n++) {
        bk_alloc_fail_after(n);
        /* A failure that only loses a message does not stop the work. */
        const bk_status status = use_everything();
        assert_true(status == BK_NO_MEMORY || status == BK_OK);
    }
    bk_alloc_fail_after(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(every_edit_prints_and_reads_back),
        test(doses_are_kept_in_nanomolar),
        test(names_may_be_odd_or_quoted),
        test(malformed_edits_say_where_and_what_was_expected),
        test(all_malformed_edits_are_told_in_one_pass),
        test(a_scenario_is_read_from_a_file),
        test(the_library_lists_what_its_tables_name),
        test(wrong_cells_of_a_library_are_located),
        test(a_treatment_is_drugs_joined_by_plus),
        test(a_background_is_a_name_or_a_list_of_variants_and_edits),
        test(a_drug_leaves_what_its_dose_and_access_say),
        test(dose_zero_is_no_drug),
        test(a_combination_is_symmetric_to_the_last_bit),
        test(variants_open_into_their_edits),
        test(within_a_layer_edits_combine),
        test(contradictions_name_both_places),
        test(edits_that_cannot_act_are_refused),
        test(a_group_means_all_its_members),
        test(a_drive_takes_the_background_and_the_cuts),
        test(own_laws_are_those_that_compute_or_change_a_symbol),
        test(the_level_policy_rounds_as_it_is_written),
        test(the_text_of_an_overlay_binds_to_the_same_overlay),
        test(specialising_writes_the_edits_into_the_logic),
        test(specialising_writes_the_edits_into_the_kinetics),
        test(any_failed_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
