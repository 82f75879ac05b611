/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "observe/metrics.h"
#include "observe/metrics_shard.h"

/* clang-format off */
const struct histogram_bound histogram_bounds[HISTOGRAM_BOUNDS] = {
	{      100, "0.0001" },
	{      250, "0.00025" },
	{      500, "0.0005" },
	{     1000, "0.001" },
	{     2500, "0.0025" },
	{     5000, "0.005" },
	{    10000, "0.01" },
	{    25000, "0.025" },
	{    50000, "0.05" },
	{   100000, "0.1" },
	{   250000, "0.25" },
	{  1000000, "1" },
	{  2500000, "2.5" },
	{ 10000000, "10" },
};
/* clang-format on */

static struct {
	pthread_mutex_t lock;
	size_t count;
	struct gauge {
		const char *name;
		const char *help;
		int64_t (*read)(void *context);
		void *context;
	} list[METRICS_GAUGES_MAX];
} gauges = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct gauge *gauge_named(const char *name)
{
	for (size_t i = 0; i < gauges.count; i++) {
		if (strcmp(gauges.list[i].name, name) == 0)
			return &gauges.list[i];
	}
	return NULL;
}

void metrics_gauge(
	const char *name, const char *help, int64_t (*read)(void *context), void *context)
{
	struct gauge *gauge;

	(void)pthread_mutex_lock(&gauges.lock);
	gauge = gauge_named(name);
	if (gauge == NULL && read != NULL && gauges.count < METRICS_GAUGES_MAX)
		gauge = &gauges.list[gauges.count++];
	if (gauge != NULL && read != NULL)
		*gauge = (struct gauge){ name, help, read, context };
	if (gauge != NULL && read == NULL)
		*gauge = gauges.list[--gauges.count];
	(void)pthread_mutex_unlock(&gauges.lock);
}

static void heading(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_gauges(struct buf *out)
{
	(void)pthread_mutex_lock(&gauges.lock);
	for (size_t i = 0; i < gauges.count; i++) {
		const struct gauge *g = &gauges.list[i];

		heading(out, g->name, "gauge", g->help);
		buf_addf(out, "%s %" PRId64 "\n", g->name, g->read(g->context));
	}
	(void)pthread_mutex_unlock(&gauges.lock);
}

/* A plain copy, to add up in. */
struct total {
	uint64_t in[HISTOGRAM_BOUNDS + 1];
	uint64_t sum;
};

static void total_add(struct total *total, const struct histogram *h)
{
	for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
		total->in[i] += atomic_load_explicit(&h->in[i], memory_order_relaxed);
	total->sum += atomic_load_explicit(&h->sum, memory_order_relaxed);
}

/* `labels` is empty, or ends in a comma. */
static void write_histogram(
	struct buf *out, const char *name, struct str labels, const struct total *total)
{
	uint64_t count = 0;
	struct str plain = str_first(labels, labels.n > 0 ? labels.n - 1 : 0);
	const char *open = plain.n > 0 ? "{" : "";
	const char *close = plain.n > 0 ? "}" : "";

	for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
		count += total->in[i];
		buf_addf(out, "%s_bucket{" STR_FMT "le=\"%s\"} %" PRIu64 "\n", name,
			STR_ARG(labels), histogram_bounds[i].seconds, count);
	}
	count += total->in[HISTOGRAM_BOUNDS];
	buf_addf(out, "%s_bucket{" STR_FMT "le=\"+Inf\"} %" PRIu64 "\n", name, STR_ARG(labels),
		count);
	buf_addf(out, "%s_sum%s" STR_FMT "%s %" PRIu64 ".%06" PRIu64 "\n", name, open,
		STR_ARG(plain), close, total->sum / 1000000, total->sum % 1000000);
	buf_addf(out, "%s_count%s" STR_FMT "%s %" PRIu64 "\n", name, open, STR_ARG(plain),
		close, count);
}

static int by_route(const void *a, const void *b)
{
	const struct request_series *x = *(const struct request_series *const *)a;
	const struct request_series *y = *(const struct request_series *const *)b;
	int order = strcmp(x->route, y->route);

	return order != 0 ? order : x->status - y->status;
}

static int by_labels(const void *a, const void *b)
{
	const struct silent_series *x = *(const struct silent_series *const *)a;
	const struct silent_series *y = *(const struct silent_series *const *)b;
	int order = str_cmp(
		(struct str){ x->client, x->client_n }, (struct str){ y->client, y->client_n });

	if (order == 0)
		order = strcmp(x->outcome, y->outcome);
	return order != 0 ? order : strcmp(x->reason, y->reason);
}

