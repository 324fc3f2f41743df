/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The shipped networks of reactions against the curated files of BioModels.  The column
 * `published` of a network's tables says what a quantity is there. */

#include "network_fixture.h"

enum { MOST_PAIRS = 100 };

typedef struct pairs {
    int n;
    char ours[MOST_PAIRS][40];
    bk_column our_columns[MOST_PAIRS], their_columns[MOST_PAIRS];
} pairs;

static void read_pairs(const net *n, const bench *theirs, const char *name,
                       const char *file, pairs *p)
{
    char path[200];
    bk_table *table = NULL;
    snprintf(path, sizeof path, "networks/%s/%s", name, file);
    assert_int_equal(bk_table_read(path, BK_TSV, NULL, &table), BK_OK);
    const int id = bk_table_find_column(table, "id"),
              published = bk_table_find_column(table, "published");
    assert_true(id >= 0 && published >= 0);
    for (size_t row = 0; row < bk_table_rows(table); row++) {
        const char *const there = bk_table_text(table, row, published);
        if (there[0] == '\0') {
            continue;
        }
        assert_true(p->n < MOST_PAIRS);
        snprintf(p->ours[p->n], sizeof p->ours[0], "%s", bk_table_text(table, row, id));
        const int32_t a = bk_model_find(n->t.model, p->ours[p->n]),
                      b = bk_model_find(theirs->model, there);
        if (a < 0 || b < 0) {
            fail_msg("%s or %s is not there", p->ours[p->n], there);
        }
        p->our_columns[p->n] = (bk_column){a, BK_AS_DEFAULT};
        p->their_columns[p->n++] = (bk_column){b, BK_AS_DEFAULT};
    }
    bk_table_free(table);
}

/* The largest difference of the two, each quantity in units of its largest value. */
static double gap(const pairs *p, const bk_outcome *x, const bk_outcome *y)
{
    double worst = 0.0;
    assert_int_equal(bk_outcome_rows(x), bk_outcome_rows(y));
    for (int i = 0; i < p->n; i++) {
        double scale = 0.0, most = 0.0;
        for (size_t row = 0; row < bk_outcome_rows(x); row++) {
            const double a = bk_outcome_value(x, row, i),
                         b = bk_outcome_value(y, row, i);
            scale = fmax(scale, fmax(fabs(a), fabs(b)));
            most = fmax(most, fabs(a - b));
        }
        if (scale > 0.0 && !(most / scale <= 1e-8)) {
            print_message("%s: %g of scale\n", p->ours[i], most / scale);
        }
        worst = scale > 0.0 ? fmax(worst, most / scale) : worst;
    }
    return worst;
}

typedef struct pair_of_models {
    net ours;
    bench theirs;
    pairs p;
} pair_of_models;

static bool open_pair(pair_of_models *m, const char *name, const char *published,
                      bool assignments)
{
    char path[500];
    if (absent(published, path)) {
        return false;
    }
    m->theirs = opened_file(path, false);
    m->theirs.settings.rtol = 1e-9;
    m->ours = open_net(name);
    m->p.n = 0;
    read_pairs(&m->ours, &m->theirs, name, "species.tsv", &m->p);
    if (assignments) {
        read_pairs(&m->ours, &m->theirs, name, "assignments.tsv", &m->p);
    }
    return true;
}

static void close_pair(pair_of_models *m)
{
    closed(&m->theirs);
    close_net(&m->ours);
}

/* Both are integrated at rtol 1e-9; ten times that is left between them. */
static void same_course(pair_of_models *m, const char *our_edits,
                        const char *their_edits, double end)
{
    m->ours.t.settings.columns = m->p.our_columns;
    m->theirs.settings.columns = m->p.their_columns;
    m->ours.t.settings.n_columns = m->theirs.settings.n_columns = m->p.n;
    until(&m->ours.t, end, 100);
    until(&m->theirs, end, 100);
    bk_outcome *const x = ran(&m->ours.t, our_edits), *const y =
                                                          ran(&m->theirs, their_edits);
    const double difference = gap(&m->p, x, y);
    if (!(difference <= 1e-8)) {
        fail_msg("%s: the courses differ by %g of scale",
                 our_edits != NULL ? our_edits : "as published", difference);
    }
    bk_outcome_free(x);
    bk_outcome_free(y);
}

static void the_courses_of_orton_2009_are_the_published_ones(void **state)
{
    (void)state;
    static pair_of_models m;
    if (!open_pair(&m, "ras-raf-mek-erk-orton2009", "BIOMD0000000623", false)) {
        skip();
    }
    /* 24 that change and 5 that do not; theirs counts what is degraded as well. */
    assert_int_equal(m.p.n, 29);
    same_course(&m, NULL, NULL, 120.0);
    same_course(&m, "fix EGF = 100000", "fix species_25 = 100000", 120.0);
    same_course(&m, "fix RASGAP = 0", "fix species_28 = 0", 120.0);
    close_pair(&m);
}

static void the_courses_of_borisov_2009_are_the_published_ones(void **state)
{
    (void)state;
    static pair_of_models m;
    if (!open_pair(&m, "pi3k-akt-mtor-borisov2009", "BIOMD0000000223", true)) {
        skip();
    }
    /* 80 species and phosphorylated AKT; theirs has a sink, three that take no part and
     * the basal RasGAP, which is a parameter here, as well. */
    assert_int_equal(m.p.n, 81);
    same_course(&m, NULL, NULL, 3600.0);
    same_course(&m, "start [EGF] = 0; start [INS] = 100",
                "start [EGF] = 0; start [I] = 100", 3600.0);
    same_course(&m, "start [EGF] = 0.1; start [INS] = 100",
                "start [EGF] = 0.1; start [I] = 100", 3600.0);
    close_pair(&m);
}

static void the_courses_of_fujita_2010_are_the_published_ones(void **state)
{
    (void)state;
    static pair_of_models m;
    if (!open_pair(&m, "akt-s6-fujita2010", "BIOMD0000000262", true)) {
        skip();
    }
    assert_int_equal(m.p.n, 13); /* 9 species, the stimulus and what three blots show */
    /* The published file is set to the ramp; ours to the step. */
    same_course(&m, NULL, "fix EGF_conc_ramp = 0; fix EGF_conc_step = 30", 3600.0);
    same_course(&m, "fix EGF_step = 0; fix EGF_ramp = 30", NULL, 3600.0);
    /* After the pulse, AKT falls below the rounding of EGFR, a trillion times as much, which
     * is as far as anything is followed, and RPS6 is made by it: the same steps in both
     * files leave the same error there.  When explicit steps pay may differ between them,
     * since their laws are written differently. */
    m.ours.t.settings.stepper = m.theirs.settings.stepper = "rodas";
    same_course(&m, "fix EGF_step = 0; fix EGF_pulse = 30",
                "fix EGF_conc_ramp = 0; fix EGF_conc_impulse = 30", 3600.0);
    close_pair(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_courses_of_orton_2009_are_the_published_ones),
        test(the_courses_of_borisov_2009_are_the_published_ones),
        test(the_courses_of_fujita_2010_are_the_published_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
