/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "front/state.h"
#include "front/tls.h"

static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
	return exchange_begin(context, connection, target);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
	const char *path, const char *method, const char *version, const char *data, size_t *n,
	void **exchange)
{
	(void)context;
	(void)connection;
	(void)path;
	return exchange_continue(*exchange, method, version, data, n);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **exchange,
	enum MHD_RequestTerminationCode how)
{
	(void)context;
	(void)connection;
	(void)how;
	if (*exchange != NULL)
		exchange_end(*exchange);
	*exchange = NULL;
}

/* The target is used as it was sent; what the library would decode is not looked at. */
static size_t leave_escaped(void *context, struct MHD_Connection *connection, char *text)
{
	(void)context;
	(void)connection;
	return strlen(text);
}

static bool is_counted(const struct front *front, const struct address *peer)
{
	return front->config.connections_per_address != 0 &&
	       !networks_hold(front->trust.networks, front->trust.count, peer);
}

static enum MHD_Result on_accept(void *context, const struct sockaddr *sa, socklen_t n)
{
	struct front *front = ((struct loop *)context)->front;
	struct address peer = address_of(sa);

	(void)n;
	if (front_connections(front) >= front->config.connections)
		return MHD_NO;
	if (is_counted(front, &peer) && atomic_load(crowd_slot(&front->crowd, &peer)) >=
						front->config.connections_per_address)
		return MHD_NO;
	return MHD_YES;
}

static void *session_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	return info != NULL ? info->tls_session : NULL;
}

static struct link *open_link(struct loop *loop, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *fd =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	const union MHD_ConnectionInfo *from =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct address peer = address_of(from->client_addr);
	int64_t deadline =
		clock_mono_us() + (int64_t)loop->front->config.request_seconds * 1000000;

	if (loop->tls)
		tls_begin(session_of(connection));
	if (is_counted(loop->front, &peer))
		atomic_fetch_add(crowd_slot(&loop->front->crowd, &peer), 1);
	return links_open(&loop->links, fd->connect_fd, &peer, deadline);
}

static void close_link(struct loop *loop, struct link *link)
{
	if (is_counted(loop->front, &link->peer))
		atomic_fetch_sub(crowd_slot(&loop->front->crowd, &link->peer), 1);
	links_close(&loop->links, link);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **link,
	enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		*link = open_link(context, connection);
	else if (*link != NULL)
		close_link(context, *link);
}

/* Once it serves, what the library has to say is about clients, and not kept. */
__attribute__((format(printf, 2, 0))) static void on_complaint(
	void *context, const char *format, va_list arguments)
{
	const struct loop *loop = context;
	char text[512];

	if (!loop->starting)
		return;
	(void)vsnprintf(text, sizeof(text), format, arguments);
	log_line(LOG_ERROR, "front", "the HTTP library refuses to start", "reason", text, NULL);
}

/*
 * Waits until a connection wants something, or somebody who set a flag, and lets the library
 * read and write. It sleeps in the library's own epoll, in which our eventfd is too.
 */
static void run_library(struct loop *loop)
{
	uint64_t rung;

	/* In this order: whoever asks after our look at `asked` sees that we are asleep. */
	atomic_store(&loop->asleep, true);
	(void)MHD_run_wait(loop->daemon,
		atomic_exchange(&loop->asked, false) || loop->came_before != NULL ? 0 : -1);
	/* Somebody has rung, or is about to. */
	if (!atomic_exchange(&loop->asleep, false))
		(void)!read(loop->wake, &rung, sizeof(rung));
}

/*
 * The socket's number stays taken until the loop has ended, which may be about to accept on
 * it. A socket of our own is shut down, so that the system refuses connections from now on
 * or, with SO_REUSEPORT, gives them to whoever else listens there.
 */
static void quiesce(struct loop *loop)
{
	(void)MHD_quiesce_daemon(loop->daemon);
	if (!loop->inherited)
		(void)shutdown(loop->socket, SHUT_RDWR);
}

