/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Large random networks: fixed points, minimal trap spaces, attractors.
 *
 *     bench_logic NODES SEEDS [attractors] [sync]
 *
 * critical: two regulators each, every function of them as likely (Kauffman 1969,
 * doi:10.1016/0022-5193(69)90015-0, K = 2).
 *
 * nested: one to three regulators, nested canalysing functions: each regulator in turn
 * decides alone at one of its levels; half of them inhibit.
 *
 * hubs: nested canalysing functions too, in networks as those for which times of other
 * tools were published (Trinh, Park, Pastva, Rozum 2025,
 * doi:10.1093/bioinformatics/btaf280): a tenth of the nodes regulate nothing, the others
 * k nodes with probability in proportion to k^-2.27; 24 % of the regulators inhibit, and
 * nodes without regulators are constant.
 *
 * Times are of the processor, not of the clock, because machines are shared; a question
 * ends after a minute. */

#include <blockade/blockade.h>

#include "base/alloc.h"
#include "base/random.h"
#include "base/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void add_critical(bk_text *text, bk_random *random, uint32_t n)
{
    const uint32_t a = bk_random_below(random, n);
    uint32_t b;
    do {
        b = bk_random_below(random, n);
    } while (b == a);
    const uint32_t truth = bk_random_below(random, 16);
    bool any = false;
    for (uint32_t row = 0; row < 4; row++) {
        if ((truth >> row & 1) != 0) {
            bk_text_printf(text, "%s%sx%u & %sx%u", any ? " | " : "",
                           (row & 1) != 0 ? "" : "!", a, (row & 2) != 0 ? "" : "!", b);
            any = true;
        }
    }
    bk_text_add(text, any ? "\n" : "0\n");
}

static void add_nested(bk_text *text, bk_random *random, uint32_t n)
{
    const uint32_t k = 1 + bk_random_below(random, 3);
    for (uint32_t i = 0; i < k; i++) {
        bk_text_printf(text, "%sx%u", bk_random_below(random, 2) == 0 ? "!" : "",
                       bk_random_below(random, n));
        if (i + 1 < k) {
            bk_text_add(text, bk_random_below(random, 2) == 0 ? " & (" : " | (");
        }
    }
    for (uint32_t i = 1; i < k; i++) {
        bk_text_add_char(text, ')');
    }
    bk_text_add_char(text, '\n');
}

static void add_rules(void (*add_rule)(bk_text *, bk_random *, uint32_t), bk_text *text,
                      bk_random *random, uint32_t n)
{
    for (uint32_t x = 0; x < n; x++) {
        bk_text_printf(text, "x%u, ", x);
        add_rule(text, random, n);
    }
}

typedef struct regulators {
    uint32_t *all;
    size_t count, capacity;
} regulators;

/* How many nodes each regulates. */
static void draw_degrees(bk_random *random, uint32_t n, uint32_t *degree)
{
    double *const below = malloc((n + 1) * sizeof *below);
    if (below == NULL) {
        exit(1);
    }
    below[0] = 0.0;
    for (uint32_t k = 1; k <= n; k++) {
        below[k] = below[k - 1] + pow((double)k, -2.27);
    }
    for (uint32_t x = 0; x < n; x++) {
        degree[x] = 0;
        if (bk_random_uniform(random) >= 0.1) {
            const double drawn = bk_random_uniform(random) * below[n];
            for (degree[x] = 1; below[degree[x]] < drawn; degree[x]++) {
            }
        }
    }
    free(below);
}

static bool has(const regulators *r, uint32_t y)
{
    size_t i = 0;
    while (i < r->count && r->all[i] != y) {
        i++;
    }
    return i < r->count;
}

/* The order in which regulators were drawn is as random as any. */
static void add_nested_of(bk_text *text, bk_random *random, const regulators *r)
{
    if (r->count == 0) {
        bk_text_printf(text, "%u", bk_random_below(random, 2));
    }
    for (size_t i = 0; i < r->count; i++) {
        bk_text_printf(text, "%sx%u", bk_random_uniform(random) < 0.24 ? "!" : "",
                       r->all[i]);
        if (i + 1 < r->count) {
            bk_text_add(text, bk_random_below(random, 2) == 0 ? " & (" : " | (");
        }
    }
    for (size_t i = 1; i < r->count; i++) {
        bk_text_add_char(text, ')');
    }
    bk_text_add_char(text, '\n');
}

