/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <Random123/philox.h>
#include <blockade/status.h>

#include <locale.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/names.h"
#include "base/random.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/thread.h"

#define test(name) cmocka_unit_test(name)

static bool parses(const char *s, double *value)
{
    return bk_double_parse(s, strlen(s), value);
}

static double of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void assert_round_trip(double value)
{
    char buffer[32];
    double back = 0;
    assert_true(parses(bk_double_print(value, buffer), &back));
    if (isnan(value)) {
        assert_true(isnan(back));
    } else if (memcmp(&value, &back, sizeof value) != 0) {
        fail_msg("%a was printed as %s and read as %a", value, buffer, back);
    }
}

static void every_double_reads_back_as_itself(void **state)
{
    (void)state;
    bk_random random;
    bk_random_start(&random, 1, 2, 3);
    for (int i = 0; i < 200000; i++) {
        const uint64_t bits = bk_random_bits(&random);
        assert_round_trip(of_bits(bits));
        if (i % 16 == 0) {
            assert_round_trip(of_bits(bits & ~(UINT64_C(0x7FF) << 52)));
        }
        assert_round_trip((double)(int64_t)(bits >> 20) / 1000.0);
    }
    const double edges[] = {0.0,    -0.0,     5e-324, 0x1p-1022, 0x1.fffffffffffffp1023,
                            1e15,   1e16,     1e22,   1e23,      123456789012345678.0,
                            0.0001, 0.000001, 1e-5,   INFINITY,  -INFINITY};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        assert_round_trip(edges[i]);
    }
    assert_round_trip(NAN);
}

static void numbers_print_in_their_shortest_form(void **state)
{
    (void)state;
    const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "-0"},
                 {1, "1"},
                 {-17, "-17"},
                 {0.1, "0.1"},
                 {0.05, "0.05"},
                 {-0.000123, "-0.000123"},
                 {100, "100"},
                 {1.5, "1.5"},
                 {10.25, "10.25"},
                 {1.0 / 3, "0.3333333333333333"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {999999999999999.0, "999999999999999"},
                 {1e15, "1e+15"},
                 {1e300, "1e+300"},
                 {5e-324, "5e-324"},
                 {6.02214076e23, "6.02214076e+23"},
                 {INFINITY, "INF"},
                 {-INFINITY, "-INF"},
                 {NAN, "NaN"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char buffer[32];
        assert_string_equal(bk_double_print(cases[i].value, buffer), cases[i].text);
    }
}

static void only_xml_schema_numerals_are_numbers(void **state)
{
    (void)state;
    const char *const wrong[] = {"",    " ",   "0x10", "1,5",  "infinity", "inf",
                                 "nan", "1e",  "1e+",  ".",    "+",        "-",
                                 "--1", "1 2", "1d3",  "+NaN", "INFI",     "e5",
                                 ".e5", "1_0", "1f",   "-.",   "1e5.0",    "NaN1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        double value = 42;
        if (parses(wrong[i], &value)) {
            fail_msg("\"%s\" was taken for the number %g", wrong[i], value);
        }
        assert_true(value == 42);
    }
    double value;
    assert_true(parses(" \t\r\n-1.5e+3 ", &value) && value == -1500);
    assert_true(parses(".5", &value) && value == 0.5);
    assert_true(parses("5.", &value) && value == 5);
    assert_true(parses("+INF", &value) && value == INFINITY);
    assert_true(parses("1e400", &value) && value == INFINITY);
    assert_true(parses("1e-400", &value) && value == 0);
    assert_true(parses("1e99999999999999999999", &value) && value == INFINITY);
    assert_true(parses("0e99999999999999999999", &value) && value == 0);
}

static void the_parser_rounds_like_the_c_library(void **state)
{
    (void)state;
    bk_random random;
    bk_random_start(&random, 7, 0, 0);
    for (int i = 0; i < 100000; i++) {
        char text[64];
        int n = 0;
        const int digits = 1 + (int)bk_random_below(&random, 25);
        const int point = (int)bk_random_below(&random, 26);
        for (int k = 0; k < digits; k++) {
            if (k == point) {
                text[n++] = '.';
            }
            text[n++] = (char)('0' + bk_random_below(&random, 10));
        }
        snprintf(text + n, sizeof text - (size_t)n, "e%d",
                 (int)bk_random_below(&random, 660) - 330);
        double value = -1;
        assert_true(parses(text, &value));
        if (value != strtod(text, NULL)) {
            fail_msg("%s was read as %a", text, value);
        }
    }
}

