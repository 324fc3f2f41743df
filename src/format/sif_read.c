/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "format/formula.h"
#include "format/names.h"
#include "model/builder.h"

#include <blockade/format.h>

#include <stdlib.h>
#include <string.h>

/* Steps: 1. the lines give names and arcs; 2. an and-node becomes the conjunction of what
 * leads to it, wherever it stands as a source; 3. the arcs of each target become its rule.
 */

typedef enum arc_rule { AND_NOT, OR, AND } arc_rule;

typedef struct arc {
    int32_t source, target; /* numbers of names */
    int sign;               /* +1, -1 */
    bk_where where;
} arc;

typedef struct reader {
    const char *file;
    bk_diag *diag;
    bk_builder *builder;
    bk_arena *arena;
    bk_names *numbers;
    const char **names;
    bk_where *wheres;
    arc *arcs;       /* sorted by target once all are read */
    bool *gate;      /* by name: an and-node */
    int32_t *symbol; /* by name; -1: an and-node */
    size_t n_names, name_capacity, where_capacity, n_arcs, arc_capacity;
    bool tabs, bad, memory, gates;
} reader;

static void wrong(reader *r, bk_where where, const char *code, const char *what)
{
    r->bad = true;
    bk_diag_add(r->diag, BK_ERROR, where, code, "%s", what);
}

static const struct {
    const char *word;
    int sign; /* of source -> target */
    int back; /* of target -> source; 0: none */
} signs[] = {{"1", 1, 0},          {"+1", 1, 0},           {"+", 1, 0},
             {"->", 1, 0},         {"-->", 1, 0},          {"activates", 1, 0},
             {"activation", 1, 0}, {"stimulates", 1, 0},   {"positive", 1, 0},
             {"pos", 1, 0},        {"up-regulates", 1, 0}, {"-1", -1, 0},
             {"-", -1, 0},         {"-|", -1, 0},          {"--|", -1, 0},
             {"inhibits", -1, 0},  {"inhibition", -1, 0},  {"represses", -1, 0},
             {"negative", -1, 0},  {"neg", -1, 0},         {"down-regulates", -1, 0},
             {"<-", 0, 1},         {"|-", 0, -1},          {"<->", 1, 1},
             {"|-|", -1, -1},      {"|->", 1, -1},         {"<-|", -1, 1}};

static int find_sign(const char *word)
{
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (bk_text_equal_nocase(word, signs[i].word)) {
            return (int)i;
        }
    }
    return -1;
}

static int32_t number_of(reader *r, const char *name, bk_where where)
{
    const int32_t known = bk_names_add(r->numbers, name, (int32_t)r->n_names);
    if (known >= 0) {
        return known;
    }
    if (known == -2 ||
        !bk_grow(&r->names, &r->name_capacity, r->n_names + 1, sizeof *r->names) ||
        !bk_grow(&r->wheres, &r->where_capacity, r->n_names + 1, sizeof *r->wheres)) {
        r->memory = true;
        return -1;
    }
    r->names[r->n_names] = name;
    r->wheres[r->n_names] = where;
    return (int32_t)r->n_names++;
}

static void add_arc(reader *r, int32_t source, int32_t target, int sign, bk_where where)
{
    if (sign == 0 || source < 0 || target < 0) {
        return;
    }
    if (!bk_grow(&r->arcs, &r->arc_capacity, r->n_arcs + 1, sizeof *r->arcs)) {
        r->memory = true;
        return;
    }
    r->arcs[r->n_arcs++] = (arc){source, target, sign, where};
}

/* The next word of a line, or NULL at its end. */
static char *next_word(reader *r, const char **at, const char *end, bk_where *where)
{
    const char *const gaps = r->tabs ? "\t" : " \t";
    const char *s = *at;
    while (s < end && (strchr(gaps, *s) != NULL || *s == ' ')) {
        s++;
    }
    const char *stop = s;
    while (stop < end && strchr(gaps, *stop) == NULL) {
        stop++;
    }
    where->column += (int)(s - *at);
    *at = stop;
    const char *last = stop;
    while (last > s && last[-1] == ' ') {
        last--;
    }
    if (last == s) {
        return NULL;
    }
    char *const word = bk_arena_text_n(r->arena, s, (size_t)(last - s));
    r->memory = r->memory || word == NULL;
    return word;
}