static void add_hubs(bk_text *text, bk_random *random, uint32_t n)
{
    uint32_t *const degree = calloc(n, sizeof *degree);
    regulators *const of = calloc(n, sizeof *of);
    uint32_t left = 0;
    if (degree == NULL || of == NULL) {
        exit(1);
    }
    draw_degrees(random, n, degree);
    for (uint32_t x = 0; x < n; x++) {
        left += degree[x];
    }
    for (; left > 0; left--) {
        uint32_t from = bk_random_below(random, n);
        uint32_t to = bk_random_below(random, n);
        while (degree[from] == 0) {
            from = bk_random_below(random, n);
        }
        while (has(&of[to], from)) {
            to = bk_random_below(random, n);
        }
        degree[from]--;
        if (!bk_grow(&of[to].all, &of[to].capacity, of[to].count + 1,
                     sizeof *of[to].all)) {
            exit(1);
        }
        of[to].all[of[to].count++] = from;
    }
    for (uint32_t x = 0; x < n; x++) {
        bk_text_printf(text, "x%u, ", x);
        add_nested_of(text, random, &of[x]);
        bk_free(of[x].all);
    }
    free(degree);
    free(of);
}

typedef enum kind { CRITICAL, NESTED, HUBS, KINDS } kind;
static const char *const kind_names[] = {"critical", "nested", "hubs"};

static bk_model *network(kind which, uint32_t n, uint64_t seed)
{
    bk_random random;
    bk_text text = {0};
    bk_model *model = NULL;
    bk_random_start(&random, seed, (uint32_t)which, n);
    if (which == HUBS) {
        add_hubs(&text, &random, n);
    } else {
        add_rules(which == NESTED ? add_nested : add_critical, &text, &random, n);
    }
    if (text.failed ||
        bk_bnet_parse(text.data, text.length, "random", NULL, &model) != BK_OK) {
        fprintf(stderr, "the network was not read\n");
        exit(1);
    }
    bk_text_free(&text);
    return model;
}

typedef struct question {
    const char *name;
    bk_attractor_kind kind;
    bk_update update;
} question;

static bool too_long(void *context)
{
    return now() > *(const double *)context;
}

/* Processor seconds; what was found is printed.  Ends at a minute. */
static double ask(const bk_system *system, const question *q)
{
    const double start = now();
    double end = start + 60.0;
    const bk_attractor_settings settings = {.kind = q->kind,
                                            .update = q->update,
                                            .count_only = true,
                                            .cancelled = too_long,
                                            .cancel_context = &end};
    bk_attractors *found = NULL;
    if (bk_attractors_find(system, NULL, &settings, NULL, &found) != BK_OK) {
        fprintf(stderr, "no answer\n");
        exit(1);
    }
    const double seconds = now() - start;
    printf("  %s %zu%s in %.3f s", q->name, bk_attractors_count(found),
           bk_attractors_complete(found) ? "" : " (not complete)", seconds);
    fflush(stdout);
    bk_attractors_free(found);
    return seconds;
}

int main(int argc, char **argv)
{
    enum { MOST_SEEDS = 100 };
    static const question questions[] = {
        {"fixed points", BK_FIXED_POINTS, BK_ASYNCHRONOUS},
        {"minimal trap spaces", BK_TRAP_SPACES_MIN, BK_ASYNCHRONOUS},
        {"attractors", BK_ATTRACTORS, BK_ASYNCHRONOUS},
        {"cycles", BK_ATTRACTORS, BK_SYNCHRONOUS}};
    if (argc < 3) {
        fprintf(stderr, "usage: bench_logic NODES SEEDS [attractors] [sync]\n");
        return 2;
    }
    const uint32_t n = (uint32_t)strtoul(argv[1], NULL, 10);
    const int seeds = atoi(argv[2]) < MOST_SEEDS ? atoi(argv[2]) : MOST_SEEDS;
    const int asked = 2 + (argc > 3 ? 1 : 0) + (argc > 4 ? 1 : 0);
    bk_init();
    for (kind which = CRITICAL; which < KINDS; which++) {
        double times[4][MOST_SEEDS];
        for (int seed = 0; seed < seeds; seed++) {
            bk_model *const model = network(which, n, (uint64_t)seed + 1);
            bk_system *system = NULL;
            if (bk_engine_async.compile(model, NULL, &system) != BK_OK) {
                return 1;
            }
            printf("%s n=%u seed=%d:", kind_names[which], n, seed + 1);
            for (int q = 0; q < asked; q++) {
                times[q][seed] = ask(system, &questions[q]);
            }
            printf("\n");
            bk_system_free(system);
            bk_model_free(model);
        }
        printf("%s n=%u median of %d:", kind_names[which], n, seeds);
        for (int q = 0; q < asked; q++) {
            qsort(times[q], (size_t)seeds, sizeof(double), compare_doubles);
            printf("  %s %.3f s", questions[q].name, times[q][seeds / 2]);
        }
        printf("\n");
    }
    return 0;
}
