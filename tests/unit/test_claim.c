/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include "base/alloc.h"

#include <blockade/blockade.h>

#define test(name) cmocka_unit_test(name)

typedef struct asked {
    bk_model *model;
    bk_system *system;
    bk_claim *claim;
    bk_verdict *verdict;
} asked;

static asked ask_model(bk_model *model, const char *edits, const char *text, bool fair,
                       const bk_claim_settings *settings)
{
    asked a = {.model = model};
    bk_scenario *const scenario = bk_scenario_new("test");
    bk_overlay *overlay = NULL;
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(bk_engine_async.compile(a.model, NULL, &a.system), BK_OK);
    assert_int_equal(
        bk_scenario_parse(scenario, BK_BACKGROUND, edits, (bk_where){0}, diag), BK_OK);
    assert_int_equal(bk_scenario_bind(scenario, NULL, a.model, diag, &overlay), BK_OK);
    if (bk_claim_parse(a.model, text, fair, (bk_where){0}, diag, &a.claim) != BK_OK) {
        fixture_tell(diag);
        fail_msg("cannot read: %s", text);
    }
    assert_int_equal(
        bk_claim_check(a.system, overlay, a.claim, settings, diag, &a.verdict), BK_OK);
    bk_overlay_free(overlay);
    bk_scenario_free(scenario);
    bk_diag_free(diag);
    return a;
}

static void done(asked *a)
{
    bk_verdict_free(a->verdict);
    bk_claim_free(a->claim);
    bk_system_free(a->system);
    bk_model_free(a->model);
}

static asked ask(const char *bnet, const char *text)
{
    const bk_claim_settings settings = {0};
    return ask_model(fixture_bnet(bnet), "", text, false, &settings);
}

static void assert_answer(const char *bnet, const char *text, bk_answer answer)
{
    asked a = ask(bnet, text);
    if (bk_verdict_answer(a.verdict) != answer) {
        fail_msg("%s: %s", text, bk_verdict_text(a.verdict));
    }
    done(&a);
}

static const char switching[] = "A, !B\nB, !A\n";
static const char circling[] = "A, !B\nB, A\n";

static void a_switch_may_go_either_way_and_then_stays(void **state)
{
    (void)state;
    assert_answer(switching, "possibly eventually (A=1 and B=0 and steady)", BK_YES);
    assert_answer(switching, "eventually A=1", BK_NO);
    assert_answer(switching, "eventually steady", BK_YES);
    assert_answer(switching, "from A=1 and B=0: always (A=1 and not B)", BK_YES);
    assert_answer(switching, "always (A and not B implies always A)", BK_YES);
    asked a = ask(switching, "possibly eventually B=1");
    assert_int_equal(bk_verdict_moves(a.verdict), 1);
    const bk_path_move m = bk_verdict_move(a.verdict, 0);
    assert_int_equal(m.symbol, bk_model_find(a.model, "B"));
    assert_int_equal(m.from, 0);
    assert_int_equal(m.to, 1);
    assert_int_equal(bk_verdict_repeats(a.verdict), -1);
    done(&a);
}

static void a_circle_comes_back_for_ever(void **state)
{
    (void)state;
    assert_answer(circling, "always eventually A=1", BK_YES);
    assert_answer(circling, "always possibly eventually A=0", BK_YES);
    assert_answer(circling, "possibly eventually steady", BK_NO);
    assert_answer(circling, "B=0 until A=1", BK_YES);
    assert_answer(circling, "A=0 until B=1", BK_NO);
    assert_answer(circling, "possibly A=0 until B=1", BK_NO);
    asked a = ask(circling, "possibly always (A=0 or B=0 or B=1)");
    assert_int_equal(bk_verdict_answer(a.verdict), BK_YES);
    done(&a);
}

/* A goes to and fro for ever, and B's move waits. */
static void a_way_may_put_a_move_off_unless_it_is_fair(void **state)
{
    (void)state;
    const char *const text = "eventually B=1";
    const bk_claim_settings settings = {0};
    asked a = ask("A, !A\nB, A | !A | B\n", text);
    /* B's rule is constant, yet B starts at 0. */
    assert_int_equal(bk_verdict_answer(a.verdict), BK_NO);
    assert_int_equal(bk_verdict_repeats(a.verdict), 0);
    assert_int_equal(bk_verdict_moves(a.verdict), 2);
    done(&a);
    a = ask_model(fixture_bnet("A, !A\nB, A | !A | B\n"), "", text, true, &settings);
    assert_int_equal(bk_verdict_answer(a.verdict), BK_YES);
    done(&a);
}