static void read_line(reader *r, const char *at, const char *end, int number)
{
    bk_where where = {r->file, number, 1};
    const char *const start = at;
    char *const source = next_word(r, &at, end, &where);
    if (source == NULL || source[0] == '#') {
        return;
    }
    const int32_t from = number_of(r, source, where);
    where.column = 1 + bk_formula_columns(start, (size_t)(at - start));
    char *const word = next_word(r, &at, end, &where);
    if (word == NULL) {
        return; /* a name alone */
    }
    const int sign = find_sign(word);
    if (sign < 0) {
        r->bad = true;
        bk_diag_add(
            r->diag, BK_ERROR, where, "sif-sign",
            "\"%s\" does not say whether the arc activates or inhibits; write 1 "
            "or -1, -> or -|",
            word);
        return;
    }
    bool any = false;
    for (;;) {
        bk_where here = {r->file, number,
                         1 + bk_formula_columns(start, (size_t)(at - start))};
        char *const target = next_word(r, &at, end, &here);
        if (target == NULL) {
            break;
        }
        any = true;
        const int32_t to = number_of(r, target, here);
        add_arc(r, from, to, signs[sign].sign, where);
        add_arc(r, to, from, signs[sign].back, where);
    }
    if (!any && !r->memory) {
        wrong(r,
              (bk_where){r->file, number,
                         1 + bk_formula_columns(start, (size_t)(at - start))},
              "sif-line", "a target must follow: SOURCE SIGN TARGET");
    }
}

static void read_lines(reader *r, const char *text, size_t length)
{
    const char *const end = text + length;
    r->tabs = length > 0 && memchr(text, '\t', length) != NULL;
    int number = 1;
    for (const char *at = text; at < end && !r->memory; number++) {
        const char *stop = at;
        while (stop < end && *stop != '\n' && *stop != '\r') {
            stop++;
        }
        read_line(r, at, stop, number);
        at = stop + (stop < end && *stop == '\r' && stop + 1 < end && stop[1] == '\n');
        at += at < end;
    }
    if (r->n_names == 0 && !r->bad && !r->memory) {
        wrong(r, (bk_where){r->file, 1, 1}, "sif-empty",
              "there is no arc; a line must read SOURCE SIGN TARGET");
    }
}

static int by_target(const void *a, const void *b)
{
    const arc *const x = a;
    const arc *const y = b;
    if (x->target != y->target) {
        return x->target < y->target ? -1 : 1;
    }
    if (x->source != y->source) {
        return x->source < y->source ? -1 : 1;
    }
    return y->sign - x->sign;
}

/* and1, and2 ... that arcs lead to and from. */
static bool is_gate_name(const char *name)
{
    return strncmp(name, "and", 3) == 0 && name[3] != '\0' &&
           name[3 + strspn(name + 3, "0123456789")] == '\0';
}

static bool find_gates(reader *r)
{
    r->gate = bk_arena_zero(r->arena, r->n_names + 1, sizeof *r->gate);
    bool *const source = bk_arena_zero(r->arena, r->n_names + 1, sizeof *source);
    r->symbol = bk_arena_zero(r->arena, r->n_names + 1, sizeof *r->symbol);
    if (r->gate == NULL || source == NULL || r->symbol == NULL) {
        return false;
    }
    for (size_t i = 0; i < r->n_arcs; i++) {
        source[r->arcs[i].source] = true;
    }
    for (size_t i = 0; i < r->n_arcs; i++) {
        const int32_t x = r->arcs[i].target;
        r->gate[x] = source[x] && is_gate_name(r->names[x]);
        r->gates = r->gates || r->gate[x];
    }
    for (size_t i = 0; i < r->n_arcs; i++) {
        if (r->gate[r->arcs[i].source] && r->gate[r->arcs[i].target]) {
            wrong(r, r->arcs[i].where, "sif-gate",
                  "an and-node must not lead to another one");
        }
    }
    return true;
}

/* Arcs of one target: first .. end. */
static void arcs_of(const reader *r, int32_t x, size_t *first, size_t *end)
{
    size_t low = 0;
    size_t high = r->n_arcs;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (r->arcs[middle].target < x) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *first = low;
    *end = low;
    while (*end < r->n_arcs && r->arcs[*end].target == x) {
        ++*end;
    }
}

