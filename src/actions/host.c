/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/host.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actions/host_state.h"
#include "base/clock.h"
#include "base/condition.h"
#include "host_source.h"

enum {
	US_PER_MS = 1000,
	US_PER_S = 1000 * 1000,
	/* The process keeps the limit itself where it can; we come after it. */
	GRACE_US = 100 * US_PER_MS,
	START_US = 3 * US_PER_S,
	SLOW_US = 100 * US_PER_MS,
	ID_ROOM = 32,
	LENGTH_BYTES = 4,
};

static void put_length(char *at, size_t n)
{
	for (int i = 0; i < LENGTH_BYTES; i++)
		at[i] = (char)(n >> (8 * (LENGTH_BYTES - 1 - i)) & 0xff);
}

void host_wake(struct host *h)
{
	uint64_t one = 1;

	while (write(h->wake, &one, sizeof(one)) < 0 && errno == EINTR) {
	}
}

static void *allocate(size_t n)
{
	void *p = calloc(1, n);

	if (p == NULL)
		abort();
	return p;
}

static void copy_folders(struct host *h, const struct pipeline *p)
{
	struct str *folders = allocate((p->count + 1) * sizeof(struct str));

	for (size_t i = 0; i < p->count; i++) {
		char *copy = allocate(p->folders[i].n + 1);

		if (p->folders[i].n > 0)
			memcpy(copy, p->folders[i].p, p->folders[i].n);
		folders[i] = (struct str){ copy, p->folders[i].n };
	}
	h->process.folders = folders;
	h->process.folder_count = p->count;
}

struct host *host_new(const struct host_config *config, const struct pipeline *p)
{
	struct host *h = allocate(sizeof(*h));

	h->config = *config;
	h->process = (struct process_config){
		.node = config->node, .source = host_source, .memory_mb = config->memory_mb
	};
	copy_folders(h, p);
	h->load_n = p->load.n + LENGTH_BYTES;
	h->load = allocate(h->load_n);
	put_length(h->load, p->load.n);
	memcpy(h->load + LENGTH_BYTES, p->load.p, p->load.n);
	h->time_limit_us = p->time_limit_ms * US_PER_MS;
	h->told_last = &h->told;
	h->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	(void)pthread_mutex_init(&h->lock, NULL);
	condition_init(&h->changed);
	for (size_t i = 0; i < WORKERS; i++) {
		h->workers[i] = allocate(sizeof(struct worker));
		(void)pthread_mutex_init(&h->workers[i]->writing, NULL);
	}
	if (h->wake < 0 || pthread_create(&h->thread, NULL, host_supervise, h) != 0)
		abort();
	return h;
}

void host_retire(struct host *h)
{
	(void)pthread_mutex_lock(&h->lock);
	h->stopping = true;
	(void)pthread_cond_broadcast(&h->changed);
	(void)pthread_mutex_unlock(&h->lock);
	host_wake(h);
}

void host_free(struct host *h)
{
	if (h == NULL)
		return;
	host_retire(h);
	(void)pthread_join(h->thread, NULL);
	for (size_t i = 0; i < WORKERS; i++) {
		(void)pthread_mutex_destroy(&h->workers[i]->writing);
		free(h->workers[i]->in);
		free(h->workers[i]->out);
		free(h->workers[i]->sending);
		free(h->workers[i]);
	}
	for (size_t i = 0; i < h->process.folder_count; i++)
		free((char *)(uintptr_t)h->process.folders[i].p);
	free((struct str *)(uintptr_t)h->process.folders);
	explicit_bzero(h->load, h->load_n);
	free(h->load);
	close(h->wake);
	(void)pthread_cond_destroy(&h->changed);
	(void)pthread_mutex_destroy(&h->lock);
	free(h);
}

static size_t count_slow(const struct call *list, int64_t now)
{
	size_t slow = 0;

	/* Errands hold no thread. */
	for (; list != NULL; list = list->next)
		slow += list->errand == NULL && now - list->began_us > SLOW_US;
	return slow;
}

static bool is_busy(const struct host *h, int64_t now)
{
	size_t slow = count_slow(h->waiting, now);

	for (size_t i = 0; i < WORKERS; i++)
		slow += count_slow(h->workers[i]->calls, now);
	return slow >= h->config.slow_most;
}

static void remove_from(struct call **list, const struct call *c)
{
	while (*list != NULL && *list != c)
		list = &(*list)->next;
	if (*list != NULL)
		*list = c->next;
}