static void what_says_little_is_told(void **state)
{
    (void)state;
    const bk_claim_settings settings = {0};
    asked a = ask(switching, "always ((A=1 and B=1) implies false)");
    /* From 00 both rise only one after the other. */
    assert_int_equal(bk_verdict_answer(a.verdict), BK_YES);
    assert_string_equal(bk_verdict_vacuous(a.verdict),
                        "the premise (A=1 and B=1) is never true, so that whatever is "
                        "said to follow holds");
    done(&a);
    a = ask(switching, "always (A=1 implies possibly eventually steady)");
    assert_string_equal(bk_verdict_vacuous(a.verdict), "");
    done(&a);
    a = ask(switching, "A=1 implies B=1");
    assert_true(strstr(bk_verdict_vacuous(a.verdict), "A=1") != NULL);
    done(&a);
    a = ask_model(fixture_bnet(switching), "fix A = 0", "from A=1: eventually B=0",
                  false, &settings);
    assert_int_equal(bk_verdict_answer(a.verdict), BK_YES);
    assert_true(strstr(bk_verdict_vacuous(a.verdict), "no start") != NULL);
    assert_int_equal(bk_verdict_start(a.verdict, 0), -1);
    done(&a);
}

static void an_edit_counts(void **state)
{
    (void)state;
    const bk_claim_settings settings = {0};
    asked a = ask_model(fixture_bnet(switching), "fix B = 0", "eventually always A=1",
                        false, &settings);
    assert_int_equal(bk_verdict_answer(a.verdict), BK_YES);
    done(&a);
    a = ask_model(fixture_bnet(switching), "cut B -> A at 1", "possibly eventually A=1",
                  false, &settings);
    assert_int_equal(bk_verdict_answer(a.verdict), BK_NO);
    done(&a);
}

/* A chain of n that follows its head, each level free: 2^n starts. */
static bk_model *chain(int n)
{
    char text[4000] = "x0, x0\n";
    for (int i = 1; i < n; i++) {
        char line[40];
        snprintf(line, sizeof line, "x%d, x%d\n", i, i - 1);
        strcat(text, line);
    }
    return fixture_bnet(text);
}

static void many_starts_are_settled_by_decision_diagrams(void **state)
{
    (void)state;
    const bk_claim_settings settings = {.all_free = true};
    asked a = ask_model(chain(60), "", "from x0=1: eventually (x59=1 and steady)",
                        false, &settings);
    assert_int_equal(bk_verdict_answer(a.verdict), BK_YES);
    assert_true(strstr(bk_verdict_text(a.verdict), "decision diagrams") != NULL);
    done(&a);
    a = ask_model(chain(60), "", "from x0=1 and x59=1: always x59=1", false, &settings);
    assert_int_equal(bk_verdict_answer(a.verdict), BK_NO);
    /* A 0 anywhere between comes through. */
    assert_in_range(bk_verdict_moves(a.verdict), 1, 58 * 59);
    assert_int_equal(bk_verdict_start(a.verdict, bk_model_find(a.model, "x59")), 1);
    done(&a);
}

static void what_cannot_matter_is_left_out(void **state)
{
    (void)state;
    const bk_claim_settings settings = {0};
    /* Only x0 .. x3 matter: 5 states on the way of a one along them. */
    asked a = ask_model(chain(60), "start x0 = 1", "eventually x3=1", false, &settings);
    assert_int_equal(bk_verdict_answer(a.verdict), BK_YES);
    assert_string_equal(bk_verdict_text(a.verdict),
                        "by 4 states, all that can be reached");
    done(&a);
}