static bk_expr join(reader *r, bk_op op, const bk_expr *parts, size_t n)
{
    bk_exprs *const pool = bk_builder_exprs(r->builder);
    const bk_expr e = n == 1 ? parts[0] : bk_expr_make(pool, op, parts, (int)n);
    r->memory = r->memory || e < 0;
    return e;
}

/* The source of an arc as a condition, without its sign. */
static bk_expr plain(reader *r, int32_t x)
{
    bk_exprs *const pool = bk_builder_exprs(r->builder);
    if (!r->gate[x]) {
        return bk_expr_2(pool, BK_OP_GEQ, bk_expr_symbol(pool, r->symbol[x]),
                         bk_expr_number(pool, 1));
    }
    size_t first;
    size_t end;
    arcs_of(r, x, &first, &end);
    bk_expr *const parts = bk_alloc((end - first + 1) * sizeof *parts);
    if (parts == NULL) {
        r->memory = true;
        return BK_NO_EXPR;
    }
    for (size_t i = first; i < end; i++) {
        const int32_t source = r->arcs[i].source;
        const bk_expr on =
            bk_expr_2(pool, BK_OP_GEQ, bk_expr_symbol(pool, r->symbol[source]),
                      bk_expr_number(pool, 1));
        parts[i - first] = r->arcs[i].sign > 0 ? on : bk_expr_1(pool, BK_OP_NOT, on);
    }
    const bk_expr e = join(r, BK_OP_AND, parts, end - first);
    bk_free(parts);
    return e;
}

/* parts[0 .. n) are sources, the first n_up of them activating. */
static bk_expr make_rule(reader *r, arc_rule making, bk_expr *parts, size_t n_up,
                         size_t n)
{
    bk_exprs *const pool = bk_builder_exprs(r->builder);
    if (making == AND_NOT) {
        bk_expr both[2];
        size_t k = 0;
        if (n_up > 0) {
            both[k++] = join(r, BK_OP_OR, parts, n_up);
        }
        if (n > n_up) {
            both[k++] =
                bk_expr_1(pool, BK_OP_NOT, join(r, BK_OP_OR, parts + n_up, n - n_up));
        }
        return join(r, BK_OP_AND, both, k);
    }
    for (size_t i = n_up; i < n; i++) {
        parts[i] = bk_expr_1(pool, BK_OP_NOT, parts[i]);
    }
    return join(r, making == OR ? BK_OP_OR : BK_OP_AND, parts, n);
}

static void add_influences(reader *r, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        const arc *const a = &r->arcs[i];
        if (!r->gate[a->source] && !r->gate[a->target]) {
            bk_builder_influence(r->builder,
                                 &(bk_influence){.source = r->symbol[a->source],
                                                 .target = r->symbol[a->target],
                                                 .declared = a->sign,
                                                 .effective = true});
        }
    }
}

static void add_rule(reader *r, arc_rule making, int32_t x)
{
    size_t first;
    size_t end;
    arcs_of(r, x, &first, &end);
    if (first == end) {
        return; /* an input */
    }
    bk_expr *const parts = bk_alloc((end - first) * sizeof *parts);
    if (parts == NULL) {
        r->memory = true;
        return;
    }
    size_t n = 0;
    size_t n_up = 0;
    for (int sign = 1; sign >= -1; sign -= 2) {
        for (size_t i = first; i < end; i++) {
            const bool again =
                i > first && by_target(&r->arcs[i - 1], &r->arcs[i]) == 0;
            if (r->arcs[i].sign == sign && !again) {
                parts[n++] = plain(r, r->arcs[i].source);
            }
        }
        n_up = sign > 0 ? n : n_up;
    }
    const bk_expr e = make_rule(r, making, parts, n_up, n);
    bk_free(parts);
    r->memory = r->memory || e < 0;
    if (r->memory) {
        return;
    }
    bk_builder_logic(r->builder, &(bk_logic){.target = r->symbol[x],
                                             .rate_up = 1,
                                             .rate_down = 1,
                                             .where = r->arcs[first].where});
    bk_builder_term(
        r->builder,
        &(bk_term){.level = 1, .condition = e, .where = r->arcs[first].where});
    add_influences(r, first, end);
}

