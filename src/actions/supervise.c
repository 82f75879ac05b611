/* SPDX-License-Identifier: Apache-2.0 */

/* The host's thread: starts processes, reads what they answer, ends those that are late. */

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actions/host_state.h"
#include "base/clock.h"
#include "base/log.h"

enum {
	LENGTH_BYTES = 4,
	ANSWER_MOST = 256 * 1024,
	READ_SIZE = 64 * 1024,
	US_PER_MS = 1000,
	READY_US = 3000 * 1000,
	RETRY_US = 1000 * 1000,
	/* The first may have been killed by others. */
	EARLY_ENDS_MOST = 2,
	TEXT_MOST = 1024,
};

static bool is_alive(const struct worker *w)
{
	return w->process.pid > 0;
}

static void start(struct host *h, int place)
{
	struct worker *w = h->workers[place];
	struct process process;
	int64_t now = clock_mono_us();
	enum err err;

	if (is_alive(w) || now < h->not_before_us)
		return;
	err = process_start(&h->process, &process);
	if (err != OK) {
		h->does_not_start = true;
		h->not_before_us = now + RETRY_US;
		log_line(LOG_ERROR, "actions", "the host process cannot be started", "reason",
			err == ERR_NOT_FOUND ? "there is no node program" : err_name(err),
			NULL);
		(void)pthread_cond_broadcast(&h->changed);
		return;
	}
	(void)pthread_mutex_lock(&w->writing);
	w->process = process;
	w->generation++;
	(void)pthread_mutex_unlock(&w->writing);
	w->ready = false;
	w->ready_by_us = now + READY_US;
	w->answered_us = 0;
	w->load_sent = 0;
	w->out_n = 0;
	w->in_n = 0;
}

/*
 * Only one of the loops is woken for what comes; whose errand it answers need not be that one.
 * And only once, so that bytes that nobody has asked for do not keep one awake: so whoever is
 * woken reads all there is.
 */
static void watch(const struct host *h, struct worker *w)
{
	const struct host_watch *watch = h->config.watch;
	struct epoll_event event = { .events = EPOLLIN | EPOLLET | EPOLLEXCLUSIVE };
	size_t count = watch != NULL ? atomic_load(&watch->count) : 0;

	if (w == h->workers[ALONE])
		return;
	for (size_t i = 0; i < count; i++)
		if (epoll_ctl(watch->epolls[i], EPOLL_CTL_ADD, w->process.fd, &event) == 0)
			w->is_watched = true;
}

static void unwatch(const struct host *h, struct worker *w)
{
	const struct host_watch *watch = h->config.watch;
	size_t count = w->is_watched ? atomic_load(&watch->count) : 0;

	for (size_t i = 0; i < count; i++)
		(void)epoll_ctl(watch->epolls[i], EPOLL_CTL_DEL, w->process.fd, NULL);
	w->is_watched = false;
}

/* Its caller is told: at once, or when nobody holds the lock. */
static void conclude(struct host *h, struct worker *w, struct call *c, enum call_state state)
{
	atomic_fetch_sub(&h->in_flight, 1);
	if (h->config.watch != NULL)
		atomic_fetch_sub(&h->config.watch->in_flight, 1);
	c->state = state;
	if (c->errand == NULL) {
		(void)pthread_cond_signal(&c->done);
		return;
	}
	w->errands -= c->sent;
	c->errand->end = host_end_of(state);
	c->next = NULL;
	*h->told_last = c;
	h->told_last = &c->next;
}

static struct call *take_told(struct host *h)
{
	struct call *told = h->told;

	h->told = NULL;
	h->told_last = &h->told;
	return told;
}

/* Without the lock. */
static void tell_errands(struct call *told)
{
	while (told != NULL) {
		struct call *next = told->next;

		told->errand->done(told->errand);
		told = next;
	}
}

/*
 * Tells those in flight how it ended. Whoever was alone is to blame for a process that hangs;
 * one that dies may also have been killed by others, so it takes a second death, alone.
 */