static void numerals_of_thousands_of_digits_are_exact(void **state)
{
    (void)state;
    static char text[5000];
    memset(text, '0', sizeof text);
    text[0] = '1';
    text[1] = '.';
    double value;
    assert_true(bk_double_parse(text, sizeof text, &value) && value == 1);
    /* 1 + 2^-53 is a tie; whatever follows, however far, breaks it upwards. */
    const char tie[] = "1.00000000000000011102230246251565404236316680908203125";
    memcpy(text, tie, sizeof tie - 1);
    assert_true(bk_double_parse(text, sizeof text, &value) && value == 1);
    text[4999] = '1';
    assert_true(bk_double_parse(text, sizeof text, &value) && value == 1 + 0x1p-52);
}

static void scanning_stops_where_the_numeral_ends(void **state)
{
    (void)state;
    const char s[] = "2e*x";
    double value;
    assert_ptr_equal(bk_double_scan(s, s + 4, &value), s + 1);
    assert_true(value == 2);
    assert_null(bk_double_scan(s + 1, s + 4, &value));
    assert_null(bk_double_scan(s, s, &value));
    /* The text need not end with a NUL. */
    const char digits[2] = {'4', '2'};
    assert_true(bk_double_parse(digits, 1, &value) && value == 4);
}

static void integers_keep_their_whole_range_and_nothing_more(void **state)
{
    (void)state;
    int64_t value = 5;
    assert_true(bk_int_parse("-9223372036854775808", 20, &value));
    assert_true(value == INT64_MIN);
    assert_true(bk_int_parse(" 9223372036854775807 ", 21, &value));
    assert_true(value == INT64_MAX);
    assert_false(bk_int_parse("9223372036854775808", 19, &value));
    assert_false(bk_int_parse("-9223372036854775809", 20, &value));
    assert_false(bk_int_parse("99999999999999999999", 20, &value));
    assert_false(bk_int_parse("1.0", 3, &value));
    assert_false(bk_int_parse("", 0, &value));
    assert_false(bk_int_parse("-", 1, &value));
    assert_true(value == INT64_MAX);
}

static void a_german_host_changes_no_number(void **state)
{
    (void)state;
    const char *const hosts[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8",
                                 "nl_NL.UTF-8"};
    bool set = false;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts && !set; i++) {
        set = setlocale(LC_NUMERIC, hosts[i]) != NULL;
    }
    if (!set) {
        skip();
    }
    char native[16];
    snprintf(native, sizeof native, "%.1f", 0.5);
    assert_string_equal(native, "0,5");
    char buffer[32];
    assert_string_equal(bk_double_print(1.0 / 3, buffer), "0.3333333333333333");
    assert_string_equal(bk_double_print(1e-300, buffer), "1e-300");
    double value;
    assert_true(parses("3.333333333333333333333e-1", &value) && value == 1.0 / 3);
    assert_false(parses("0,5", &value));
    bk_text text = {0};
    bk_text_printf(&text, "%.2f", 0.25);
    assert_string_equal(text.data, "0.25");
    bk_text_free(&text);
    snprintf(native, sizeof native, "%.1f", 0.5);
    assert_string_equal(native, "0,5");
    setlocale(LC_NUMERIC, "C");
}

static void appended_texts_stand_one_after_the_other(void **state)
{
    (void)state;
    bk_text text = {0};
    for (int i = 0; i < 1000; i++) {
        bk_text_printf(&text, "%d,", i % 10);
    }
    assert_int_equal(text.length, 2000);
    assert_int_equal(strlen(text.data), 2000);
    bk_text_clear(&text);
    bk_text_printf(&text, "%0500d", 7);
    assert_int_equal(text.length, 500);
    assert_int_equal(text.data[499], '7');
    bk_text_free(&text);
    assert_null(text.data);
}

