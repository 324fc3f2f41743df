/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <blockade/blockade.h>
#include <blockade/network_igraph.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bk_model *parse(const char *rules)
{
    bk_model *model = NULL;
    assert_int_equal(bk_bnet_parse(rules, strlen(rules), "t.bnet", NULL, &model),
                     BK_OK);
    return model;
}

/* Fails naming the first pair of labels that overlap. */
static void no_two_labels_overlap(const char *svg)
{
    double *boxes = NULL;
    size_t n = 0;
    assert_int_equal(bk_picture_labels(svg, &boxes, &n), BK_OK);
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            const double *a = boxes + 4 * i, *b = boxes + 4 * j;
            const bool apart = a[0] >= b[0] + b[2] || b[0] >= a[0] + a[2] ||
                               a[1] >= b[1] + b[3] || b[1] >= a[1] + a[3];
            if (!apart) {
                fail_msg("labels %zu and %zu overlap at (%g, %g)", i, j, a[0], a[1]);
            }
        }
    }
    bk_string_free((char *)boxes);
}

static void picture_of_model(const bk_model *model)
{
    bk_network *network = NULL;
    char *svg = NULL;
    const bk_picture_settings settings = {.title = "a title", .subtitle = "below it"};
    assert_int_equal(bk_network_new(model, BK_INFLUENCE_VIEW, NULL, &network), BK_OK);
    assert_int_equal(bk_picture_network(network, &settings, &svg), BK_OK);
    no_two_labels_overlap(svg);
    bk_string_free(svg);
    bk_network_free(network);
}

static void labels_of_the_shipped_networks_do_not_overlap(void **state)
{
    (void)state;
    static const char *const names[] = {"her2", "pi3k-akt-mtor", "ras-raf-mek-erk"};
    for (int i = 0; i < 3; i++) {
        char path[200];
        bk_model *model = NULL;
        const bk_read_settings settings = {.lax = false};
        snprintf(path, sizeof path, "networks/%s/%s.sbml", names[i], names[i]);
        assert_int_equal(bk_model_read(path, &settings, NULL, &model), BK_OK);
        picture_of_model(model);
        bk_model_free(model);
    }
}

static void labels_of_a_wide_fan_do_not_overlap(void **state)
{
    (void)state;
    char rules[20000] = "targets, factors\nroot, root\n";
    for (int i = 0; i < 150; i++) {
        sprintf(rules + strlen(rules), "a_rather_long_name_%d, root\n", i);
    }
    bk_model *model = parse(rules);
    picture_of_model(model);
    bk_model_free(model);
}

static void labels_read_back_are_where_they_were_put(void **state)
{
    (void)state;
    static const char svg[] =
        "<svg><text class=\"label\" x=\"10\" y=\"20\" font-size=\"10\" "
        "text-anchor=\"end\" fill=\"#000\">a&lt;b</text></svg>";
    double *boxes = NULL;
    size_t n = 0;
    assert_int_equal(bk_picture_labels(svg, &boxes, &n), BK_OK);
    assert_int_equal(n, 1);
    /* a, <, b: 556 + 584 + 556 thousandths of 10, 12 % to spare */
    assert_true(fabs(boxes[2] - 1.12 * 16.96) < 1e-9);
    assert_true(fabs(boxes[0] + boxes[2] - 10) < 1e-9);
    bk_string_free((char *)boxes);
}

static bk_table *course_table(int columns)
{
    bk_table *t = bk_table_new();
    int column = 0;
    assert_int_equal(bk_table_add_column(t, "time", BK_REAL, &column), BK_OK);
    for (int k = 0; k < columns; k++) {
        char name[32];
        snprintf(name, sizeof name, "quantity_%d", k);
        assert_int_equal(bk_table_add_column(t, name, BK_REAL, &column), BK_OK);
    }
    for (int r = 0; r < 20; r++) {
        size_t row = 0;
        assert_int_equal(bk_table_add_row(t, &row), BK_OK);
        assert_int_equal(bk_table_set_real(t, row, 0, r * 3.7), BK_OK);
        for (int k = 0; k < columns; k++) {
            assert_int_equal(
                bk_table_set_real(t, row, k + 1, k % 3 == 0 ? 1.0 : 0.01 * k), BK_OK);
        }
    }
    return t;
}