static void tell(struct host *h, struct worker *w, enum call_state how)
{
	bool is_single = w->calls != NULL && w->calls->next == NULL;
	bool is_to_blame = w == h->workers[ALONE] || (how == CALL_LATE && is_single);
	enum call_state end = is_to_blame ? how : CALL_AGAIN;

	while (w->calls != NULL) {
		struct call *c = w->calls;

		w->calls = c->next;
		conclude(h, w, c, h->stopping ? CALL_RETIRED : end);
	}
}

static void note_early_end(struct host *h, enum call_state how)
{
	log_line(LOG_ERROR, "actions", "the host process ended before it was ready", NULL);
	if (how != CALL_LATE && ++h->early_ends < EARLY_ENDS_MOST)
		return;
	h->does_not_start = true;
	h->not_before_us = clock_mono_us() + RETRY_US;
}

/* A kill makes a writer that is stuck give up; then its socket can go. */
static void end(struct host *h, struct worker *w, enum call_state how)
{
	pid_t pid = w->process.pid;

	assert(pid > 0);
	if (!w->ready && !h->stopping)
		note_early_end(h, how);
	atomic_store(&h->ending, true);
	(void)kill(-pid, SIGKILL);
	(void)kill(pid, SIGKILL);
	(void)pthread_mutex_lock(&w->writing);
	w->generation++;
	unwatch(h, w);
	process_kill(&w->process);
	(void)pthread_mutex_unlock(&w->writing);
	atomic_store(&h->ending, false);
	w->ready = false;
	w->is_bad = false;
	w->out_n = 0;
	tell(h, w, how);
	(void)pthread_cond_broadcast(&h->changed);
}

/* The spare takes the place of a worker that died. */
static void fill_places(struct host *h)
{
	struct worker *current = h->workers[CURRENT];

	if (!is_alive(current) && is_alive(h->workers[SPARE])) {
		h->workers[CURRENT] = h->workers[SPARE];
		h->workers[SPARE] = current;
		(void)pthread_cond_broadcast(&h->changed);
	}
	start(h, CURRENT);
	/* The first requests come first: the spare begins when the worker is up. */
	if (h->workers[CURRENT]->ready)
		start(h, SPARE);
	if (h->alone_wanted > 0)
		start(h, ALONE);
	else if (is_alive(h->workers[ALONE]) && h->workers[ALONE]->ready)
		end(h, h->workers[ALONE], CALL_CRASHED);
}

static void send_load(struct host *h, struct worker *w)
{
	ssize_t n = send(w->process.fd, h->load + w->load_sent, h->load_n - w->load_sent,
		MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n > 0)
		w->load_sent += (size_t)n;
}

/* {"id":N,… : the host writes it first. 0: it is no answer but the word that it is ready. */
static uint64_t id_of(const char *p, size_t n)
{
	static const char head[] = "{\"id\":";

	if (n < sizeof(head) || memcmp(p, head, sizeof(head) - 1) != 0)
		return 0;
	return strtoull(p + sizeof(head) - 1, NULL, 10);
}

/* Once for each pipeline: what does not load ends every sign-in that comes to it. */
static void tell_broken(struct host *h, const char *p, size_t n)
{
	struct str word = { p, n };
	char text[TEXT_MOST];

	if (h->broken_is_told || str_find(word, S("\"broken\"")) < 0)
		return;
	h->broken_is_told = true;
	(void)snprintf(text, sizeof(text), STR_FMT, STR_ARG(word));
	log_line(LOG_ERROR, "actions", "an action does not load", "reason", text, NULL);
}

static char *copy_of(const char *p, size_t n)
{
	char *copy = malloc(n);

	if (copy == NULL)
		abort();
	memcpy(copy, p, n);
	return copy;
}

