/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "tenant/yaml_value.h"

enum { DEPTH_MOST = 64, NODES_MOST = 1000 * 1000, COPIED_MOST = 10 * 1000, NUMBER_LENGTH = 64 };

/* A node with the line that it begins on. json stands first: yaml_line counts on it. */
struct yaml_node {
	struct json json;
	unsigned line;
};

struct anchor {
	struct str name;
	const struct json *node;
	struct anchor *next;
};

struct reader {
	struct arena *arena;
	yaml_parser_t parser;
	struct anchor *anchors;
	size_t nodes;
	size_t copied;
	struct str why;
	unsigned line;
};

unsigned yaml_line(const struct json *node)
{
	return ((const struct yaml_node *)(const void *)node)->line;
}

static enum err refuse(struct reader *r, unsigned line, const char *why)
{
	r->why = str_from(why);
	r->line = line;
	return ERR_INVALID;
}

static bool is_word(struct str s, const char *a, const char *b, const char *c)
{
	return str_is(s, a) || str_is(s, b) || str_is(s, c);
}

static size_t digits_at(struct str s, size_t i)
{
	size_t n = 0;

	while (i + n < s.n && s.p[i + n] >= '0' && s.p[i + n] <= '9')
		n++;
	return n;
}

/* RFC 8259, 6: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static bool is_number(struct str s, bool *ret_whole)
{
	size_t i = s.n > 0 && s.p[0] == '-';
	size_t n = digits_at(s, i);

	if (n == 0 || (n > 1 && s.p[i] == '0'))
		return false;
	i += n;
	*ret_whole = i == s.n;
	if (i < s.n && s.p[i] == '.') {
		n = digits_at(s, i + 1);
		if (n == 0)
			return false;
		i += n + 1;
	}
	if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		i++;
		i += i < s.n && (s.p[i] == '+' || s.p[i] == '-');
		n = digits_at(s, i);
		if (n == 0)
			return false;
		i += n;
	}
	return i == s.n;
}

static bool read_number(struct str s, struct json *ret)
{
	char copy[NUMBER_LENGTH];
	char *end;
	bool whole;

	if (s.n >= sizeof(copy) || !is_number(s, &whole))
		return false;
	memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	errno = 0;
	if (whole) {
		ret->type = JSON_INT;
		ret->integer = strtoll(copy, &end, 10);
		ret->real = (double)ret->integer;
	} else {
		ret->type = JSON_REAL_VALUE;
		ret->real = strtod(copy, &end);
	}
	return errno == 0 && *end == '\0';
}

struct json yaml_plain(struct str s)
{
	struct json value = { .type = JSON_STR, .str = s };

	if (s.n == 0 || str_is(s, "~") || is_word(s, "null", "Null", "NULL"))
		value = (struct json){ .type = JSON_NULL_VALUE };
	else if (is_word(s, "true", "True", "TRUE"))
		value = (struct json){ .type = JSON_TRUE_VALUE };
	else if (is_word(s, "false", "False", "FALSE"))
		value = (struct json){ .type = JSON_FALSE_VALUE };
	else if (!read_number(s, &value))
		value = (struct json){ .type = JSON_STR, .str = s };
	return value;
}

static unsigned line_of(const yaml_event_t *event)
{
	return (unsigned)event->start_mark.line + 1;
}

static enum err next(struct reader *r, yaml_event_t *ret)
{
	if (yaml_parser_parse(&r->parser, ret))
		return OK;
	return refuse(r, (unsigned)r->parser.problem_mark.line + 1,
		arena_printf(r->arena, "not YAML: %s",
			r->parser.problem ? r->parser.problem : "cannot be read")
			.p);
}

static struct yaml_node *node_new(struct reader *r, unsigned line)
{
	struct yaml_node *node = arena_new_of(r->arena, struct yaml_node);

	r->nodes++;
	node->line = line;
	return node;
}

static void keep_anchor(struct reader *r, const yaml_char_t *name, const struct json *node)
{
	struct anchor *anchor;

	if (!name)
		return;
	anchor = arena_new_of(r->arena, struct anchor);
	anchor->name = arena_str(r->arena, str_from((const char *)name));
	anchor->node = node;
	anchor->next = r->anchors;
	r->anchors = anchor;
}

static struct json *copy_tree(struct reader *r, const struct json *from)
{
	struct yaml_node *node = node_new(r, yaml_line(from));
	const struct json **at = &node->json.first;

	r->copied++;
	node->json = *from;
	node->json.next = NULL;
	node->json.first = NULL;
	json_each(child, from)
	{
		struct json *copy;

		if (r->copied > COPIED_MOST)
			return NULL;
		copy = copy_tree(r, child);
		if (!copy)
			return NULL;
		*at = copy;
		at = &copy->next;
	}
	return &node->json;
}

static enum err read_alias(struct reader *r, const yaml_event_t *event, struct json **ret)
{
	struct str name = str_from((const char *)event->data.alias.anchor);
	const struct anchor *anchor = r->anchors;

	while (anchor && !str_eq(anchor->name, name))
		anchor = anchor->next;
	if (!anchor)
		return refuse(r, line_of(event), "an alias (*) to nothing before it");
	*ret = copy_tree(r, anchor->node);
	return *ret ? OK : refuse(r, line_of(event), "too many values by alias (*)");
}

static enum err read_scalar(struct reader *r, const yaml_event_t *event, struct json **ret)
{
	struct str text = { (const char *)event->data.scalar.value, event->data.scalar.length };
	const char *tag = (const char *)event->data.scalar.tag;
	struct yaml_node *node = node_new(r, line_of(event));

	if (tag && strcmp(tag, YAML_STR_TAG) != 0 && strcmp(tag, "!") != 0)
		return refuse(r, line_of(event), "a tag other than !!str");
	if (memchr(text.p, '\0', text.n))
		return refuse(r, line_of(event), "a NUL byte");
	text = arena_str(r->arena, text);
	if (!tag && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		node->json = yaml_plain(text);
	else
		node->json = (struct json){ .type = JSON_STR, .str = text };
	keep_anchor(r, event->data.scalar.anchor, &node->json);
	*ret = &node->json;
	return OK;
}

static enum err read_node(
	struct reader *, const yaml_event_t *event, unsigned depth, struct json **ret);

static enum err read_list(
	struct reader *r, const yaml_event_t *begin, unsigned depth, struct json **ret)
{
	struct yaml_node *list = node_new(r, line_of(begin));
	const struct json **at = &list->json.first;

	list->json.type = JSON_LIST;
	for (;;) {
		yaml_event_t event;
		struct json *item = NULL;
		enum err e = next(r, &event);

		if (e)
			return e;
		if (event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			break;
		}
		e = read_node(r, &event, depth, &item);
		yaml_event_delete(&event);
		if (e)
			return e;
		*at = item;
		at = &item->next;
		list->json.count++;
	}
	keep_anchor(r, begin->data.sequence_start.anchor, &list->json);
	*ret = &list->json;
	return OK;
}

static enum err check_key(
	struct reader *r, const struct json *map, const yaml_event_t *event, struct str *ret)
{
	struct str key;

	if (event->type != YAML_SCALAR_EVENT)
		return refuse(r, line_of(event), "a key that is not text");
	key = (struct str){ (const char *)event->data.scalar.value, event->data.scalar.length };
	if (key.n == 0 || memchr(key.p, '\0', key.n))
		return refuse(r, line_of(event), "a key that is not text");
	if (str_is(key, "<<"))
		return refuse(r, line_of(event), "merge keys (<<) are not understood here");
	json_each(child, map) if (str_eq(child->key, key)) return refuse(r, line_of(event),
		arena_printf(
			r->arena, "the key " STR_FMT " twice", STR_ARG(str_first(key, 100)))
			.p);
	*ret = arena_str(r->arena, key);
	return OK;
}

static enum err read_member(struct reader *r, struct str key, unsigned depth, struct json **ret)
{
	yaml_event_t event;
	struct json *value = NULL;
	enum err e = next(r, &event);

	if (e)
		return e;
	e = read_node(r, &event, depth, &value);
	yaml_event_delete(&event);
	if (e)
		return e;
	value->key = key;
	*ret = value;
	return OK;
}

static enum err read_map(
	struct reader *r, const yaml_event_t *begin, unsigned depth, struct json **ret)
{
	struct yaml_node *map = node_new(r, line_of(begin));
	const struct json **at = &map->json.first;

	map->json.type = JSON_MAP;
	for (;;) {
		yaml_event_t event;
		struct json *value = NULL;
		struct str key;
		enum err e = next(r, &event);

		if (e)
			return e;
		if (event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			break;
		}
		e = check_key(r, &map->json, &event, &key);
		yaml_event_delete(&event);
		if (!e)
			e = read_member(r, key, depth, &value);
		if (e)
			return e;
		*at = value;
		at = &value->next;
		map->json.count++;
	}
	keep_anchor(r, begin->data.mapping_start.anchor, &map->json);
	*ret = &map->json;
	return OK;
}

static enum err read_node(
	struct reader *r, const yaml_event_t *event, unsigned depth, struct json **ret)
{
	if (depth == 0 || r->nodes > NODES_MOST)
		return refuse(r, line_of(event), "too deep or too large");
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(r, event, ret);
	case YAML_SEQUENCE_START_EVENT:
		return read_list(r, event, depth - 1, ret);
	case YAML_MAPPING_START_EVENT:
		return read_map(r, event, depth - 1, ret);
	case YAML_ALIAS_EVENT:
		return read_alias(r, event, ret);
	default:
		return refuse(r, line_of(event), "a value is missing");
	}
}

/* Reads events up to one of that type; others may not come. */
static enum err expect(struct reader *r, yaml_event_type_t type, const char *why)
{
	yaml_event_t event;
	enum err e = next(r, &event);

