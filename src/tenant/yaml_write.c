/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/buf.h"
#include "tenant/yaml_value.h"

enum { WIDTH = 100, NUMBER_LENGTH = 32 };

/* Words that other YAML readers take for true and false. */
static const char *const other_words[] = { "y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No",
	"NO", "on", "On", "ON", "off", "Off", "OFF", "<<", "=" };

static bool needs_quotes(struct str s)
{
	if (yaml_plain(s).type != JSON_STR || strchr("0123456789+-.", s.p[0]))
		return true;
	for (size_t i = 0; i < sizeof(other_words) / sizeof(other_words[0]); i++)
		if (str_is(s, other_words[i]))
			return true;
	return false;
}

static void emit(yaml_emitter_t *emitter, yaml_event_t *event)
{
	/* Memory is the only thing that can fail: the events are well formed. */
	if (!yaml_emitter_emit(emitter, event))
		abort();
}

static void emit_scalar(yaml_emitter_t *emitter, struct str s, bool quoted)
{
	yaml_event_t event;
	yaml_scalar_style_t style = YAML_ANY_SCALAR_STYLE;

	if (memchr(s.p ? s.p : "", '\n', s.n))
		style = YAML_LITERAL_SCALAR_STYLE;
	else if (quoted)
		style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	/* The library takes the text without const but only reads it. */
	yaml_char_t *text = (yaml_char_t *)(uintptr_t)(s.p ? s.p : "");
	if (!yaml_scalar_event_initialize(
		    &event, NULL, NULL, text, (int)s.n, !quoted, 1, style))
		abort();
	emit(emitter, &event);
}

static void emit_number(yaml_emitter_t *emitter, const struct json *value)
{
	char text[NUMBER_LENGTH];
	int n = value->type == JSON_INT
			? snprintf(text, sizeof(text), "%lld", (long long)value->integer)
			: snprintf(text, sizeof(text), "%.17g", value->real);

	emit_scalar(emitter, (struct str){ text, (size_t)n }, false);
}

static void emit_value(yaml_emitter_t *, const struct json *);

static void emit_list(yaml_emitter_t *emitter, const struct json *list)
{
	yaml_event_t event;
	yaml_sequence_style_t style =
		list->count ? YAML_BLOCK_SEQUENCE_STYLE : YAML_FLOW_SEQUENCE_STYLE;

	yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style);
	emit(emitter, &event);
	json_each(item, list) emit_value(emitter, item);
	yaml_sequence_end_event_initialize(&event);
	emit(emitter, &event);
}

static void emit_map(yaml_emitter_t *emitter, const struct json *map)
{
	yaml_event_t event;
	yaml_mapping_style_t style =
		map->count ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE;

	yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, style);
	emit(emitter, &event);
	json_each(child, map)
	{
		emit_scalar(emitter, child->key, child->key.n == 0 || needs_quotes(child->key));
		emit_value(emitter, child);
	}
	yaml_mapping_end_event_initialize(&event);
	emit(emitter, &event);
}

static void emit_value(yaml_emitter_t *emitter, const struct json *value)
{
	switch (value->type) {
	case JSON_NULL_VALUE:
		emit_scalar(emitter, S("null"), false);
		return;
	case JSON_FALSE_VALUE:
		emit_scalar(emitter, S("false"), false);
		return;
	case JSON_TRUE_VALUE:
		emit_scalar(emitter, S("true"), false);
		return;
	case JSON_INT:
	case JSON_REAL_VALUE:
		emit_number(emitter, value);
		return;
	case JSON_STR:
		emit_scalar(emitter, value->str, value->str.n == 0 || needs_quotes(value->str));
		return;
	case JSON_LIST:
		emit_list(emitter, value);
		return;
	case JSON_MAP:
		emit_map(emitter, value);
		return;
	}
}

static int write_to(void *context, unsigned char *text, size_t n)
{
	buf_add(context, (struct str){ (const char *)text, n });
	return 1;
}

struct str yaml_write(struct arena *a, const struct json *value)
{
	struct buf b = buf_new(a, 4096);
	yaml_emitter_t emitter;
	yaml_event_t event;

	if (!yaml_emitter_initialize(&emitter))
		abort();
	yaml_emitter_set_output(&emitter, write_to, &b);
	yaml_emitter_set_unicode(&emitter, 1);
	yaml_emitter_set_width(&emitter, WIDTH);
	yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
	emit(&emitter, &event);
	yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1);
	emit(&emitter, &event);
	emit_value(&emitter, value);
	yaml_document_end_event_initialize(&event, 1);
	emit(&emitter, &event);
	yaml_stream_end_event_initialize(&event);
	emit(&emitter, &event);
	yaml_emitter_delete(&emitter);
	return buf_str(&b);
}