/* Until the worker in that place has loaded the code. */
static enum host_end wait_for_worker(struct host *h, struct call *c, int place)
{
	int64_t until = clock_mono_us() + h->time_limit_us + START_US;
	bool in_time = true;

	c->next = h->waiting;
	h->waiting = c;
	while (in_time && !h->workers[place]->ready && !h->does_not_start && !h->stopping)
		in_time = condition_wait_until(&h->changed, &h->lock, until);
	remove_from(&h->waiting, c);
	if (h->stopping)
		return HOST_RETIRED;
	return h->workers[place]->ready ? HOST_ANSWERED : HOST_DOES_NOT_START;
}

static void send_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return; /* it is dead: the thread will find that out */
		p += sent;
		n -= (size_t)sent;
	}
}

/* The worker may be gone by now, and another in its place: then c was told so. */
static void send_message(struct worker *w, uint64_t generation, char *frame, size_t n)
{
	(void)pthread_mutex_lock(&w->writing);
	if (w->generation == generation && w->process.pid > 0)
		send_all(w->process.fd, frame, n);
	(void)pthread_mutex_unlock(&w->writing);
}

/* What is sent, with room for an id, which is another at another try. */
struct letter {
	char *frame;
	struct str message;
	struct str behind;
};

static size_t write_frame(const struct letter *l, uint64_t id)
{
	char *at = l->frame + LENGTH_BYTES;

	memcpy(at, l->message.p, l->message.n - 1);
	at += l->message.n - 1;
	at += snprintf(at, ID_ROOM, ",\"id\":%llu}\n", (unsigned long long)id);
	if (l->behind.n > 0)
		memcpy(at, l->behind.p, l->behind.n);
	at += l->behind.n;
	put_length(l->frame, (size_t)(at - l->frame) - LENGTH_BYTES);
	return (size_t)(at - l->frame);
}

static void attach(struct host *h, struct worker *w, struct call *c)
{
	c->id = ++h->next_id;
	c->state = CALL_WAITS;
	c->deadline_us = clock_mono_us() + h->time_limit_us + GRACE_US;
	c->next = w->calls;
	w->calls = c;
	atomic_fetch_add(&h->in_flight, 1);
	if (h->config.watch != NULL)
		atomic_fetch_add(&h->config.watch->in_flight, 1);
}

/* Gives the message to the worker in that place, and waits for how it ends. */
static void run_at(struct host *h, struct call *c, int place, const struct letter *l)
{
	struct worker *w = h->workers[place];
	uint64_t generation = w->generation;
	size_t n;

	attach(h, w, c);
	(void)pthread_mutex_unlock(&h->lock);
	n = write_frame(l, c->id);
	send_message(w, generation, l->frame, n);
	(void)pthread_mutex_lock(&h->lock);
	/* The thread looks at deadlines whenever it wakes, so that nothing wakes it for a call
	 * that ends well. */
	for (int64_t look = c->deadline_us; c->state == CALL_WAITS; look += SLOW_US)
		if (!condition_wait_until(&c->done, &h->lock, look))
			host_wake(h);
}

enum host_end host_end_of(enum call_state state)
{
	static const enum host_end ends[] = { [CALL_ANSWERED] = HOST_ANSWERED,
		[CALL_CRASHED] = HOST_CRASHED,
		[CALL_LATE] = HOST_LATE,
		[CALL_AGAIN] = HOST_AGAIN,
		[CALL_RETIRED] = HOST_RETIRED };

	assert(state != CALL_WAITS);
	return ends[state];
}

static enum host_end run_alone(struct host *h, struct call *c, const struct letter *l)
{
	enum host_end end;

	h->alone_wanted++;
	while (h->alone_taken)
		(void)pthread_cond_wait(&h->changed, &h->lock);
	h->alone_taken = true;
	host_wake(h);
	end = wait_for_worker(h, c, ALONE);
	if (end == HOST_ANSWERED) {
		run_at(h, c, ALONE, l);
		end = host_end_of(c->state);
	}
	h->alone_taken = false;
	h->alone_wanted--;
	(void)pthread_cond_broadcast(&h->changed);
	host_wake(h);
	return end;
}

static enum host_end run(struct host *h, struct call *c, const struct letter *l)
{
	enum host_end end = wait_for_worker(h, c, CURRENT);

	if (end != HOST_ANSWERED)
		return end;
	run_at(h, c, CURRENT, l);
	return c->state == CALL_AGAIN ? run_alone(h, c, l) : host_end_of(c->state);
}