static void where_limits_are_too_low_it_is_not_decided(void **state)
{
    (void)state;
    const bk_claim_settings settings = {
        .all_free = true, .max_states = 10, .max_nodes = 3};
    asked a = ask_model(chain(30), "", "eventually x29=1", false, &settings);
    assert_int_equal(bk_verdict_answer(a.verdict), BK_NOT_DECIDED);
    assert_true(strstr(bk_verdict_text(a.verdict), "30 levels") != NULL);
    done(&a);
    /* The first states may be enough. */
    const bk_claim_settings one = {.max_states = 4, .max_nodes = 3};
    a = ask_model(chain(30), "start x0 = 1", "possibly eventually x1=1", false, &one);
    assert_int_equal(bk_verdict_answer(a.verdict), BK_YES);
    done(&a);
}

static bool always(void *unused)
{
    (void)unused;
    return true;
}

static void it_can_be_stopped(void **state)
{
    (void)state;
    const bk_claim_settings settings = {.all_free = true, .cancelled = always};
    asked a = ask_model(chain(40), "", "eventually x39=1", false, &settings);
    assert_int_equal(bk_verdict_answer(a.verdict), BK_NOT_DECIDED);
    assert_string_equal(bk_verdict_text(a.verdict), "stopped on the way");
    done(&a);
}

/* Levels change by one at a time. */
static void no_level_is_skipped(void **state)
{
    (void)state;
    const bk_claim_settings settings = {0};
    asked a = ask_model(fixture_read("networks/ras-raf-mek-erk/ras-raf-mek-erk.sbml"),
                        "start ERK = 0; start EGF = 1", "possibly ERK<=1 until ERK=3",
                        false, &settings);
    assert_int_equal(bk_verdict_answer(a.verdict), BK_NO);
    done(&a);
    a = ask_model(fixture_read("networks/ras-raf-mek-erk/ras-raf-mek-erk.sbml"),
                  "start ERK = 0; start EGF = 1", "possibly ERK<=2 until ERK=3", false,
                  &settings);
    assert_int_equal(bk_verdict_answer(a.verdict), BK_YES);
    done(&a);
}

/* rates.cfg draws B and C together: 0 1 or 1 0. */
static void each_start_that_a_model_draws_from_counts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bk_answer answer;
    } claims[] = {{"(B=1 or C=1) and not (B=1 and C=1)", BK_YES},
                  {"B=1", BK_NO},
                  {"C=1", BK_NO},
                  {"A=0 and always J=1", BK_YES},
                  {"from B=1: C=0", BK_NO}}; /* then only C's own states are drawn */
    const bk_claim_settings settings = {0};
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        asked a = ask_model(fixture_read("tests/maboss/good/rates.bnd"), "",
                            claims[i].text, false, &settings);
        assert_int_equal(bk_verdict_answer(a.verdict), claims[i].answer);
        done(&a);
    }
}

static void a_claim_is_told_as_it_was_understood(void **state)
{
    (void)state;
    static const struct {
        const char *text, *read;
    } claims[] = {
        {"always A implies eventually B", "inevitably always ((A=1 implies inevitably "
                                          "eventually (B=1)))"},
        {"not A=1 and B or A!=1", "((not A=1 and B=1) or not A=1)"},
        {"possibly A or B until steady", "possibly ((A=1 or B=1) until steady)"},
        {"from A, B until \"A\" = 0", "from A=1: inevitably (B=1 until A=0)"},
        {"A>0 and B<1", "(A=1 and B=0)"}};
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        bk_model *const model = fixture_bnet(switching);
        bk_claim *claim = NULL;
        assert_int_equal(
            bk_claim_parse(model, claims[i].text, false, (bk_where){0}, NULL, &claim),
            BK_OK);
        assert_string_equal(bk_claim_text(claim), claims[i].read);
        bk_claim_free(claim);
        bk_model_free(model);
    }
}

