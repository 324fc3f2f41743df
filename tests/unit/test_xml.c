/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "xml/xml.h"

#include <stdio.h>
#include <string.h>

#define test(name) cmocka_unit_test(name)

enum { A, B, X, ONE };
static const char *const words[] = {"a", "b", "x", "urn:one"};

static bk_xml *parsed(const char *text, size_t length)
{
    bk_xml *xml = NULL;
    assert_int_equal(bk_xml_parse(text, length, "t.xml", words, 4, NULL, &xml), BK_OK);
    return xml;
}

static void assert_refused(const char *text, size_t length, const char *expected)
{
    bk_diag *const diag = bk_diag_new();
    bk_xml *xml = NULL;
    assert_int_equal(bk_xml_parse(text, length, "t.xml", words, 4, diag, &xml),
                     BK_BAD_INPUT);
    assert_null(xml);
    assert_int_equal(bk_diag_size(diag), 1);
    const bk_message *const m = bk_diag_message(diag, 0);
    char place[100];
    snprintf(place, sizeof place, "%d:%d %s", m->where.line, m->where.column, m->code);
    assert_string_equal(place, expected);
    bk_diag_free(diag);
}

static void assert_place(bk_xml_node node, int line, int column)
{
    assert_int_equal(bk_xml_where(node).line, line);
    assert_int_equal(bk_xml_where(node).column, column);
}

static void places_are_those_of_start_tags_in_characters(void **state)
{
    (void)state;
    const char text[] = "<a>\n  <b x='1'\n     c='2'/>\xC3\xA9\xC3\xA9<b/><b\n/></a>";
    bk_xml *const xml = parsed(text, sizeof text - 1);
    bk_xml_node b = bk_xml_first(bk_xml_root(xml));
    assert_place(b, 2, 3);
    b = bk_xml_next(b);
    assert_place(b, 3, 15);
    b = bk_xml_next(b);
    assert_place(b, 3, 19);
    assert_false(bk_xml_some(bk_xml_next(b)));
    assert_false(bk_xml_some(bk_xml_next(bk_xml_root(xml))));
    bk_xml_free(xml);
}

static void names_and_namespaces_are_words(void **state)
{
    (void)state;
    const char text[] = "<a xmlns='urn:one' xmlns:p='urn:two'><p:b p:x='1' x='2'/></a>";
    bk_xml *const xml = parsed(text, sizeof text - 1);
    const bk_xml_node root = bk_xml_root(xml);
    assert_true(bk_xml_is(root, ONE, A));
    const bk_xml_node b = bk_xml_child(root, BK_XML_ANY_NAMESPACE, B);
    assert_int_equal(bk_xml_space(b), BK_XML_NO_WORD);
    assert_string_equal(bk_xml_space_name(b), "urn:two");
    assert_string_equal(bk_xml_attribute(b, BK_XML_NO_NAMESPACE, X), "2");
    assert_string_equal(bk_xml_attribute(b, BK_XML_ANY_NAMESPACE, X), "1");
    assert_false(bk_xml_some(bk_xml_child(root, ONE, B)));
    bk_xml_free(xml);
}

static void texts_lose_white_space_at_their_ends_and_keep_the_rest(void **state)
{
    (void)state;
    const char text[] =
        "<a x=' &lt;&amp;amp;&#65; '> 1 &amp; <![CDATA[<2>]]> <b/> 3 </a>";
    bk_xml *const xml = parsed(text, sizeof text - 1);
    const bk_xml_node root = bk_xml_root(xml);
    assert_string_equal(bk_xml_attribute(root, BK_XML_ANY_NAMESPACE, X), " <&amp;A ");
    assert_string_equal(bk_xml_text(root), "1 & <2>");
    assert_string_equal(bk_xml_text_after(root, 0), "3");
    assert_string_equal(bk_xml_text(bk_xml_first(root)), "");
    bk_xml_free(xml);
}

static void other_encodings_are_read_with_right_places(void **state)
{
    (void)state;
    const char latin[] =
        "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9<b x='\xE9'/></a>";
    bk_xml *xml = parsed(latin, sizeof latin - 1);
    const bk_xml_node b = bk_xml_first(bk_xml_root(xml));
    assert_string_equal(bk_xml_attribute(b, BK_XML_ANY_NAMESPACE, X), "\xC3\xA9");
    assert_place(b, 1, 48);
    bk_xml_free(xml);
    const char wide[] = "\xFF\xFE<\0a\0>\0\n\0<\0b\0/\0>\0<\0/\0a\0>\0";
    xml = parsed(wide, sizeof wide - 1);
    assert_place(bk_xml_first(bk_xml_root(xml)), 2, 1);
    bk_xml_free(xml);
    const char marked[] = "\xEF\xBB\xBF<a><b/></a>";
    xml = parsed(marked, sizeof marked - 1);
    assert_place(bk_xml_first(bk_xml_root(xml)), 1, 4);
    bk_xml_free(xml);
}

