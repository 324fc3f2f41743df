/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/scenario_impl.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* One statement after the other, each from its first word to a `;` or line end.  A
 * malformed one is reported and skipped, so that one pass tells all that is wrong. */

enum { NAMES = 2 };

typedef struct parsing {
    bk_scenario *scenario;
    bk_diag *diag;
    const char *at;
    bk_where where; /* of at */
    bk_layer layer;
    bool library; /* `scale NODE` may stand alone */
    bool wrong, memory;
    bk_text names[NAMES];
} parsing;

/* Steps over one byte; columns count characters. */
static void step(parsing *p)
{
    const char c = *p->at++;
    if (p->where.line == 0) {
        return;
    }
    if (c == '\n') {
        p->where.line++;
        p->where.column = 1;
    } else if (((unsigned char)c & 0xC0) != 0x80 && p->where.column > 0) {
        p->where.column++;
    }
}

static void skip_space(parsing *p)
{
    while (*p->at == ' ' || *p->at == '\t' || *p->at == '\r') {
        step(p);
    }
}

static bool at_end(const parsing *p)
{
    return *p->at == '\0' || *p->at == '\n' || *p->at == ';' || *p->at == '#';
}

/* Says what was expected where the parser stands; always false. */
static bool complain(parsing *p, const char *expected)
{
    enum { MOST = 32 };
    int shown = 0;
    while (shown < MOST && (unsigned char)p->at[shown] > ' ' && p->at[shown] != ';') {
        shown++;
    }
    const char *const what = at_end(p) && *p->at != '#' ? "the end of the edit" : NULL;
    if (what != NULL || shown == 0) {
        bk_diag_add(p->diag, BK_ERROR, p->where, "edit", "expected %s, got %s",
                    expected, what != NULL ? what : "an unreadable character");
    } else {
        bk_diag_add(p->diag, BK_ERROR, p->where, "edit", "expected %s, got '%.*s'",
                    expected, shown, p->at);
    }
    p->wrong = true;
    return false;
}

/* Quotes may hold `;` and `#`, so that skipping must know them. */
static void skip_statement(parsing *p)
{
    bool quoted = false;
    while (*p->at != '\0' && *p->at != '\n' && (quoted || !at_end(p))) {
        quoted = *p->at == '"' ? !quoted : quoted;
        step(p);
    }
}

static bool expect(parsing *p, const char *sign, const char *expected)
{
    skip_space(p);
    const size_t length = strlen(sign);
    if (strncmp(p->at, sign, length) != 0) {
        return complain(p, expected);
    }
    for (size_t i = 0; i < length; i++) {
        step(p);
    }
    return true;
}

/* A word such as `by`, which must not run on into a name. */
static bool at_word(parsing *p, const char *word)
{
    skip_space(p);
    const size_t length = strlen(word);
    return strncmp(p->at, word, length) == 0 &&
           (p->at[length] == '\0' || strchr(" \t\r\n;#", p->at[length]) != NULL);
}

static bool expect_word(parsing *p, const char *word, const char *expected)
{
    return at_word(p, word) ? expect(p, word, expected) : complain(p, expected);
}

static bool read_quoted(parsing *p, bk_text *name)
{
    step(p);
    while (*p->at != '\0' && *p->at != '\n') {
        if (*p->at == '"') {
            step(p);
            if (*p->at != '"') {
                return name->length > 0 || complain(p, "a name between the quotes");
            }
        }
        bk_text_add_n(name, p->at, 1);
        step(p);
    }
    return complain(p, "a closing quote");
}

/* Reads a name into names[i]. */
static bool read_name(parsing *p, int i, const char *expected)
{
    bk_text *const name = &p->names[i];
    bk_text_clear(name);
    skip_space(p);
    if (*p->at == '"') {
        return read_quoted(p, name);
    }
    while (!bk_ends_name(p->at)) {
        bk_text_add_n(name, p->at, 1);
        step(p);
    }
    return name->length > 0 || complain(p, expected);
}

/* Reads the name of a library's entry into names[0]; spaces may stand in it, since
 * nothing but one of `ends` can follow. */
static bool read_entry(parsing *p, const char *ends, const char *expected)
{
    bk_text *const name = &p->names[0];
    bk_text_clear(name);
    skip_space(p);
    if (*p->at == '"') {
        return read_quoted(p, name);
    }
    while (!at_end(p) && *p->at != '\r' && *p->at != '"' &&
           strchr(ends, *p->at) == NULL) {
        bk_text_add_n(name, p->at, 1);
        step(p);
    }
    while (name->length > 0 && strchr(" \t", name->data[name->length - 1]) != NULL) {
        name->data[--name->length] = '\0';
    }
    return name->length > 0 || complain(p, expected);
}

static bool is_lower(const char *s, const char *word)
{
    for (; *word != '\0'; s++, word++) {
        const char c = *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s;
        if (c != *word) {
            return false;
        }
    }
    return true;
}