static void what_is_wrong_with_a_claim_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } claims[] = {{"", "found its end"},
                  {"A=2", "a level from 0 to 1 of A"},
                  {"A=", "a level from 0 to 1 of A"},
                  {"A=1 B=1", "character 5"},
                  {"possibly A=1", "`until`"},
                  {"(A=1", "`)`"},
                  {"C=1", "no \"C\""},
                  {"from eventually A: B", "no temporal word"},
                  {"A <> 1", "a level from 0"},
                  {"A=1 \"\" B=1", "the end at character 6"},
                  {"\"A", "no end"},
                  {"A and \"B=1", "no end"},
                  {"and A", "found 'and'"}};
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        bk_model *const model = fixture_bnet(switching);
        bk_diag *const diag = bk_diag_new();
        bk_claim *claim = NULL;
        assert_int_not_equal(
            bk_claim_parse(model, claims[i].text, false, (bk_where){0}, diag, &claim),
            BK_OK);
        assert_null(claim);
        assert_int_equal(bk_diag_size(diag), 1);
        const char *const told = bk_diag_message(diag, 0)->text;
        if (strstr(told, claims[i].message) == NULL) {
            fail_msg("%s: %s", claims[i].text, told);
        }
        bk_diag_free(diag);
        bk_model_free(model);
    }
}

/* Recursion is as deep as a claim is: what would exhaust the stack is an error. */
static void claims_of_very_many_parts_are_refused(void **state)
{
    (void)state;
    static const char *const joined[] = {"A or ", "A and ", "A implies ", "not ",
                                         "always "};
    enum { TIMES = 500000 };
    for (size_t i = 0; i < sizeof joined / sizeof *joined; i++) {
        const size_t length = strlen(joined[i]);
        char *const text = malloc(TIMES * length + 2);
        assert_non_null(text);
        for (size_t k = 0; k < TIMES; k++) {
            memcpy(text + k * length, joined[i], length);
        }
        memcpy(text + TIMES * length, "A", 2);
        bk_model *const model = fixture_bnet(switching);
        bk_diag *const diag = bk_diag_new();
        bk_claim *claim = NULL;
        assert_int_equal(
            bk_claim_parse(model, text, false, (bk_where){0}, diag, &claim),
            BK_BAD_INPUT);
        assert_non_null(strstr(bk_diag_message(diag, 0)->text, "fewer parts"));
        bk_diag_free(diag);
        bk_model_free(model);
        free(text);
    }
}

/* The whole of it, small, with diagrams and a way that comes back. */
static bk_status ask_short(bk_model *model)
{
    const bk_claim_settings settings = {.all_free = true, .max_states = 2};
    bk_system *system = NULL;
    bk_claim *claim = NULL;
    bk_verdict *verdict = NULL;
    bk_table *table = NULL;
    bk_status status = bk_engine_async.compile(model, NULL, &system);
    if (status == BK_OK) {
        status = bk_claim_parse(model,
                                "from A=0: always (A=1 implies possibly A=1 until B=1) "
                                "and not possibly always eventually A=1",
                                false, (bk_where){0}, NULL, &claim);
    }
    if (status == BK_OK) {
        status = bk_claim_check(system, NULL, claim, &settings, NULL, &verdict);
    }
    if (status == BK_OK) {
        status = bk_verdict_table(verdict, &table);
    }
    bk_table_free(table);
    bk_verdict_free(verdict);
    bk_claim_free(claim);
    bk_system_free(system);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    bk_model *const model = fixture_bnet("A, !B\nB, A\nC, A & !D\nD, C\n");
    bk_alloc_fail_after(-1);
    assert_int_equal(ask_short(model), BK_OK);
    const long all = bk_alloc_fail_after(-1);
    assert_true(all > 50);
    for (long n = 0; n < all; n++) {
        bk_alloc_fail_after(n);
        const bk_status status = ask_short(model);
        bk_alloc_fail_after(-1);
        if (status != BK_OK) {
            assert_int_equal(status, BK_NO_MEMORY);
        }
    }
    bk_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_switch_may_go_either_way_and_then_stays),
        test(a_circle_comes_back_for_ever),
        test(a_way_may_put_a_move_off_unless_it_is_fair),
        test(what_says_little_is_told),
        test(an_edit_counts),
        test(many_starts_are_settled_by_decision_diagrams),
        test(what_cannot_matter_is_left_out),
        test(where_limits_are_too_low_it_is_not_decided),
        test(it_can_be_stopped),
        test(no_level_is_skipped),
        test(each_start_that_a_model_draws_from_counts),
        test(a_claim_is_told_as_it_was_understood),
        test(what_is_wrong_with_a_claim_is_said),
        test(claims_of_very_many_parts_are_refused),
        test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
