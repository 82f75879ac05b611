/* SPDX-License-Identifier: Apache-2.0 */
#include "front/links.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void links_init(struct links *links)
{
	*links = (struct links){ .open = NULL };
	(void)pthread_mutex_init(&links->lock, NULL);
}

void links_done(struct links *links)
{
	while (links->spare != NULL) {
		struct link *link = links->spare;

		links->spare = link->next;
		free(link);
	}
	(void)pthread_mutex_destroy(&links->lock);
}

static struct link *spare_link(struct links *links)
{
	struct link *link = links->spare;

	if (link != NULL) {
		links->spare = link->next;
		return link;
	}
	link = malloc(sizeof(*link));
	if (link == NULL)
		abort();
	return link;
}

struct link *links_open(
	struct links *links, int fd, const struct address *peer, int64_t deadline)
{
	struct link *link = spare_link(links);

	link->prev = NULL;
	link->fd = fd;
	link->peer = *peer;
	link->peer_text = address_text(peer, link->text);
	atomic_init(&link->deadline, deadline);
	atomic_init(&link->busy, false);

	(void)pthread_mutex_lock(&links->lock);
	link->next = links->open;
	if (link->next != NULL)
		link->next->prev = link;
	links->open = link;
	(void)pthread_mutex_unlock(&links->lock);
	atomic_fetch_add_explicit(&links->count, 1, memory_order_relaxed);
	return link;
}

void links_close(struct links *links, struct link *link)
{
	(void)pthread_mutex_lock(&links->lock);
	if (link->next != NULL)
		link->next->prev = link->prev;
	if (link->prev != NULL)
		link->prev->next = link->next;
	else
		links->open = link->next;
	(void)pthread_mutex_unlock(&links->lock);
	atomic_fetch_sub_explicit(&links->count, 1, memory_order_relaxed);

	link->next = links->spare;
	links->spare = link;
}

void links_sweep(struct links *links, int64_t now, bool idle)
{
	(void)pthread_mutex_lock(&links->lock);
	for (struct link *link = links->open; link != NULL; link = link->next) {
		int64_t deadline = atomic_load_explicit(&link->deadline, memory_order_relaxed);
		bool busy = atomic_load_explicit(&link->busy, memory_order_relaxed);

		if ((deadline != 0 && deadline <= now) || (idle && !busy))
			(void)shutdown(link->fd, SHUT_RDWR);
	}
	(void)pthread_mutex_unlock(&links->lock);
}

atomic_uint *crowd_slot(struct crowd *crowd, const struct address *address)
{
	static const struct address v4 = { { [10] = 0xff, [11] = 0xff } };
	bool is_v4 = memcmp(address->bytes, v4.bytes, 12) == 0;
	uint64_t x;

	memcpy(&x, address->bytes + (is_v4 ? 8 : 0), sizeof(x));
	x ^= crowd->seed;
	x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdu;
	x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53u;
	return &crowd->slots[(x ^ (x >> 33)) % CROWD_SLOTS];
}