/* A numeral or infinity at s; where it ends, or NULL. */
static const char *scan_number(const char *s, double *value)
{
    const char *const digits = s + (*s == '-' || *s == '+');
    if (is_lower(digits, "inf")) {
        *value = *s == '-' ? -HUGE_VAL : HUGE_VAL;
        return digits + (is_lower(digits, "infinity") ? 8 : 3);
    }
    const char *const end = bk_double_scan(s, s + strlen(s), value);
    return end != NULL && !isnan(*value) ? end : NULL;
}

static bool read_number(parsing *p, double *value, const char *expected)
{
    skip_space(p);
    const char *const end = scan_number(p->at, value);
    if (end == NULL || (*end != '\0' && strchr(" \t\r\n;#,]", *end) == NULL)) {
        return complain(p, expected);
    }
    while (p->at < end) {
        step(p);
    }
    return true;
}

static bool read_finite(parsing *p, double *value, double least, const char *expected)
{
    const parsing before = *p;
    if (!read_number(p, value, expected)) {
        return false;
    }
    if (isinf(*value) || *value < least) {
        p->at = before.at;
        p->where = before.where;
        skip_space(p);
        return complain(p, expected);
    }
    return true;
}

bool bk_dose_parse(const char *s, size_t length, double *nanomolar)
{
    /* Multiplying and dividing by powers of ten that a double holds exactly. */
    static const struct {
        const char *unit;
        double times, over;
    } units[] = {{"", 1, 1},     {"nM", 1, 1},          {"pM", 1, 1e3},
                 {"uM", 1e3, 1}, {"\xC2\xB5M", 1e3, 1}, {"\xCE\xBCM", 1e3, 1},
                 {"mM", 1e6, 1}, {"M", 1e9, 1}};
    const char *end = s + length;
    while (s < end && (*s == ' ' || *s == '\t')) {
        s++;
    }
    while (end > s && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r')) {
        end--;
    }
    double value;
    const char *unit = bk_double_scan(s, end, &value);
    if (unit == NULL || !(value >= 0) || isinf(value)) {
        return false;
    }
    while (unit < end && (*unit == ' ' || *unit == '\t')) {
        unit++;
    }
    const size_t n = (size_t)(end - unit);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strlen(units[i].unit) == n && memcmp(units[i].unit, unit, n) == 0) {
            *nanomolar = value * units[i].times / units[i].over;
            return !isinf(*nanomolar);
        }
    }
    return false;
}

bool bk_dose_has_sign(const char *text, const char *at)
{
    const char *digit = at;
    if (*at != '+' || at - text < 3 || (at[-1] != 'e' && at[-1] != 'E')) {
        return false;
    }
    for (digit = at - 2;
         digit > text && (*digit == '.' || (*digit >= '0' && *digit <= '9'));) {
        digit--;
    }
    while (digit > text && *digit == ' ') {
        digit--;
    }
    return *digit == '@' && at[-2] != '@';
}

static bool read_dose(parsing *p, double *nanomolar)
{
    skip_space(p);
    const char *end = p->at;
    while (*end != '\0' && strchr("\n;#", *end) == NULL) {
        end++;
    }
    if (!bk_dose_parse(p->at, (size_t)(end - p->at), nanomolar)) {
        return complain(p, "a dose such as 500 nM (units pM nM uM mM M)");
    }
    while (p->at < end) {
        step(p);
    }
    return true;
}

static bool parse_start(parsing *p, bk_edit *edit)
{
    skip_space(p);
    edit->concentration = *p->at == '[';
    if (edit->concentration) {
        step(p);
    }
    return read_name(p, 0, "a name or [name] after 'start'") &&
           (!edit->concentration ||
            expect(p, "]", "']' after the species of a concentration")) &&
           expect(p, "=", "'= value' after the name") &&
           read_finite(p, &edit->value, -HUGE_VAL, "a finite number after '='");
}

static bool parse_fix(parsing *p, bk_edit *edit)
{
    return read_name(p, 0, "a name after 'fix'") &&
           expect(p, "=", "'= value' after the name") &&
           read_finite(p, &edit->value, -HUGE_VAL, "a finite number after '='");
}

static bool parse_bound(parsing *p, bk_edit *edit)
{
    if (!read_name(p, 0, "a name after 'bound'") ||
        !expect_word(p, "in", "'in [low, high]' after the name") ||
        !expect(p, "[", "'[low, high]' after 'in'") ||
        !read_number(p, &edit->value, "a number or -inf as lower bound") ||
        !expect(p, ",", "',' between the bounds")) {
        return false;
    }
    skip_space(p);
    const parsing upper = *p;
    if (!read_number(p, &edit->high, "a number or inf as upper bound")) {
        return false;
    }
    if (edit->value > edit->high || edit->value == HUGE_VAL ||
        edit->high == -HUGE_VAL) {
        p->at = upper.at;
        p->where = upper.where;
        return complain(p, "an upper bound that is not below the lower one");
    }
    return expect(p, "]", "']' after the bounds");
}

static bool parse_scale(parsing *p, bk_edit *edit)
{
    if (!read_name(p, 0, "a name after 'scale'")) {
        return false;
    }
    skip_space(p);
    if (p->library && at_end(p)) {
        edit->value = (double)NAN;
        return true;
    }
    return expect_word(p, "by", "'by factor' after the name") &&
           read_finite(p, &edit->value, 0, "a finite factor of at least 0 after 'by'");
}