static bool is_ready_now(struct host *h, struct worker *w, const char *p, size_t n)
{
	if (w->ready)
		return false;
	tell_broken(h, p, n);
	watch(h, w);
	w->ready = true;
	h->early_ends = 0;
	h->does_not_start = false;
	(void)pthread_cond_broadcast(&h->changed);
	return true;
}

/* False: nobody has asked for it. An action may write to us, too, and without end. */
static bool take_answer(struct host *h, struct worker *w, const char *p, size_t n)
{
	uint64_t id = id_of(p, n);
	struct call **at = &w->calls;
	struct call *c;

	if (id == 0)
		return is_ready_now(h, w, p, n);
	w->answered_us = clock_mono_us();
	while (*at != NULL && (*at)->id != id)
		at = &(*at)->next;
	c = *at;
	if (c == NULL)
		return false;
	*at = c->next;
	if (c->errand != NULL) {
		c->errand->answer = arena_str(c->arena, (struct str){ p, n });
	} else {
		c->reply = copy_of(p, n);
		c->reply_n = n;
	}
	conclude(h, w, c, CALL_ANSWERED);
	return true;
}

/* False: it wrote what no host writes. */
static bool take_answers(struct host *h, struct worker *w)
{
	size_t at = 0;

	while (w->in_n - at >= LENGTH_BYTES) {
		const unsigned char *b = (const unsigned char *)w->in + at;
		size_t n = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];

		if (n > ANSWER_MOST)
			return false;
		if (w->in_n - at - LENGTH_BYTES < n)
			break;
		if (!take_answer(h, w, w->in + at + LENGTH_BYTES, n))
			return false;
		at += LENGTH_BYTES + n;
	}
	memmove(w->in, w->in + at, w->in_n - at);
	w->in_n -= at;
	return true;
}

static void make_room(struct worker *w)
{
	if (w->in_cap - w->in_n > READ_SIZE)
		return;
	w->in_cap = w->in_n + 2 * READ_SIZE;
	w->in = realloc(w->in, w->in_cap + 1);
	if (w->in == NULL)
		abort();
}

/* All there is. */
static void read_from(struct host *h, struct worker *w)
{
	ssize_t n = READ_SIZE;

	while (n == READ_SIZE && !w->is_bad) {
		make_room(w);
		do {
			n = recv(w->process.fd, w->in + w->in_n, READ_SIZE, MSG_DONTWAIT);
		} while (n < 0 && errno == EINTR);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n > 0) {
			w->in_n += (size_t)n;
			w->in[w->in_n] = '\0';
		}
		w->is_bad = n <= 0 || !take_answers(h, w);
	}
}

/* Not while a process is ended, which takes a while: the thread looks in our place then. */
void host_look(struct host *h)
{
	struct worker *w;
	struct call *told;
	bool is_bad;

	if (atomic_load(&h->in_flight) == 0)
		return;
	if (atomic_load(&h->ending)) {
		atomic_store(&h->look_late, true);
		host_wake(h);
		return;
	}
	(void)pthread_mutex_lock(&h->lock);
	w = h->workers[CURRENT];
	if (w->is_watched && !w->is_bad)
		read_from(h, w);
	is_bad = w->is_bad;
	told = take_told(h);
	(void)pthread_mutex_unlock(&h->lock);
	tell_errands(told);
	if (is_bad)
		host_wake(h);
}

/* One that still answers others does not hang: a call may have waited behind many. */
static bool has_late_call(const struct host *h, const struct worker *w, int64_t now)
{
	if (now < w->answered_us + h->time_limit_us)
		return false;
	for (const struct call *c = w->calls; c != NULL; c = c->next)
		if (now >= c->deadline_us)
			return true;
	return false;
}

static void end_late_ones(struct host *h)
{
	int64_t now = clock_mono_us();

	for (size_t i = 0; i < WORKERS; i++) {
		struct worker *w = h->workers[i];

		if (!is_alive(w))
			continue;
		if ((!w->ready && now >= w->ready_by_us) || has_late_call(h, w, now))
			end(h, w, CALL_LATE);
	}
}