static void labels_of_lines_that_end_together_do_not_overlap(void **state)
{
    (void)state;
    static const int sizes[] = {1, 3, 9, 40};
    for (int i = 0; i < 4; i++) {
        bk_table *t = course_table(sizes[i]);
        char *svg = NULL;
        assert_int_equal(bk_picture_course(t, NULL, &svg), BK_OK);
        no_two_labels_overlap(svg);
        bk_string_free(svg);
        bk_table_free(t);
    }
}

static void labels_of_a_matrix_do_not_overlap(void **state)
{
    (void)state;
    bk_table *t = bk_table_new();
    int column = 0;
    size_t row = 0;
    bk_table_add_column(t, "background", BK_TEXT, &column);
    bk_table_add_column(t, "treatment", BK_TEXT, &column);
    bk_table_add_column(t, "a read-out with a long name", BK_REAL, &column);
    bk_table_add_column(t, "b", BK_REAL, &column);
    for (int r = 0; r < 12; r++) {
        bk_table_add_row(t, &row);
        bk_table_set_text(t, row, 0, r < 6 ? "HER2-amplified+PTEN-loss" : "ordinary");
        bk_table_set_text(t, row, 1, "trastuzumab+alpelisib");
        bk_table_set_real(t, row, 2, r / 11.0);
    }
    char *svg = NULL;
    assert_int_equal(bk_picture_matrix(t, NULL, &svg), BK_OK);
    no_two_labels_overlap(svg);
    bk_string_free(svg);
    bk_table_free(t);
}

static void bars_of_a_waterfall_are_drawn_and_labelled(void **state)
{
    (void)state;
    static const char *const labels[] = {"a long label of a bar <&>", "b", "c", "d",
                                         "left out"};
    static const double values[] = {-3, 0, 0.25, 9, NAN};
    bk_table *const t = bk_table_new();
    bk_table_add_column(t, "what", BK_TEXT, NULL);
    bk_table_add_column(t, "kept", BK_REAL, NULL);
    bk_table_add_column(t, "mark", BK_TEXT, NULL);
    for (size_t i = 0; i < 5; i++) {
        size_t row;
        bk_table_add_row(t, &row);
        bk_table_set_text(t, row, 0, labels[i]);
        if (!isnan(values[i])) {
            bk_table_set_real(t, row, 1, values[i]);
        }
        if (i == 1) {
            bk_table_set_text(t, row, 2, "a class of its own");
        }
    }
    char *svg = NULL;
    const bk_picture_settings settings = {.title = "t", .subtitle = "s"};
    assert_int_equal(
        bk_picture_waterfall(t, "what", "kept", "mark", 1, 10, &settings, &svg), BK_OK);
    no_two_labels_overlap(svg);
    assert_non_null(strstr(svg, "a long label of a bar &lt;&amp;&gt;"));
    assert_non_null(strstr(svg, "a class of its own"));
    assert_null(strstr(svg, "left out"));
    /* from 1 to 0.25, at 260 pixels a unit */
    assert_non_null(strstr(svg, "width=\"195\""));
    bk_string_free(svg);
    assert_int_equal(bk_picture_waterfall(t, "what", "gone", "mark", 1, 10, NULL, &svg),
                     BK_NOT_FOUND);
    bk_table_free(t);
}