static bool parse_cut(parsing *p, bk_edit *edit)
{
    if (!read_name(p, 0, "the name of a source after 'cut'") ||
        !expect(p, "->", "'-> target' after the source") ||
        !read_name(p, 1, "the name of a target after '->'")) {
        return false;
    }
    skip_space(p);
    edit->value = 0;
    return at_end(p) ||
           (expect_word(p, "at", "'at value' or nothing after the target") &&
            read_finite(p, &edit->value, -HUGE_VAL, "a finite number after 'at'"));
}

static bool parse_drug(parsing *p, bk_edit *edit)
{
    edit->layer = BK_TREATMENT;
    edit->value = (double)NAN;
    if (!read_entry(p, "@", "the name of a drug after 'drug'")) {
        return false;
    }
    skip_space(p);
    return at_end(p) || (expect(p, "@", "'@ dose' or nothing after the drug") &&
                         read_dose(p, &edit->value));
}

static bool parse_variant(parsing *p, bk_edit *edit)
{
    edit->layer = BK_BACKGROUND;
    return read_entry(p, "", "the name of a variant after 'variant'");
}

static bool parse_access(parsing *p, bk_edit *edit)
{
    static const char expected[] = "a factor between 0 and 1 after '='";
    edit->layer = BK_BACKGROUND;
    if (!read_entry(p, "=", "the name of a drug after 'access'") ||
        !expect(p, "=", "'= factor' after the drug")) {
        return false;
    }
    skip_space(p);
    const parsing before = *p;
    if (!read_finite(p, &edit->value, 0, expected)) {
        return false;
    }
    if (edit->value > 1) {
        p->at = before.at;
        p->where = before.where;
        return complain(p, expected);
    }
    return true;
}

static bool parse_edit(parsing *p, bk_edit *edit)
{
    static bool (*const parsers[])(parsing *, bk_edit *) = {
        parse_start, parse_fix,  parse_bound,   parse_scale,
        parse_cut,   parse_drug, parse_variant, parse_access};
    for (size_t i = 0; i < sizeof parsers / sizeof *parsers; i++) {
        if (at_word(p, bk_edit_word((bk_edit_kind)i))) {
            edit->kind = (bk_edit_kind)i;
            return expect(p, bk_edit_word(edit->kind), "an edit") &&
                   parsers[i](p, edit);
        }
    }
    return complain(p, "start, fix, bound, scale, cut, drug, variant, access, "
                       "background or treatment");
}

static void parse_statement(parsing *p)
{
    for (int i = 0; i < NAMES; i++) {
        bk_text_clear(&p->names[i]);
    }
    bk_edit edit = {.layer = p->layer, .where = p->where};
    const bool background = at_word(p, "background");
    bool ok;
    if (background || at_word(p, "treatment")) {
        p->layer = background ? BK_BACKGROUND : BK_TREATMENT;
        ok = expect(p, background ? "background" : "treatment", "a layer");
        edit.name = NULL;
    } else {
        ok = parse_edit(p, &edit);
        edit.name = p->names[0].data;
        edit.target = edit.kind == BK_EDIT_CUT ? p->names[1].data : NULL;
    }
    skip_space(p);
    if (ok && !at_end(p)) {
        ok = complain(p, "';' or a new line before the next edit");
    }
    p->memory = p->memory || p->names[0].failed || p->names[1].failed;
    if (!ok) {
        skip_statement(p);
    } else if (!p->memory && edit.name != NULL) {
        p->memory = bk_scenario_add(p->scenario, &edit) != BK_OK;
    }
}

bk_status bk_scenario_parse_edits(bk_scenario *scenario, bk_layer layer,
                                  const char *text, bool library, bk_where where,
                                  bk_diag *diag)
{
    parsing p = {.scenario = scenario,
                 .diag = diag,
                 .at = text,
                 .where = where,
                 .layer = layer,
                 .library = library};
    const size_t before = scenario->n;
    if (strncmp(p.at, "\xEF\xBB\xBF", 3) == 0) {
        p.at += 3;
    }
    while (*p.at != '\0' && !p.memory) {
        skip_space(&p);
        if (*p.at == '#') {
            while (*p.at != '\0' && *p.at != '\n') {
                step(&p);
            }
        } else if (*p.at == '\n' || *p.at == ';') {
            step(&p);
        } else if (*p.at != '\0') {
            parse_statement(&p);
        }
    }
    bk_text_free(&p.names[0]);
    bk_text_free(&p.names[1]);
    if (p.wrong || p.memory) {
        scenario->n = before;
        return p.memory ? BK_NO_MEMORY : BK_BAD_INPUT;
    }
    return BK_OK;
}

bk_status bk_scenario_parse(bk_scenario *scenario, bk_layer layer, const char *text,
                            bk_where where, bk_diag *diag)
{
    return bk_scenario_parse_edits(scenario, layer, text, false, where, diag);
}