static void json_and_xml_escapes_are_always_well_formed(void **state)
{
    (void)state;
    bk_text text = {0};
    bk_text_json(&text, "a\"b\\c\n\x01 \xCE\xBA \xFF \xED\xA0\x80");
    assert_string_equal(text.data, "\"a\\\"b\\\\c\\n\\u0001 \xCE\xBA \xEF\xBF\xBD "
                                   "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    bk_text_clear(&text);
    bk_text_xml(&text, "<a b='\"'>&\t\x02\xC3");
    assert_string_equal(text.data, "&lt;a b=&apos;&quot;&apos;&gt;&amp;&#9;"
                                   "\xEF\xBF\xBD\xEF\xBF\xBD");
    bk_text_clear(&text);
    bk_text_xml(&text,
                "\xEF\xBF\xBD\xEF\xBF\xBF"); /* U+FFFD, and U+FFFF as no XML has it */
    assert_string_equal(text.data, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    bk_text_free(&text);
}

static void sids_are_letters_digits_and_underscores(void **state)
{
    (void)state;
    assert_true(bk_is_sid("_") && bk_is_sid("HER2") && bk_is_sid("a_1"));
    assert_false(bk_is_sid("") || bk_is_sid("1a") || bk_is_sid("a-b") ||
                 bk_is_sid("\xC3\xA4") || bk_is_sid("a "));
}

static void a_swap_of_two_letters_is_one_edit(void **state)
{
    (void)state;
    assert_int_equal(bk_text_distance("", ""), 0);
    assert_int_equal(bk_text_distance("", "abc"), 3);
    assert_int_equal(bk_text_distance("kitten", "sitting"), 3);
    assert_int_equal(bk_text_distance("MTOR", "mtor"), 0);
    assert_int_equal(bk_text_distance("mtro", "mtor"), 1);
    assert_int_equal(bk_text_distance("ca", "abc"), 3);
    char a[200];
    char b[200];
    memset(a, 'x', sizeof a);
    memset(b, 'x', sizeof b);
    a[199] = b[150] = '\0';
    assert_int_equal(bk_text_distance(a, b), 49);
    assert_int_equal(bk_text_distance(b, a), 49);
    bk_alloc_fail_after(0);
    assert_int_equal(bk_text_distance(b, a), 199);
    bk_alloc_fail_after(-1);
}

static void a_mistyped_name_finds_the_nearest_ones(void **state)
{
    (void)state;
    const char *const names[] = {"PIK3CA",
                                 "HER3",
                                 "AKT1",
                                 "her2",
                                 "MTOR",
                                 "ERK",
                                 "EGFR",
                                 "PI3K",
                                 "HER2",
                                 "MEK1",
                                 "trastuzumab_bound"};
    const size_t n = sizeof names / sizeof *names;
    bk_text text = {0};
    assert_true(bk_text_nearest(&text, "HRE2", names, n, 2));
    assert_string_equal(text.data, "her2, HER2");
    bk_text_clear(&text);
    assert_true(bk_text_nearest(&text, "mTOR1", names, n, 3));
    assert_string_equal(text.data, "MTOR");
    bk_text_clear(&text);
    assert_true(bk_text_nearest(&text, "trastuzumab", names, n, 3));
    assert_string_equal(text.data, "trastuzumab_bound");
    bk_text_clear(&text);
    assert_false(bk_text_nearest(&text, "xyzzy_plugh", names, n, 3));
    assert_false(bk_text_nearest(&text, "", names, n, 3));
    assert_int_equal(text.length, 0);
    bk_text_free(&text);
}

static void the_dictionary_agrees_with_a_plain_list(void **state)
{
    (void)state;
    enum { KEYS = 700 };
    static int32_t list[KEYS];
    memset(list, -1, sizeof list);
    bk_names *const names = bk_names_new();
    assert_non_null(names);
    bk_random random;
    bk_random_start(&random, 11, 0, 0);
    size_t count = 0;
    for (int i = 0; i < 20000; i++) {
        const uint32_t k = bk_random_below(&random, KEYS);
        const int32_t value = (int32_t)bk_random_below(&random, 1000);
        char key[32];
        snprintf(key, sizeof key, k == 0 ? "" : "node_%u", k);
        switch (bk_random_below(&random, 10)) {
        case 0:
            count += list[k] < 0;
            assert_int_equal(bk_names_add(names, key, value), list[k]);
            list[k] = list[k] < 0 ? value : list[k];
            break;
        case 1:
            count += list[k] < 0;
            assert_true(bk_names_set(names, key, value));
            list[k] = value;
            break;
        default:
            assert_int_equal(bk_names_find(names, key), list[k]);
        }
        assert_int_equal(bk_names_count(names), count);
    }
    bk_names_free(names);
}

static void philox_gives_the_published_answers(void **state)
{
    (void)state;
    bk_random random = {.left = 0};
    assert_true(bk_random_bits(&random) == UINT64_C(0xe169c58d6627e8d5));
    assert_true(bk_random_bits(&random) == UINT64_C(0x9b00dbd8bc57ac4c));
    random.left = 0; /* the next word begins a block of its own key and counter */
    memset(random.key, 0xFF, sizeof random.key);
    memset(random.counter, 0xFF, sizeof random.counter);
    assert_true(bk_random_bits(&random) == UINT64_C(0x41c83b0e408f276d));
    assert_true(bk_random_bits(&random) == UINT64_C(0x6d5451fda20bc7c6));
    const philox4x32_ctr_t counter = {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}};
    const philox4x32_key_t key = {{0xa4093822, 0x299f31d0}};
    const philox4x32_ctr_t out = philox4x32_R(10, counter, key);
    assert_int_equal(out.v[0], 0xd16cfe09);
    assert_int_equal(out.v[1], 0x94fdcceb);
    assert_int_equal(out.v[2], 0x5001e420);
    assert_int_equal(out.v[3], 0x24126ea1);
}

static void a_stream_depends_on_seed_content_and_replicate_only(void **state)
{
    (void)state;
    bk_random first;
    bk_random again;
    bk_random_start(&first, 5, 6, 7);
    bk_random_start(&again, 5, 6, 7);
    for (int i = 0; i < 100; i++) {
        assert_true(bk_random_bits(&first) == bk_random_bits(&again));
    }
    const uint64_t others[][3] = {{6, 6, 7}, {5, 7, 7},          {5, 6, 8},
                                  {5, 7, 6}, {5, 6, 7ULL << 32}, {7, 6, 5}};
    bk_random_start(&first, 5, 6, 7);
    const uint64_t bits = bk_random_bits(&first);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        bk_random_start(&again, others[i][0], others[i][1], others[i][2]);
        assert_false(bk_random_bits(&again) == bits);
    }
}

