/* SPDX-License-Identifier: Apache-2.0 */
#include "login/attempts.h"

#include <arpa/inet.h>
#include <pthread.h>

#include "base/base64.h"
#include "crypto/digest.h"
#include "store/attempt.h"

/* Above MAX_FAILURES the settings mean that protection is off. */
enum { STRIPES = 256, MAX_FAILURES = 1000000 };

/* How many run now, by account and address. Two that share a stripe wait for each other; no
 * more comes of it. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t left;
	unsigned running[STRIPES];
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .left = PTHREAD_COND_INITIALIZER };

static unsigned gate_enter(size_t stripe)
{
	unsigned running;

	pthread_mutex_lock(&gate.lock);
	running = ++gate.running[stripe];
	pthread_mutex_unlock(&gate.lock);
	return running;
}

static void gate_leave(size_t stripe)
{
	pthread_mutex_lock(&gate.lock);
	gate.running[stripe]--;
	pthread_cond_broadcast(&gate.left);
	pthread_mutex_unlock(&gate.lock);
}

/* Leaves, and returns when another one has left too or none is there. */
static void gate_step_back(size_t stripe)
{
	pthread_mutex_lock(&gate.lock);
	gate.running[stripe]--;
	pthread_cond_broadcast(&gate.left);
	if (gate.running[stripe] > 0)
		pthread_cond_wait(&gate.left, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

void attempts_leave(struct attempts *at)
{
	if (at->entered)
		gate_leave(at->stripe);
	at->entered = false;
}

static struct str lower_case(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i]);
	return (struct str){ p, s.n };
}

/* Whoever has one IPv6 address has its /64 (RFC 6177), so that is what is counted. */
struct str attempts_network(struct arena *a, struct str address)
{
	struct in6_addr six;

	if (address.n >= INET6_ADDRSTRLEN || str_index(address, ':') < 0)
		return address;
	if (inet_pton(AF_INET6, arena_cstr(a, address), &six) != 1 ||
		IN6_IS_ADDR_V4MAPPED(&six))
		return address;
	return hex_encode(a, &six, 8);
}

static enum err retry_after(const struct attempts *at, struct str subject, int64_t max,
	int64_t *ret_failures, int64_t *ret_retry_after)
{
	int64_t failures, last;
	enum err err =
		attempt_count(db_reader(at->tenant->db), subject, at->since, &failures, &last);

	if (err != OK)
		return err;
	*ret_failures = failures;
	*ret_retry_after = failures < max ? 0 : last - at->since;
	if (failures >= max && *ret_retry_after < 1)
		*ret_retry_after = 1;
	return OK;
}

/* Counts itself as running first: whoever left before had written its failure, and whoever
 * leaves later is in `running`. The first one in always goes on, so somebody always does. */
static enum err enter_account(struct attempts *at, int64_t max, int64_t *ret_retry_after)
{
	int64_t failures;
	enum err err;

	for (;;) {
		unsigned running = gate_enter(at->stripe);

		err = retry_after(at, at->account, max, &failures, ret_retry_after);
		if (err != OK || *ret_retry_after > 0) {
			gate_leave(at->stripe);
			return err;
		}
		if (running == 1 || failures + running <= max)
			break;
		gate_step_back(at->stripe);
	}
	at->entered = true;
	return OK;
}

/* `subject` is whom failures are counted for, beside the address. */
static enum err enter(const struct provider *op, const struct tenant *t,
	const struct http_request *rq, struct str subject, struct attempts *ret,
	int64_t *ret_retry_after)
{
	int64_t max = t->settings.max_failures;
	int64_t retry = 0, failures;
	struct arena *a = rq->arena;
	enum err err = OK;

	*ret = (struct attempts){ .now = rq->now };
	*ret_retry_after = 0;
	if (!op->limits || max > MAX_FAILURES)
		return OK;
	ret->tenant = t;
	ret->since = rq->now - t->settings.failure_window;
	ret->address = sha256(a,
		arena_printf(a, "address " STR_FMT, STR_ARG(attempts_network(a, rq->remote))));
	ret->account = sha256(a, subject);
	ret->stripe = (unsigned char)ret->account.p[0] % STRIPES;
	err = retry_after(ret, ret->address, max * ATTEMPTS_PER_ADDRESS, &failures, &retry);
	if (err == OK && retry == 0)
		err = enter_account(ret, max, &retry);
	*ret_retry_after = retry;
	return err;
}

enum err attempts_enter(const struct provider *op, const struct tenant *t,
	const struct http_request *rq, struct str who, struct attempts *ret,
	int64_t *ret_retry_after)
{
	struct str subject = arena_printf(rq->arena, "account " STR_FMT " " STR_FMT,
		STR_ARG(attempts_network(rq->arena, rq->remote)),
		STR_ARG(lower_case(rq->arena, who)));

	return enter(op, t, rq, subject, ret, ret_retry_after);
}

enum err attempts_enter_factor(const struct provider *op, const struct tenant *t,
	const struct http_request *rq, struct str user_id, struct attempts *ret,
	int64_t *ret_retry_after)
{
	struct str subject = arena_printf(rq->arena, "factor " STR_FMT, STR_ARG(user_id));

	return enter(op, t, rq, subject, ret, ret_retry_after);
}

enum err attempts_write_failure(struct db_conn *conn, const struct attempts *at)
{
	enum err err;

	if (at->tenant == NULL)
		return OK;
	err = attempt_fail(conn, at->account, at->now, at->since);
	return err == OK ? attempt_fail(conn, at->address, at->now, at->since) : err;
}

static enum err write_failure(struct db_conn *conn, void *arg)
{
	return attempts_write_failure(conn, arg);
}

enum err attempts_fail(const struct attempts *at)
{
	struct attempts copy = *at;

	return at->tenant == NULL ? OK : db_write(at->tenant->db, write_failure, &copy);
}

enum err attempts_forget(struct db_conn *conn, const struct attempts *at)
{
	return at->tenant == NULL ? OK : attempt_clear(conn, at->account);
}
