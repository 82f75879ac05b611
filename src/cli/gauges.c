/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/gauges.h"

#include "observe/metrics.h"
#include "store/logout_call.h"
#include "store/session.h"

static int64_t count_sessions(void *context)
{
	struct provider *p = context;
	auto_tenant *t = provider_tenant(p, (struct str){ 0 });
	int64_t count = 0;

	if (t && session_count(db_reader(t->db), &count))
		return 0;
	return count;
}

static int64_t count_calls(void *context)
{
	struct provider *p = context;
	auto_tenant *t = provider_tenant(p, (struct str){ 0 });
	int64_t count = 0;

	if (t && logout_call_count(db_reader(t->db), &count))
		return 0;
	return count;
}

static int64_t count_connections(void *context)
{
	return front_connections(*(struct front **)context);
}

static int64_t count_dropped(void *context)
{
	struct db_counts counts;

	db_counts(context, &counts);
	return (int64_t)counts.dropped;
}

static int64_t count_commits(void *context)
{
	struct db_counts counts;

	db_counts(context, &counts);
	return (int64_t)counts.commits;
}

void gauges_begin(struct provider *provider, struct db *db, struct front **front)
{
	metrics_gauge(
		"tacit_sessions", "Sessions that have not ended.", count_sessions, provider);
	metrics_gauge("tacit_logout_calls_waiting",
		"Back-channel calls about log-outs that wait.", count_calls, provider);
	metrics_gauge("tacit_store_commits", "Transactions committed since the start.",
		count_commits, db);
	metrics_gauge("tacit_store_dropped",
		"Events, traces and last-activity that were lost: the queue was full.",
		count_dropped, db);
	metrics_gauge(
		"tacit_connections", "Connections that are open.", count_connections, front);
}

void gauges_end(void)
{
	static const char *const names[] = { "tacit_connections", "tacit_sessions",
		"tacit_logout_calls_waiting", "tacit_store_commits", "tacit_store_dropped" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		metrics_gauge(names[i], "", NULL, NULL);
}