static void the_block_counter_carries(void **state)
{
    (void)state;
    /* Four blocks at once: those of the counters -2, -1, 0 and 1. */
    bk_random random = {.counter = {UINT32_MAX - 1, 0, 9, 9}};
    (void)bk_random_bits(&random);
    assert_int_equal(random.counter[0], 2);
    assert_int_equal(random.counter[1], 1);
    assert_int_equal(random.counter[2], 9);
    bk_random carried = {.counter = {0, 1, 9, 9}};
    for (int i = 0; i < 3; i++) {
        (void)bk_random_bits(&random);
    }
    assert_true(bk_random_bits(&random) == bk_random_bits(&carried));
}

static void random_numbers_have_their_means_and_limits(void **state)
{
    (void)state;
    enum { DRAWS = 200000, SIDES = 7 };
    bk_random random;
    bk_random_start(&random, 1, 1, 1);
    double uniform = 0;
    double exponential = 0;
    bk_logs logs;
    bk_logs_make(&logs);
    double shorter = 0;
    double above = 0; /* one in e is above the mean */
    int sides[SIDES] = {0};
    for (int i = 0; i < DRAWS; i++) {
        const double u = bk_random_uniform(&random);
        assert_true(u > 0 && u < 1);
        uniform += u / DRAWS;
        const double e = bk_random_exponential(&random);
        assert_true(e > 0 && isfinite(e));
        exponential += e / DRAWS;
        const double f = bk_random_exponential_short(&logs, &random);
        assert_true(f > 0 && f < 22.9);
        const uint32_t word = bk_random_word(&random);
        const double exact = -log(((double)word + 0.5) * 0x1p-32);
        assert_true(fabs(bk_logs_minus_log(&logs, word) - exact) < 1e-12);
        shorter += f / DRAWS;
        above += f > 1 ? 1.0 / DRAWS : 0;
        sides[bk_random_below(&random, SIDES)]++;
        assert_int_equal(bk_random_below(&random, 1), 0);
    }
    assert_true(fabs(uniform - 0.5) < 0.005);
    assert_true(fabs(exponential - 1) < 0.015);
    assert_true(fabs(shorter - 1) < 0.015);
    static const uint32_t words[] = {0, 1, 2, UINT32_MAX, UINT32_MAX - 1, 1u << 31};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const double exact = -log(((double)words[i] + 0.5) * 0x1p-32);
        assert_true(fabs(bk_logs_minus_log(&logs, words[i]) - exact) < 1e-12);
        assert_true(bk_logs_minus_log(&logs, words[i]) > 0);
    }
    assert_true(fabs(above - exp(-1)) < 0.006);
    for (int i = 0; i < SIDES; i++) {
        assert_true(abs(sides[i] - DRAWS / SIDES) < 1000);
    }
}

