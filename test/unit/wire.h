/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* wire: a client that sends exactly the bytes it is told to. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

/* To 127.0.0.1. */
static inline int wire_connect(unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		abort();
	return fd;
}

/* False when the other side has closed. */
static inline bool wire_send(int fd, struct str bytes)
{
	while (bytes.n > 0) {
		ssize_t sent = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		bytes = str_after(bytes, (size_t)sent);
	}
	return true;
}

struct wire_answer {
	char text[16384]; /* cut, and ended by a NUL */
	size_t n;         /* bytes in all */
	bool closed;      /* the other side ended the connection */
	int64_t ms;       /* until then, or until silence */
};

static inline void wire_keep(struct wire_answer *answer, const char *p, size_t n)
{
	size_t room = sizeof(answer->text) - 1;
	size_t at = answer->n < room ? answer->n : room;
	size_t keep = n < room - at ? n : room - at;

	memcpy(answer->text + at, p, keep);
	answer->text[at + keep] = '\0';
	answer->n += n;
}

/* Reads until the end, or until nothing came for `silence_ms`. */
static inline void wire_read(int fd, int silence_ms, struct wire_answer *answer)
{
	int64_t from = clock_mono_us();
	struct pollfd in = { .fd = fd, .events = POLLIN };
	char chunk[65536];

	answer->n = 0;
	answer->text[0] = '\0';
	answer->closed = false;
	while (!answer->closed && poll(&in, 1, silence_ms) > 0) {
		ssize_t got = recv(fd, chunk, sizeof(chunk), 0);

		answer->closed = got <= 0;
		if (got > 0)
			wire_keep(answer, chunk, (size_t)got);
	}
	answer->ms = (clock_mono_us() - from) / 1000;
}

/* The status of the answer; 0 when there is none. */
static inline int wire_status(const struct wire_answer *answer)
{
	if (strncmp(answer->text, "HTTP/1.1 ", 9) != 0)
		return 0;
	return atoi(answer->text + 9);
}
