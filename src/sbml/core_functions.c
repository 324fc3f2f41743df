/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Function definitions, put into the model callee first: a depth-first walk over what
 * each lambda calls, with a stack of its own. */

#include "sbml/core_impl.h"

#include "base/alloc.h"

#include <string.h>

enum { PLAIN = BK_XML_NO_NAMESPACE };

typedef enum bk_mark { UNSEEN, OPEN, DONE } bk_mark;

typedef struct definition {
    bk_xml_node node;
    const char *id;
    bk_mark mark;
    int32_t *callees;
    size_t n, capacity, next;
} definition;

typedef struct sorting {
    bk_reader *reader;
    definition *all;
    size_t n, capacity;
    bk_names *by_id;
    int32_t *stack;
    size_t depth;
} sorting;

/* --- gathering --- */

static void add_callee(sorting *s, definition *d, bk_xml_node ci)
{
    const int32_t callee = bk_names_find(s->by_id, bk_xml_text(ci));
    if (callee < 0) {
        return;
    }
    if (!bk_grow(&d->callees, &d->capacity, d->n + 1, sizeof *d->callees)) {
        s->reader->no_memory = true;
        return;
    }
    d->callees[d->n++] = callee;
}

/* Depth is bounded by that of the document. */
static void find_callees(sorting *s, definition *d, bk_xml_node node)
{
    const bool apply = bk_xml_word(node) == BK_W_apply;
    bk_xml_node c = bk_xml_first(node);
    if (apply && bk_xml_word(c) == BK_W_ci) {
        add_callee(s, d, c);
    }
    for (; bk_xml_some(c); c = bk_xml_next(c)) {
        find_callees(s, d, c);
    }
}

static void gather(sorting *s, bk_xml_node list)
{
    bk_reader *const reader = s->reader;
    for (bk_xml_node c = bk_xml_first(list); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_word(c) != BK_W_functionDefinition) {
            bk_reader_stray(reader, c, list);
            continue;
        }
        bk_reader_known(reader, c, PLAIN, NULL, 0);
        const char *const id = bk_reader_id(reader, c, PLAIN);
        if (id == NULL) {
            if (bk_xml_attribute(c, PLAIN, BK_W_id) == NULL) {
                bk_reader_error(reader, c, "sbml-20301",
                                "<functionDefinition> needs an id");
            }
            continue;
        }
        if (!bk_grow(&s->all, &s->capacity, s->n + 1, sizeof *s->all)) {
            reader->no_memory = true;
            return;
        }
        s->all[s->n++] = (definition){.node = c, .id = id};
        /* A second definition of the id is told by the builder. */
        reader->no_memory |= bk_names_add(s->by_id, id, (int32_t)(s->n - 1)) == -2;
    }
}

/* --- one definition --- */

static const char **read_bvars(bk_reader *reader, bk_xml_node lambda, int *n)
{
    size_t count = 0;
    for (bk_xml_node c = bk_xml_first(lambda); bk_xml_some(c); c = bk_xml_next(c)) {
        count += bk_xml_word(c) == BK_W_bvar;
    }
    const char **const names = bk_alloc((count + 1) * sizeof *names);
    if (names == NULL) {
        reader->no_memory = true;
        return NULL;
    }
    *n = 0;
    for (bk_xml_node c = bk_xml_first(lambda); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_word(c) == BK_W_bvar) {
            names[(*n)++] = bk_xml_text(bk_xml_first(c));
        }
    }
    return names;
}

static bk_xml_node lambda_of(bk_reader *reader, bk_xml_node node)
{
    const bk_xml_node math = bk_xml_child(node, BK_XML_ANY_NAMESPACE, BK_W_math);
    bk_xml_node lambda = bk_xml_first(math);
    if (bk_xml_word(lambda) == BK_W_semantics) {
        lambda = bk_xml_first(lambda);
    }
    if (bk_xml_some(lambda) && bk_xml_word(lambda) != BK_W_lambda) {
        bk_reader_error(reader, lambda, "sbml-20301",
                        "a function definition holds a <lambda>, not <%s>",
                        bk_xml_name(lambda));
    } else if (!bk_xml_some(lambda) && bk_reader_since(reader, 3, 2)) {
        bk_reader_warning(reader, node, "math-missing",
                          "this function definition has no mathematics");
    } else if (!bk_xml_some(lambda)) {
        bk_reader_error(reader, node, "sbml-20306",
                        "this function definition has no mathematics; add a <lambda>");
    }
    return lambda;
}