static void content_hashes_are_fnv_1a_and_chain(void **state)
{
    (void)state;
    assert_true(bk_hash_bytes(0, "", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(bk_hash_bytes(0, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(bk_hash_bytes(0, "foobar", 6) == UINT64_C(0x85944171f73967e8));
    assert_true(bk_hash_bytes(bk_hash_bytes(0, "foo", 3), "bar", 3) ==
                UINT64_C(0x85944171f73967e8));
}

static void sha256_gives_the_published_digests(void **state)
{
    (void)state;
    char hex[65];
    bk_sha256("", 0, hex);
    assert_string_equal(
        hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    bk_sha256("abc", 3, hex);
    assert_string_equal(
        hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    bk_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, hex);
    assert_string_equal(
        hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char *const million = malloc(1000000);
    assert_non_null(million);
    memset(million, 'a', 1000000);
    bk_sha256(million, 1000000, hex);
    free(million);
    assert_string_equal(
        hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void an_arena_keeps_everything_apart_and_aligned(void **state)
{
    (void)state;
    enum { PIECES = 2000 };
    static unsigned char *pieces[PIECES];
    bk_arena *const arena = bk_arena_new();
    assert_non_null(arena);
    size_t total = 0;
    for (size_t i = 0; i < PIECES; i++) {
        const size_t size = i % 97 == 0 ? 5000 : i % 50;
        pieces[i] = bk_arena_alloc(arena, size);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        memset(pieces[i], (int)(i % 251), size);
        total += size;
    }
    for (size_t i = 0; i < PIECES; i++) {
        const size_t size = i % 97 == 0 ? 5000 : i % 50;
        for (size_t k = 0; k < size; k++) {
            assert_int_equal(pieces[i][k], i % 251);
        }
    }
    assert_true(bk_arena_used(arena) >= total);
    assert_null(bk_arena_text(arena, NULL));
    assert_string_equal(bk_arena_text_n(arena, "abcdef", 3), "abc");
    assert_string_equal(bk_arena_printf(arena, "%s=%d", "x", 4), "x=4");
    assert_null(bk_arena_alloc(arena, SIZE_MAX));
    assert_null(bk_arena_zero(arena, SIZE_MAX / 2, 4));
    bk_arena_free(arena);
    bk_arena_free(NULL);
}

static void messages_come_back_in_order_with_their_places(void **state)
{
    (void)state;
    bk_diag *const diag = bk_diag_new();
    assert_non_null(diag);
    char file[] = "a.xml";
    bk_diag_add(diag, BK_WARNING, (bk_where){file, 3, 4}, "w", "%d of %s", 2, "x");
    file[0] = 'b';
    bk_diag_add(diag, BK_ERROR, (bk_where){file, 5, 0}, NULL, "%.2f", 0.5);
    bk_diag_add(diag, BK_NOTE, (bk_where){0}, "n", "plain");
    assert_int_equal(bk_diag_size(diag), 3);
    assert_int_equal(bk_diag_count(diag, BK_NOTE), 3);
    assert_int_equal(bk_diag_count(diag, BK_WARNING), 2);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 1);
    const bk_message *const first = bk_diag_message(diag, 0);
    assert_string_equal(first->where.file, "a.xml");
    assert_int_equal(first->where.line, 3);
    assert_string_equal(first->text, "2 of x");
    const bk_message *const second = bk_diag_message(diag, 1);
    assert_string_equal(second->where.file, "b.xml");
    assert_string_equal(second->code, "");
    assert_string_equal(second->text, "0.50");
    assert_null(bk_diag_message(diag, 2)->where.file);
    assert_null(bk_diag_message(diag, 3));
    bk_diag_clear(diag);
    assert_int_equal(bk_diag_count(diag, BK_NOTE), 0);
    for (int i = 0; i < 1500; i++) {
        bk_diag_add(diag, BK_ERROR, (bk_where){"c", i, 1}, "e", "number %d", i);
    }
    assert_int_equal(bk_diag_size(diag), 1000);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 1500);
    assert_string_equal(bk_diag_message(diag, 999)->text, "number 999");
    bk_diag_free(diag);
    bk_diag_add(NULL, BK_ERROR, (bk_where){0}, "", "dropped");
    assert_int_equal(bk_diag_count(NULL, BK_NOTE), 0);
    bk_diag_free(NULL);
}

static void every_status_has_a_sentence(void **state)
{
    (void)state;
    for (int i = BK_OK; i <= BK_MISUSE; i++) {
        assert_true(strlen(bk_status_text((bk_status)i)) > 3);
    }
    assert_non_null(bk_status_text((bk_status)99));
}

static void files_are_whole_or_absent(void **state)
{
    (void)state;
    char folder[] = "/tmp/blockade-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64];
    char link_path[64];
    snprintf(path, sizeof path, "%s/data.tsv", folder);
    snprintf(link_path, sizeof link_path, "%s/link.tsv", folder);
    assert_int_equal(bk_file_write(path, "a\0b", 3, NULL), BK_OK);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(symlink("data.tsv", link_path), 0);
    assert_int_equal(bk_file_write(link_path, "newer", 5, NULL), BK_OK);
    struct stat info;
    assert_int_equal(lstat(link_path, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    char *data = NULL;
    size_t length = 0;
    assert_int_equal(bk_file_read(path, NULL, &data, &length), BK_OK);
    assert_int_equal(length, 5);
    assert_string_equal(data, "newer");
    bk_free(data);
    unlink(link_path);
    unlink(path);
    bk_diag *const diag = bk_diag_new();
    assert_int_equal(bk_file_read(path, diag, &data, &length), BK_IO);
    assert_string_equal(bk_diag_message(diag, 0)->text,
                        "cannot open: No such file or directory");
    assert_string_equal(bk_diag_message(diag, 0)->where.file, path);
    assert_int_equal(bk_file_read(folder, diag, &data, &length), BK_IO);
    assert_int_equal(bk_file_write(folder, "x", 1, diag), BK_IO);
    snprintf(path, sizeof path, "%s/none/data.tsv", folder);
    assert_int_equal(bk_file_write(path, "x", 1, diag), BK_IO);
    assert_int_equal(bk_file_write("/dev/null", "x", 1, diag), BK_OK);
    assert_int_equal(bk_diag_count(diag, BK_ERROR), 4);
    bk_diag_free(diag);
    /* Nothing temporary is left behind. */
    assert_int_equal(rmdir(folder), 0);
}

typedef struct tally {
    atomic_int done[1000];
    atomic_int wrong;
    int threads;
} tally;

static void count_job(void *context, size_t job, int thread)
{
    tally *const t = context;
    atomic_fetch_add(&t->done[job], 1);
    if (thread < 0 || thread >= t->threads) {
        atomic_fetch_add(&t->wrong, 1);
    }
}

static void every_job_runs_exactly_once(void **state)
{
    (void)state;
    assert_true(bk_processors() >= 1);
    static tally t;
    const int threads[] = {1, 2, 8, 0};
    for (size_t i = 0; i < 4; i++) {
        memset(&t, 0, sizeof t);
        t.threads = threads[i] > 0 ? threads[i] : bk_processors();
        bk_alloc_fail_after(i == 2 ? 0 : -1);
        bk_parallel(threads[i], 1000, count_job, &t);
        bk_alloc_fail_after(-1);
        for (size_t job = 0; job < 1000; job++) {
            assert_int_equal(t.done[job], 1);
        }
        assert_int_equal(t.wrong, 0);
    }
    bk_parallel(4, 0, count_job, &t);
}

static void the_chosen_allocation_fails_once(void **state)
{
    (void)state;
    bk_alloc_fail_after(2);
    void *const a = bk_alloc(0);
    void *b = bk_alloc_zero(3, 4);
    assert_non_null(a);
    assert_non_null(b);
    assert_null(bk_realloc(b, 100));
    b = bk_realloc(b, 100);
    assert_non_null(b);
    assert_int_equal(bk_alloc_fail_after(-1), 3);
    assert_null(bk_alloc_zero(SIZE_MAX / 2, 4));
    assert_null(bk_alloc(SIZE_MAX));
    bk_free(a);
    bk_free(b);
    bk_free(NULL);
    double *array = NULL;
    size_t capacity = 0;
    assert_true(bk_grow(&array, &capacity, 3, sizeof *array));
    assert_true(capacity >= 3);
    const size_t before = capacity;
    assert_false(bk_grow(&array, &capacity, SIZE_MAX / 4, sizeof *array));
    assert_int_equal(capacity, before);
    bk_free(array);
}

/* Uses everything of this room that allocates; false when memory was short. */
static bool use_the_room(void)
{
    bool fine = true;
    bk_names *const names = bk_names_new();
    bk_arena *const arena = bk_arena_new();
    bk_diag *const diag = bk_diag_new();
    bk_text text = {0};
    for (int i = 0; i < 100 && names != NULL && arena != NULL; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        const size_t count = bk_names_count(names);
        const int32_t added = bk_names_add(names, key, i);
        fine = fine && added == -1;
        assert_int_equal(bk_names_count(names), count + (added == -1));
        assert_int_equal(bk_names_find(names, key), added == -1 ? i : -1);
        fine = bk_arena_printf(arena, "%0200d", i) != NULL && fine;
        fine = bk_arena_zero(arena, 3, 700) != NULL && fine;
        bk_text_printf(&text, "%0300d", i);
        bk_text_json(&text, key);
        bk_diag_add(diag, BK_ERROR, (bk_where){key, i, 1}, "c", "%0100d", i);
    }
    fine = fine && names != NULL && arena != NULL && diag != NULL && !text.failed;
    if (diag != NULL) {
        fine = fine && bk_diag_size(diag) == bk_diag_count(diag, BK_ERROR);
    }
    char *data = NULL;
    size_t length;
    const int status = bk_file_read("/proc/self/maps", NULL, &data, &length);
    assert_true(status == BK_OK || status == BK_NO_MEMORY);
    assert_int_equal(data != NULL, status == BK_OK);
    bk_free(data);
    const int wrote = bk_file_write("/tmp/blockade-test-oom", "x", 1, NULL);
    assert_true(wrote == BK_OK || wrote == BK_NO_MEMORY);
    unlink("/tmp/blockade-test-oom");
    bk_names_free(names);
    bk_arena_free(arena);
    bk_diag_free(diag);
    bk_text_free(&text);
    return fine && status == BK_OK && wrote == BK_OK;
}

static void any_failed_allocation_is_survived(void **state)
{
    (void)state;
    bk_alloc_fail_after(-1);
    assert_true(use_the_room());
    const long total = bk_alloc_fail_after(-1);
    for (long n = 0; n < total; n++) {
        bk_alloc_fail_after(n);
        assert_false(use_the_room());
    }
    bk_alloc_fail_after(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(every_double_reads_back_as_itself),
        test(numbers_print_in_their_shortest_form),
        test(only_xml_schema_numerals_are_numbers),
        test(the_parser_rounds_like_the_c_library),
        test(numerals_of_thousands_of_digits_are_exact),
        test(scanning_stops_where_the_numeral_ends),
        test(integers_keep_their_whole_range_and_nothing_more),
        test(a_german_host_changes_no_number),
        test(appended_texts_stand_one_after_the_other),
        test(json_and_xml_escapes_are_always_well_formed),
        test(sids_are_letters_digits_and_underscores),
        test(a_swap_of_two_letters_is_one_edit),
        test(a_mistyped_name_finds_the_nearest_ones),
        test(the_dictionary_agrees_with_a_plain_list),
        test(philox_gives_the_published_answers),
        test(a_stream_depends_on_seed_content_and_replicate_only),
        test(the_block_counter_carries),
        test(random_numbers_have_their_means_and_limits),
        test(content_hashes_are_fnv_1a_and_chain),
        test(sha256_gives_the_published_digests),
        test(an_arena_keeps_everything_apart_and_aligned),
        test(messages_come_back_in_order_with_their_places),
        test(every_status_has_a_sentence),
        test(files_are_whole_or_absent),
        test(every_job_runs_exactly_once),
        test(the_chosen_allocation_fails_once),
        test(any_failed_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