static void the_graph_has_the_signs_of_the_functions(void **state)
{
    (void)state;
    bk_model *model =
        parse("targets, factors\nA, B & !C\nB, (A & !C) | (!A & C)\nC, C\n");
    bk_network *network = NULL;
    assert_int_equal(bk_network_new(model, BK_INFLUENCE_VIEW, NULL, &network), BK_OK);
    assert_int_equal(bk_network_nodes(network), 3);
    for (int32_t i = 0; i < 3; i++) {
        assert_string_equal(bk_symbol_id(model, bk_network_symbol(network, i)),
                            bk_network_node_id(network, i));
    }
    assert_int_equal(bk_network_arcs(network), 5);
    for (int32_t i = 0; i < 5; i++) {
        int32_t s = 0, t = 0;
        int sign = 9;
        bk_network_arc(network, i, &s, &t, &sign);
        const char source = bk_network_node_id(network, s)[0];
        const char target = bk_network_node_id(network, t)[0];
        const int expected = target == 'A'   ? (source == 'B' ? 1 : -1)
                             : target == 'B' ? 0
                                             : 1;
        assert_int_equal(sign, expected);
    }
    bk_network_free(network);
    bk_model_free(model);
}

static void graphml_is_read_back_whole_by_igraph(void **state)
{
    (void)state;
    bk_model *model = NULL;
    bk_network *network = NULL;
    const bk_read_settings settings = {.lax = false};
    assert_int_equal(bk_model_read("networks/her2/her2.sbml", &settings, NULL, &model),
                     BK_OK);
    assert_int_equal(bk_network_new(model, BK_INFLUENCE_VIEW, NULL, &network), BK_OK);
    char path[] = "/tmp/blockade-XXXXXX.graphml";
    const int descriptor = mkstemps(path, 8);
    assert_true(descriptor >= 0);
    assert_int_equal(bk_network_write(network, path, NULL), BK_OK);
    FILE *file = fdopen(descriptor, "r");
    file = freopen(path, "r", file);
    igraph_t back;
    assert_int_equal(igraph_read_graph_graphml(&back, file, 0), IGRAPH_SUCCESS);
    fclose(file);
    remove(path);
    const igraph_t *graph = bk_network_igraph(network);
    assert_int_equal(igraph_vcount(&back), igraph_vcount(graph));
    assert_int_equal(igraph_ecount(&back), igraph_ecount(graph));
    static const char *const texts[] = {"name", "label", "kind"};
    for (igraph_integer_t v = 0; v < igraph_vcount(graph); v++) {
        for (int k = 0; k < 3; k++) {
            assert_string_equal(VAS(&back, texts[k], v), VAS(graph, texts[k], v));
        }
        assert_true(VAN(&back, "max", v) == VAN(graph, "max", v));
    }
    static const char *const arcs[] = {"kind", "mechanism", "references", "confidence",
                                       "loop"};
    for (igraph_integer_t e = 0; e < igraph_ecount(graph); e++) {
        assert_int_equal(IGRAPH_FROM(&back, e), IGRAPH_FROM(graph, e));
        assert_int_equal(IGRAPH_TO(&back, e), IGRAPH_TO(graph, e));
        assert_true(EAN(&back, "sign", e) == EAN(graph, "sign", e));
        for (int k = 0; k < 5; k++) {
            assert_string_equal(EAS(&back, arcs[k], e), EAS(graph, arcs[k], e));
        }
    }
    igraph_destroy(&back);
    bk_network_free(network);
    bk_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_of_the_shipped_networks_do_not_overlap),
        cmocka_unit_test(labels_of_a_wide_fan_do_not_overlap),
        cmocka_unit_test(labels_read_back_are_where_they_were_put),
        cmocka_unit_test(labels_of_lines_that_end_together_do_not_overlap),
        cmocka_unit_test(labels_of_a_matrix_do_not_overlap),
        cmocka_unit_test(bars_of_a_waterfall_are_drawn_and_labelled),
        cmocka_unit_test(the_graph_has_the_signs_of_the_functions),
        cmocka_unit_test(graphml_is_read_back_whole_by_igraph)};
    bk_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