/* Calls with the number of arguments that a function without body takes are legal, so
 * its arguments are unknown: any number would do, and none is assumed. */
static void read_definition(bk_reader *reader, const definition *d)
{
    const bk_xml_node lambda = lambda_of(reader, d->node);
    bk_function function = {.id = d->id,
                            .name = bk_reader_name(reader, d->node, PLAIN),
                            .body = {0, -1},
                            .notes = bk_reader_notes(reader, d->node),
                            .where = bk_xml_where(d->node)};
    int n = 0;
    const char **const names = read_bvars(reader, lambda, &n);
    if (names == NULL) {
        return;
    }
    function.arguments = names;
    function.body.arguments = n;
    bk_xml_node body = bk_xml_first(lambda);
    while (bk_xml_some(body) && bk_xml_word(body) == BK_W_bvar) {
        body = bk_xml_next(body);
    }
    const bk_math_scope scope = {.arguments = names, .n_arguments = n};
    if (bk_xml_some(body)) {
        function.body.body = bk_mathml_body(reader, body, &scope);
    } else if (bk_xml_some(lambda) && !bk_reader_since(reader, 3, 2)) {
        bk_reader_error(reader, lambda, "sbml-20305",
                        "the <lambda> of \"%s\" has no body", d->id);
    }
    const int32_t index = bk_builder_function(reader->builder, &function);
    if (index >= 0) {
        reader->no_memory |= !bk_names_set(reader->functions, d->id, index);
    }
    bk_free(names);
}

/* --- sorting --- */

static void tell_cycle(sorting *s, int32_t again)
{
    bk_text *const text = &s->reader->scratch;
    bk_text_clear(text);
    size_t i = s->depth;
    while (i > 0 && s->stack[i - 1] != again) {
        i--;
    }
    for (i = i > 0 ? i - 1 : 0; i < s->depth; i++) {
        bk_text_printf(text, "%s -> ", s->all[s->stack[i]].id);
    }
    bk_text_add(text, s->all[again].id);
    bk_reader_error(s->reader, s->all[again].node, "sbml-20303",
                    "function definitions call one another in a circle: %s; write them "
                    "without recursion",
                    text->data != NULL ? text->data : "");
    bk_text_clear(text);
}

static void visit(sorting *s, int32_t first)
{
    s->stack[s->depth++] = first;
    s->all[first].mark = OPEN;
    while (s->depth > 0) {
        definition *const d = &s->all[s->stack[s->depth - 1]];
        if (d->next == d->n) {
            read_definition(s->reader, d);
            d->mark = DONE;
            s->depth--;
            continue;
        }
        const int32_t callee = d->callees[d->next++];
        if (s->all[callee].mark == OPEN) {
            tell_cycle(s, callee);
        } else if (s->all[callee].mark == UNSEEN) {
            s->all[callee].mark = OPEN;
            s->stack[s->depth++] = callee;
        }
    }
}

void bk_core_read_functions(bk_reader *reader, bk_xml_node list)
{
    sorting s = {.reader = reader, .by_id = bk_names_new()};
    reader->no_memory |= s.by_id == NULL;
    if (s.by_id != NULL) {
        gather(&s, list);
    }
    s.stack = bk_alloc((s.n + 1) * sizeof *s.stack);
    reader->no_memory |= s.stack == NULL;
    for (size_t i = 0; i < s.n && !reader->no_memory; i++) {
        find_callees(&s, &s.all[i], s.all[i].node);
        /* Until it is read, calls of it are quietly wrong: only a cycle gets there. */
        reader->no_memory |= !bk_names_set(reader->functions, s.all[i].id, INT32_MAX);
    }
    for (size_t i = 0; i < s.n && !reader->no_memory; i++) {
        if (s.all[i].mark == UNSEEN) {
            visit(&s, (int32_t)i);
        }
    }
    for (size_t i = 0; i < s.n; i++) {
        bk_free(s.all[i].callees);
    }
    bk_free(s.all);
    bk_free(s.stack);
    bk_names_free(s.by_id);
}