static bool choose_making(reader *r, const char *rule, arc_rule *making)
{
    static const char *const names[] = {
        [AND_NOT] = "and-not", [OR] = "or", [AND] = "and"};
    *making = r->gates ? OR : AND_NOT;
    if (rule == NULL) {
        bk_diag_add(r->diag, BK_NOTE, (bk_where){.file = r->file}, "sif-rule",
                    "arcs are no rules; those of the kind %s are made of them",
                    names[*making]);
        return true;
    }
    for (int i = AND_NOT; i <= AND; i++) {
        if (strcmp(rule, names[i]) == 0) {
            *making = (arc_rule)i;
            return true;
        }
    }
    bk_diag_add(r->diag, BK_ERROR, (bk_where){.file = r->file}, "sif-rule",
                "there is no rule \"%s\"; there are and-not, or, and", rule);
    return false;
}

static bool add_symbols(reader *r)
{
    const char **const kept = bk_arena_zero(r->arena, r->n_names + 1, sizeof *kept);
    size_t n = 0;
    for (size_t i = 0; kept != NULL && i < r->n_names; i++) {
        r->symbol[i] = r->gate[i] ? -1 : (int32_t)n;
        if (!r->gate[i]) {
            kept[n++] = r->names[i];
        }
    }
    const char *const *const ids =
        kept == NULL ? NULL : bk_sids_make(r->arena, kept, n);
    for (size_t i = 0; ids != NULL && i < r->n_names; i++) {
        if (!r->gate[i]) {
            const char *const id = ids[r->symbol[i]];
            bk_symbol symbol = bk_symbol_blank(BK_LEVEL, id);
            symbol.name = strcmp(id, r->names[i]) != 0 ? r->names[i] : "";
            symbol.where = r->wheres[i];
            bk_builder_symbol(r->builder, &symbol);
        }
    }
    return ids != NULL;
}

static bk_status read_all(reader *r, const char *text, size_t length, const char *rule)
{
    const size_t mark = length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    read_lines(r, text + mark, length - mark);
    arc_rule making = AND_NOT;
    if (!r->memory && r->n_arcs > 0) {
        qsort(r->arcs, r->n_arcs, sizeof *r->arcs, by_target);
    }
    if (r->memory || !find_gates(r)) {
        return BK_NO_MEMORY;
    }
    if (r->bad || !choose_making(r, rule, &making)) {
        return BK_BAD_INPUT;
    }
    if (!add_symbols(r) ||
        !bk_file_identity(r->builder, r->arena, r->file, text, length)) {
        return BK_NO_MEMORY;
    }
    for (size_t x = 0; x < r->n_names && !r->memory; x++) {
        if (!r->gate[x]) {
            add_rule(r, making, (int32_t)x);
        }
    }
    return r->memory ? BK_NO_MEMORY : BK_OK;
}

bk_status bk_sif_parse(const char *text, size_t length, const char *name,
                       const char *rule, bk_diag *diag, bk_model **model)
{
    reader r = {.file = name,
                .diag = diag,
                .builder = bk_builder_new(diag),
                .arena = bk_arena_new(),
                .numbers = bk_names_new()};
    bk_status status = BK_NO_MEMORY;
    if (r.builder != NULL && r.arena != NULL && r.numbers != NULL) {
        status = read_all(&r, text, length, rule);
    }
    if (status == BK_OK) {
        status = bk_builder_finish(r.builder, model);
    } else {
        bk_builder_free(r.builder);
    }
    bk_free(r.names);
    bk_free(r.wheres);
    bk_free(r.arcs);
    bk_names_free(r.numbers);
    bk_arena_free(r.arena);
    return status;
}

bk_status bk_sif_read(const char *path, const char *rule, bk_diag *diag,
                      bk_model **model)
{
    char *data;
    size_t length;
    const bk_status status = (bk_status)bk_file_read(path, diag, &data, &length);
    if (status != BK_OK) {
        return status;
    }
    const bk_status parsed = bk_sif_parse(data, length, path, rule, diag, model);
    bk_free(data);
    return parsed;
}