static void what_is_cut_out_stands_alone(void **state)
{
    (void)state;
    const char text[] = "<a xmlns='urn:one' xmlns:p='urn:two' xmlns:q='urn:q'><p:b><b "
                        "p:x='1'/></p:b></a>";
    bk_xml *const xml = parsed(text, sizeof text - 1);
    bk_text out = {0};
    bk_xml_print_content(bk_xml_root(xml), &out);
    assert_string_equal(out.data, "<p:b xmlns:p=\"urn:two\" xmlns=\"urn:one\"><b "
                                  "p:x='1'/></p:b>");
    bk_text_free(&out);
    bk_xml_free(xml);
}

static void what_is_not_xml_is_refused_at_its_place(void **state)
{
    (void)state;
    assert_refused("<a>\n<b></a>", 11, "2:8 xml-syntax");
    assert_refused("<a>", 3, "1:4 xml-syntax");
    assert_refused("hello", 5, "1:1 xml-syntax");
    assert_refused("<a>&b;</a>", 10, "1:7 xml-syntax");
    assert_refused("<p:a/>", 6, "1:5 xml-syntax");
    assert_refused("", 0, "1:1 xml-empty");
    assert_refused("\n<!DOCTYPE a><a/>", 17, "2:1 xml-doctype");
    assert_refused("PK\x03\x04....", 8, "1:1 xml-packed");
}

static void entities_and_depth_cannot_be_abused(void **state)
{
    (void)state;
    const char laughs[] = "<!DOCTYPE a [<!ENTITY x 'ha'><!ENTITY y '&x;&x;'>"
                          "<!ENTITY z SYSTEM 'file:///etc/passwd'>]><a>&y;&z;</a>";
    assert_refused(laughs, sizeof laughs - 1, "1:1 xml-doctype");
    char deep[3 * 300 + 1] = "";
    for (int i = 0; i < 300; i++) {
        memcpy(deep + 3 * i, "<a>", 4);
    }
    assert_refused(deep, sizeof deep - 1, "1:751 xml-depth");
}

static void typed_attributes_tell_what_they_should_be(void **state)
{
    (void)state;
    const char text[] = "<a x='1e3' b='yes'/>";
    bk_xml *const xml = parsed(text, sizeof text - 1);
    bk_diag *const diag = bk_diag_new();
    const bk_xml_node root = bk_xml_root(xml);
    double number = 0;
    bool truth = true;
    int whole = 7;
    assert_true(bk_xml_get_double(root, BK_XML_NO_NAMESPACE, X, diag, &number));
    assert_true(number == 1000.0);
    assert_false(bk_xml_get_int(root, BK_XML_NO_NAMESPACE, A, diag, &whole));
    assert_int_equal(bk_diag_size(diag), 0);
    assert_false(bk_xml_get_bool(root, BK_XML_NO_NAMESPACE, B, diag, &truth));
    assert_true(truth);
    assert_int_equal(bk_diag_size(diag), 1);
    bk_diag_free(diag);
    bk_xml_free(xml);
}

static void every_failed_allocation_is_survived(void **state)
{
    (void)state;
    const char text[] = "<a xmlns:p='urn:two'><p:b c='1'>text</p:b><!-- c --><d/></a>";
    bool done = false;
    for (long n = 0; !done; n++) {
        bk_xml *xml = NULL;
        bk_alloc_fail_after(n);
        const bk_status status =
            bk_xml_parse(text, sizeof text - 1, "t", words, 4, NULL, &xml);
        done = bk_alloc_fail_after(-1) < n;
        assert_int_equal(status, xml != NULL ? BK_OK : BK_NO_MEMORY);
        bk_xml_free(xml);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(places_are_those_of_start_tags_in_characters),
        test(names_and_namespaces_are_words),
        test(texts_lose_white_space_at_their_ends_and_keep_the_rest),
        test(other_encodings_are_read_with_right_places),
        test(what_is_cut_out_stands_alone),
        test(what_is_not_xml_is_refused_at_its_place),
        test(entities_and_depth_cannot_be_abused),
        test(typed_attributes_tell_what_they_should_be),
        test(every_failed_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
