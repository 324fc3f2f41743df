/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_SCENARIO_FIXTURE_H
#define BK_TEST_SCENARIO_FIXTURE_H

/* A library in a temporary folder, two small models, and assertions about scenarios. */

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

/* --- a small library and two small models ----------------------------------------- */

static const char drugs[] =
    "# comment\n"
    "drug\taliases\tclass\tedit\tpotency_nM\tslope\tresidual\tdefault_nM\n"
    "alpelisib\tBYL719;PI3Kalpha inhibitor\tPI3K inhibitor\tscale "
    "PI3K\t50\t1\t0.05\t1000\n"
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
static const char backgrounds[] =
    "background\tvariants\n"
    "ordinary\t\n"
    "HER2-amplified+PIK3CA\tPIK3CA:H1047R; start HER2 = 2\n";

static inline void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static inline void remove_folder(const char *folder)
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

static inline int make_folder(void **state)
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

static inline int drop_folder(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static inline bk_library *library_read(void)
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

static inline int32_t add_level(bk_builder *b, const char *id, int max,
                                const char *group)
{
    bk_symbol symbol = bk_symbol_blank(BK_LEVEL, id);
    symbol.max_level = max;
    symbol.group = group;
    return bk_builder_symbol(b, &symbol);
}

static inline bk_expr at_least(bk_builder *b, int32_t symbol, int level)
{
    bk_exprs *const pool = bk_builder_exprs(b);
    return bk_expr_2(pool, BK_OP_GEQ, bk_expr_symbol(pool, symbol),
                     bk_expr_number(pool, level));
}

static inline void follow(bk_builder *b, int32_t target, int32_t source, int level)
{
    bk_builder_logic(b, &(bk_logic){.target = target, .rate_up = 1, .rate_down = 1});
    bk_builder_term(b, &(bk_term){.level = level, .condition = at_least(b, source, 1)});
}

/* HER2 -> PI3K -> AKT, HER2 -> P95, LOAD an input; HER2 and P95 are one group. */
static inline bk_model *logic_model(void)
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

static inline int32_t add_quantity(bk_builder *b, bk_symbol_kind kind, const char *id,
                                   double value)
{
    bk_symbol symbol = bk_symbol_blank(kind, id);
    symbol.initial = kind == BK_SPECIES ? BK_INITIAL_AMOUNT : BK_INITIAL_VALUE;
    symbol.value = value;
    symbol.compartment = kind == BK_SPECIES ? 0 : -1;
    return bk_builder_symbol(b, &symbol);
}

/* A -> B at rate k A, p = A + B, x with a drive that is computed in two parts. */
static inline bk_model *kinetic_model(void)
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
    bk_participant participant = {.species = a,
                                  .role = BK_REACTANT,
                                  .stoichiometry = 1,
                                  .math = -1,
                                  .symbol = -1};
    bk_builder_participant(b, &participant);
    participant.species = second;
    participant.role = BK_PRODUCT;
    bk_builder_participant(b, &participant);
    const bk_expr sum = bk_expr_2(pool, BK_OP_PLUS, bk_expr_symbol(pool, a),
                                  bk_expr_symbol(pool, second));
    const bk_expr with_part = bk_expr_2(pool, BK_OP_PLUS, bk_expr_symbol(pool, part),
                                        bk_expr_symbol(pool, a));
    const bk_expr gap = bk_expr_2(pool, BK_OP_MINUS, bk_expr_symbol(pool, drive),
                                  bk_expr_symbol(pool, x));
    bk_builder_rule(b, &(bk_rule){BK_ASSIGNMENT_RULE, p, sum, {0}, {0}, -1});
    bk_builder_rule(b, &(bk_rule){BK_ASSIGNMENT_RULE, drive, with_part, {0}, {0}, -1});
    bk_builder_rule(b, &(bk_rule){BK_ASSIGNMENT_RULE, part, sum, {0}, {0}, -1});
    bk_builder_rule(b, &(bk_rule){BK_RATE_RULE, x, gap, {0}, {0}, -1});
    bk_model *m = NULL;
    assert_int_equal(bk_builder_finish(b, &m), BK_OK);
    return m;
}

/* --- helpers ---------------------------------------------------------------------- */

static inline bk_scenario *parsed(const char *text)
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

static inline void assert_prints(const char *text, const char *expected)
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
static inline void assert_refused(const char *text, int line, int column,
                                  const char *words)
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

static inline bk_status bind_text(const char *text, const bk_library *library,
                                  const bk_model *model, bk_diag *diag,
                                  bk_overlay **overlay)
{
    bk_scenario *const s = parsed(text);
    const bk_status status = bk_scenario_bind(s, library, model, diag, overlay);
    bk_scenario_free(s);
    return status;
}

static inline bk_overlay *bound(const char *text, const bk_library *library,
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

static inline void assert_not_bound(const char *text, const bk_library *library,
                                    const bk_model *model, bk_status wanted,
                                    const char *words)
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

static inline const bk_layer_edit *layer_of(const bk_overlay *overlay,
                                            const bk_model *model, const char *id,
                                            bk_layer layer)
{
    const bk_overlay_symbol *const record =
        bk_overlay_of(overlay, bk_model_find(model, id));
    assert_non_null(record);
    return &record->layer[layer];
}

static inline void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-12)) {
        fail_msg("%.17g is not %.17g", value, expected);
    }
}

#endif