static void run_turn(struct loop *loop)
{
	for (size_t i = 0; i < loop->turn_count; i++)
		exchange_run(loop->turn[i]);
	for (size_t i = 0; i < loop->turn_count; i++)
		exchange_work(loop->turn[i]);
	for (size_t i = 0; i < loop->turn_count; i++)
		while (loop->turn[i]->state == EXCHANGE_WORK) {
			exchange_run(loop->turn[i]);
			exchange_work(loop->turn[i]);
		}
	if (loop->turn_count > 0 && loop->front->config.after_turn != NULL)
		loop->front->config.after_turn(loop->front->provider);
	for (size_t i = 0; i < loop->turn_count; i++)
		exchange_resume(loop->turn[i]);
	loop->turn_count = 0;
}

static void *serve(void *context)
{
	struct loop *loop = context;

	while (!atomic_load(&loop->end)) {
		if (atomic_exchange(&loop->quiesce, false))
			quiesce(loop);
		run_library(loop);
		if (loop->front->config.before_turn != NULL)
			loop->front->config.before_turn(loop->front->provider);
		exchange_take_came(loop);
		run_turn(loop);
	}
	return NULL;
}

int loop_epoll(const struct loop *loop)
{
	return MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

/* An event without a pointer is nobody's: the library wakes and passes it over. */
static bool watch_wake(struct loop *loop)
{
	struct epoll_event event = { .events = EPOLLIN };

	loop->wake = eventfd(0, EFD_CLOEXEC);
	return loop->wake >= 0 &&
	       epoll_ctl(loop_epoll(loop), EPOLL_CTL_ADD, loop->wake, &event) == 0;
}

static enum err start_thread(struct loop *loop)
{
	loop->running =
		watch_wake(loop) && pthread_create(&loop->thread, NULL, serve, loop) == 0;
	return loop->running ? OK : ERR_IO;
}

enum err loop_start(struct loop *loop)
{
	const struct front_config *config = &loop->front->config;
	unsigned flags =
		MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES },
		{ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, tls_callback() },
		{ MHD_OPTION_END, 0, NULL },
	};

	if (loop->tls)
		flags |= MHD_USE_TLS;
	else
		tls[0] = tls[2];
	loop->starting = true;
	loop->daemon = MHD_start_daemon(flags, 0, on_accept, loop, on_request, loop,
		MHD_OPTION_EXTERNAL_LOGGER, on_complaint, loop, MHD_OPTION_LISTEN_SOCKET,
		loop->socket, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_LIMIT,
		config->connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		config->connection_memory, MHD_OPTION_CONNECTION_TIMEOUT, 0U,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_URI_LOG_CALLBACK,
		on_target, loop, MHD_OPTION_NOTIFY_COMPLETED, on_completed, loop,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, loop, MHD_OPTION_ARRAY, tls,
		MHD_OPTION_END);
	loop->starting = false;
	return loop->daemon != NULL ? start_thread(loop) : ERR_IO;
}

void loop_wake(struct loop *loop)
{
	uint64_t one = 1;

	atomic_store(&loop->asked, true);
	if (!atomic_exchange(&loop->asleep, false))
		return;
	while (write(loop->wake, &one, sizeof(one)) < 0 && errno == EINTR) {
	}
}

void loop_quiesce(struct loop *loop)
{
	atomic_store(&loop->quiesce, true);
	loop_wake(loop);
}

void loop_stop(struct loop *loop)
{
	atomic_store(&loop->end, true);
	loop_wake(loop);
	if (loop->running)
		(void)pthread_join(loop->thread, NULL);
	if (loop->wake >= 0)
		(void)close(loop->wake);
	if (loop->daemon != NULL)
		MHD_stop_daemon(loop->daemon);
	(void)close(loop->socket);
	exchange_take_came(loop);
	while (loop->spare != NULL) {
		struct exchange *ex = loop->spare;

		loop->spare = ex->next;
		exchange_free(ex);
	}
	links_done(&loop->links);
}