	if (e)
		return e;
	if (event.type != type)
		e = refuse(r, line_of(&event), why);
	yaml_event_delete(&event);
	return e;
}

static enum err read_document(struct reader *r, struct json **ret)
{
	yaml_event_t event;
	enum err e = expect(r, YAML_STREAM_START_EVENT, "no YAML");

	if (!e)
		e = expect(r, YAML_DOCUMENT_START_EVENT, "the file is empty");
	if (!e)
		e = next(r, &event);
	if (e)
		return e;
	e = read_node(r, &event, DEPTH_MOST, ret);
	yaml_event_delete(&event);
	if (!e)
		e = expect(r, YAML_DOCUMENT_END_EVENT, "more than one value");
	if (!e)
		e = expect(r, YAML_STREAM_END_EVENT, "more than one document");
	return e;
}

enum err yaml_parse(struct arena *a, struct str text, const struct json **ret,
	struct str *ret_why, unsigned *ret_line)
{
	struct reader r = { .arena = a };
	struct json *root = NULL;
	enum err e;

	if (!yaml_parser_initialize(&r.parser))
		abort();
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p, text.n);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	e = read_document(&r, &root);
	yaml_parser_delete(&r.parser);
	if (e) {
		*ret_why = r.why;
		*ret_line = r.line;
		return e;
	}
	*ret = root;
	return OK;
}
