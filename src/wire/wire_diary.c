/*
 * wire_diary - the page a worker writes as it goes
 *
 * Runs in:  the parent makes the pages and reads them; each worker writes its own, and the starter
 * Owns:     see wire_diary.h
 * Errors:   see wire_diary.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_diary.h"

#include "base/assert.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

_Static_assert(sizeof(struct wire_diary) <= WIRE_DIARY_SMALLEST, "a diary fits into a page");

/* Each diary stands on a page of the machine's own, so that it can be mapped alone. */
static size_t page_size(void)
{
	static size_t size;
	if (!size)
		size = (size_t)sysconf(_SC_PAGESIZE);
	return size;
}

void *wire_diary_new(uint32_t pages, int *fd)
{
	size_t size = pages * page_size();
	*fd = memfd_create("diaries", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return NULL;
	void *at = MAP_FAILED;
	if (ftruncate(*fd, (off_t)size) == 0 &&
		fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0)
		at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (at != MAP_FAILED && madvise(at, size, MADV_DONTFORK) == 0)
		return at;
	int why = errno;
	if (at != MAP_FAILED)
		munmap(at, size);
	close(*fd);
	*fd = -1;
	errno = why;
	return NULL;
}

void wire_diary_free(void *pages, uint32_t count)
{
	if (pages)
		munmap(pages, count * page_size());
}

static struct wire_diary *page_of(const void *pages, uint32_t page)
{
	return (struct wire_diary *)((char *)pages + page * page_size());
}

void wire_diary_clear(void *pages, uint32_t page)
{
	memset(page_of(pages, page), 0, sizeof(struct wire_diary));
}

void wire_diary_read(const void *pages, uint32_t page, struct wire_diary *to)
{
	memcpy(to, page_of(pages, page), sizeof *to);
	to->request[sizeof to->request - 1] = '\0';
	to->host[sizeof to->host - 1] = '\0';
	/* The size of an address is known by its family, whatever is written there. */
	if (to->from.of.any.sa_family != AF_INET && to->from.of.any.sa_family != AF_INET6)
		to->from.of.any.sa_family = AF_UNSPEC;
	to->from.size = sizeof to->from.of;
}

struct wire_diary *wire_diary_open(int fd, uint32_t page)
{
	void *at = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		(off_t)(page * page_size()));
	return at == MAP_FAILED ? NULL : at;
}

void wire_diary_begin(
	struct wire_diary *d, const struct os_address *from, struct text request, struct text host)
{
	if (!d)
		return;
	d->from = *from;
	text_copy(d->request, sizeof d->request, request);
	text_copy(d->host, sizeof d->host, host);
	atomic_store_explicit(&d->busy, 1, memory_order_release);
}

const char *wire_diary_words(const struct wire_diary *d)
{
	static char text[WIRE_REQUEST + 32];
	if (!d || !d->request[0])
		return "it had no request";
	char *to = stpcpy(text, atomic_load(&d->busy) ? "it was at \"" : "it had done \"");
	to = mempcpy(to, d->request, strnlen(d->request, WIRE_REQUEST - 1));
	stpcpy(to, "\"");
	return text;
}