static struct letter letter_of(struct arena *a, struct str message, struct str behind)
{
	assert(message.n > 1 && message.p[message.n - 1] == '}');
	return (struct letter){ arena_alloc(a, LENGTH_BYTES + message.n + ID_ROOM + behind.n),
		message, behind };
}

static enum err call(struct host *h, struct arena *a, const struct letter *l, bool alone,
	enum host_end *ret_end, struct str *ret)
{
	struct call c = { .began_us = clock_mono_us() };
	enum host_end end;

	(void)pthread_mutex_lock(&h->lock);
	if (is_busy(h, c.began_us)) {
		(void)pthread_mutex_unlock(&h->lock);
		return ERR_BUSY;
	}
	condition_init(&c.done);
	end = alone ? run_alone(h, &c, l) : run(h, &c, l);
	(void)pthread_mutex_unlock(&h->lock);
	(void)pthread_cond_destroy(&c.done);
	if (c.reply != NULL)
		*ret = arena_str(a, (struct str){ c.reply, c.reply_n });
	free(c.reply);
	*ret_end = end;
	return end == HOST_RETIRED ? ERR_BUSY : OK;
}

enum err host_call(struct host *h, struct arena *a, struct str message, struct str behind,
	enum host_end *ret_end, struct str *ret)
{
	struct letter l = letter_of(a, message, behind);

	return call(h, a, &l, false, ret_end, ret);
}

enum err host_call_alone(struct host *h, struct arena *a, struct str message, struct str behind,
	enum host_end *ret_end, struct str *ret)
{
	struct letter l = letter_of(a, message, behind);

	return call(h, a, &l, true, ret_end, ret);
}

bool worker_take_errands(struct worker *w, struct str *ret)
{
	char *out = w->out;

	*ret = (struct str){ out, w->out_n };
	if (w->out_n == 0)
		return true;
	if (pthread_mutex_trylock(&w->writing) != 0)
		return false;
	w->out = w->sending;
	w->out_n = 0;
	w->sending = out;
	return true;
}

/* All of it: there is room, or the process is not what it should be, and ends. */
void worker_send_errands(struct worker *w, struct str errands)
{
	if (errands.n == 0)
		return;
	if (send(w->process.fd, errands.p, errands.n, MSG_NOSIGNAL | MSG_DONTWAIT) !=
		(ssize_t)errands.n)
		(void)shutdown(w->process.fd, SHUT_RDWR);
	(void)pthread_mutex_unlock(&w->writing);
}

/* The process may take the processor as soon as it has them: so without the lock. */
void host_flush(struct host *h)
{
	bool late = atomic_load(&h->ending);
	struct str errands = { 0 };
	struct worker *w = NULL;

	if (!late) {
		(void)pthread_mutex_lock(&h->lock);
		w = h->workers[CURRENT];
		late = !worker_take_errands(w, &errands);
		(void)pthread_mutex_unlock(&h->lock);
	}
	if (!late) {
		worker_send_errands(w, errands);
		return;
	}
	atomic_store(&h->flush_late, true);
	host_wake(h);
}

/* With the lock held, so that the worker stays. */
static enum err hand_over(struct host *h, struct call *c, struct str message, struct str behind)
{
	struct worker *w = h->workers[CURRENT];
	struct letter l = { NULL, message, behind };

	c->sent = LENGTH_BYTES + message.n + ID_ROOM + behind.n;
	if (!w->ready || h->stopping || w->errands + c->sent > ERRANDS_MOST)
		return ERR_WOULD_BLOCK;
	if (w->out == NULL)
		w->out = allocate(ERRANDS_MOST);
	attach(h, w, c);
	l.frame = w->out + w->out_n;
	w->out_n += write_frame(&l, c->id);
	w->errands += c->sent;
	h->errand_us = c->began_us;
	return OK;
}

enum err host_begin(struct host *h, struct arena *a, struct str message, struct str behind,
	struct errand *errand)
{
	struct call *c = arena_alloc(a, sizeof(*c));
	bool dozing;
	enum err err;

	assert(message.n > 1 && message.p[message.n - 1] == '}');
	*c = (struct call){ .began_us = clock_mono_us(), .errand = errand, .arena = a };
	if (atomic_load(&h->ending))
		return ERR_WOULD_BLOCK;
	(void)pthread_mutex_lock(&h->lock);
	err = hand_over(h, c, message, behind);
	dozing = err == OK && h->dozing;
	h->dozing = h->dozing && !dozing;
	(void)pthread_mutex_unlock(&h->lock);
	if (dozing)
		host_wake(h);
	return err;
}