static bool has_errands(const struct host *h)
{
	for (size_t i = 0; i < WORKERS; i++)
		if (h->workers[i]->errands > 0)
			return true;
	return false;
}

/* How long nothing has to be done unless something comes; -1: as long as it takes. */
static int patience(const struct host *h)
{
	int64_t now = clock_mono_us();
	int64_t until = 0;

	if (h->not_before_us > now)
		until = h->not_before_us;
	/* For errands nobody else keeps the time. */
	if (has_errands(h) || now < h->errand_us + WATCHFUL_US)
		until = now + WATCH_US;
	if (h->flush_late)
		until = now + US_PER_MS;
	for (size_t i = 0; i < WORKERS; i++) {
		const struct worker *w = h->workers[i];

		if (is_alive(w) && !w->ready && (until == 0 || w->ready_by_us < until))
			until = w->ready_by_us;
	}
	if (until == 0)
		return -1;
	return until <= now ? 0 : (int)((until - now) / US_PER_MS) + 1;
}

static void flush_late(struct host *h)
{
	struct str errands;

	if (worker_take_errands(h->workers[CURRENT], &errands))
		worker_send_errands(h->workers[CURRENT], errands);
	else
		atomic_store(&h->flush_late, true);
}

/* One round: waits without the lock, then does what there is to do. */
static void turn(struct host *h)
{
	struct pollfd polled[WORKERS + 1] = { { .fd = h->wake, .events = POLLIN } };
	struct worker *asked[WORKERS];
	int timeout = patience(h);
	struct call *told = take_told(h);
	uint64_t woken;

	h->dozing = timeout < 0;
	for (size_t i = 0; i < WORKERS; i++) {
		struct worker *w = h->workers[i];
		bool loading = is_alive(w) && w->load_sent < h->load_n;

		asked[i] = w;
		/* Of one that is watched only its end is of interest. */
		polled[i + 1] = (struct pollfd){ .fd = is_alive(w) ? w->process.fd : -1,
			.events = (short)((w->is_watched ? 0 : POLLIN) |
					  (loading ? POLLOUT : 0)) };
	}
	(void)pthread_mutex_unlock(&h->lock);
	tell_errands(told);
	(void)poll(polled, WORKERS + 1, timeout);
	if (polled[0].revents & POLLIN)
		(void)!read(h->wake, &woken, sizeof(woken));
	(void)pthread_mutex_lock(&h->lock);
	h->dozing = false;
	if (atomic_exchange(&h->flush_late, false))
		flush_late(h);
	if (atomic_exchange(&h->look_late, false) && h->workers[CURRENT]->is_watched)
		read_from(h, h->workers[CURRENT]);
	for (size_t i = 0; i < WORKERS; i++) {
		if (polled[i + 1].revents & POLLOUT)
			send_load(h, asked[i]);
		if (polled[i + 1].revents & (POLLIN | POLLHUP | POLLERR))
			read_from(h, asked[i]);
		if (asked[i]->is_bad)
			end(h, asked[i], CALL_CRASHED);
	}
}

void *host_supervise(void *context)
{
	struct host *h = context;
	struct call *told;

	h->process.shut_in = process_shut_in(h->process.node);
	if (h->process.shut_in == SHUT_IN_NOT)
		log_line(LOG_WARN, "actions",
			"neither Landlock nor Node 20: actions can read the files of this user",
			NULL);
	(void)pthread_mutex_lock(&h->lock);
	while (!h->stopping) {
		fill_places(h);
		turn(h);
		end_late_ones(h);
	}
	for (size_t i = 0; i < WORKERS; i++)
		if (is_alive(h->workers[i]))
			end(h, h->workers[i], CALL_CRASHED);
	told = take_told(h);
	(void)pthread_mutex_unlock(&h->lock);
	tell_errands(told);
	return NULL;
}