static size_t shard_count(void)
{
	size_t n = 0;

	for (struct metrics_shard *s = metrics_shards(); s != NULL; s = s->next)
		n++;
	return n;
}

static void write_requests(struct buf *out, size_t shards)
{
	const struct request_series **all =
		arena_array(out->arena, const struct request_series *, shards *REQUEST_SERIES);
	struct metrics_shard *shard = metrics_shards();
	size_t n = 0;

	for (size_t left = shards; shard != NULL && left > 0; shard = shard->next, left--) {
		for (size_t i = 0; i < REQUEST_SERIES; i++) {
			if (atomic_load_explicit(
				    &shard->requests[i].used, memory_order_acquire))
				all[n++] = &shard->requests[i];
		}
	}
	qsort(all, n, sizeof(*all), by_route);

	heading(out, "tacit_request_seconds", "histogram",
		"Time from the last byte of a request to its answer.");
	for (size_t i = 0; i < n;) {
		const struct request_series *first = all[i];
		struct total total = { 0 };

		for (; i < n && by_route(&first, &all[i]) == 0; i++)
			total_add(&total, &all[i]->seconds);
		write_histogram(out, "tacit_request_seconds",
			arena_printf(out->arena, "route=\"%s\",status=\"%d\",", first->route,
				first->status),
			&total);
	}
}

/* A client_id is anything its owner chose. */
static void add_label(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '"' || c == '\\')
			buf_addc(out, '\\');
		buf_addc(out, c < ' ' ? '?' : text.p[i]);
	}
}

static void write_silent(struct buf *out, size_t shards)
{
	const struct silent_series **all =
		arena_array(out->arena, const struct silent_series *, shards *SILENT_SERIES);
	struct metrics_shard *shard = metrics_shards();
	size_t n = 0;

	for (size_t left = shards; shard != NULL && left > 0; shard = shard->next, left--) {
		for (size_t i = 0; i < SILENT_SERIES; i++) {
			if (atomic_load_explicit(&shard->silent[i].used, memory_order_acquire))
				all[n++] = &shard->silent[i];
		}
	}
	qsort(all, n, sizeof(*all), by_labels);

	heading(out, "tacit_silent_total", "counter", "Silent authentications (prompt=none).");
	for (size_t i = 0; i < n;) {
		const struct silent_series *first = all[i];
		uint64_t count = 0;

		for (; i < n && by_labels(&first, &all[i]) == 0; i++)
			count += atomic_load_explicit(&all[i]->count, memory_order_relaxed);
		buf_add(out, S("tacit_silent_total{client=\""));
		add_label(out, (struct str){ first->client, first->client_n });
		buf_addf(out, "\",outcome=\"%s\",reason=\"%s\"} %" PRIu64 "\n", first->outcome,
			first->reason, count);
	}
}

static void write_store(struct buf *out)
{
	struct total total = { 0 };

	for (struct metrics_shard *s = metrics_shards(); s != NULL; s = s->next)
		total_add(&total, &s->store_write);
	heading(out, "tacit_store_write_seconds", "histogram",
		"Time of a durable write until it is acknowledged.");
	write_histogram(out, "tacit_store_write_seconds", S(""), &total);
}

static void write_logout_calls(struct buf *out)
{
	static const char *const words[METRICS_CALLS] = { [METRICS_CALL_OK] = "ok",
		[METRICS_CALL_RETRY] = "retry",
		[METRICS_CALL_FAILED] = "failed" };

	heading(out, "tacit_logout_calls_total", "counter",
		"Back-channel calls to clients about log-outs.");
	for (size_t i = 0; i < METRICS_CALLS; i++) {
		uint64_t count = 0;

		for (struct metrics_shard *s = metrics_shards(); s != NULL; s = s->next)
			count +=
				atomic_load_explicit(&s->logout_calls[i], memory_order_relaxed);
		buf_addf(out, "tacit_logout_calls_total{outcome=\"%s\"} %" PRIu64 "\n",
			words[i], count);
	}
}

struct str metrics_text(struct arena *arena)
{
	struct buf out = buf_new(arena, 16384);
	size_t shards = shard_count();

	heading(&out, "tacit_build_info", "gauge", "The version that runs.");
	buf_addf(&out, "tacit_build_info{version=\"%s\"} 1\n", TACIT_VERSION);
	write_gauges(&out);
	write_requests(&out, shards);
	write_silent(&out, shards);
	write_store(&out);
	write_logout_calls(&out);
	return buf_str(&out);
}
