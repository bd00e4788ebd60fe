/*
 * config_small - settings of a part of the site that are one word each
 *
 * Runs in:  the parent while it reads a configuration; workers while they read an .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_small.h"

#include "config/config_access.h"
#include "config/config_reader.h"

void config_small_silent(struct config_small *small)
{
	*small = (struct config_small){
		.lookups = -1, .signature = -1, .canonical_name = -1, .physical_port = -1};
}

bool config_small_lay_over(
	struct arena *memory, struct config_small *under, const struct config_small *inner)
{
	(void)memory;
	if (inner->lookups >= 0)
		under->lookups = inner->lookups;
	if (inner->signature >= 0)
		under->signature = inner->signature;
	if (inner->canonical_name >= 0)
		under->canonical_name = inner->canonical_name;
	if (inner->physical_port >= 0)
		under->physical_port = inner->physical_port;
	if (inner->etag)
		under->etag = inner->etag;
	under->etag_add = inner->etag ? inner->etag_add
				      : (under->etag_add & ~inner->etag_remove) | inner->etag_add;
	under->etag_remove = inner->etag
				     ? inner->etag_remove
				     : (under->etag_remove & ~inner->etag_add) | inner->etag_remove;
	if (inner->fallback)
		under->fallback = inner->fallback;
	if (inner->index_redirect) {
		under->index_redirect = inner->index_redirect;
		under->index_status = inner->index_status;
	}
	return true;
}

/* A virtual host begins as a copy of the main server: what it says itself is what counts, and what
 * sections say, the main server's too. */
static void note_lookups(struct config_reader *reader, bool on)
{
	struct config_host *host = reader->host;
	if (reader->dir == &host->dir)
		host->names_clients = on;
	else
		host->names_clients_within |= on;
}

bool config_small_lookups(struct config_reader *reader, const struct config_line *line)
{
	static const struct text words[] = {TEXT("Off"), TEXT("On"), TEXT("Double")};
	size_t i = 0;
	while (i < sizeof words / sizeof *words &&
		!text_equal_nocase(text_of(line->words[0]), words[i]))
		i++;
	if (i == sizeof words / sizeof *words)
		return config_reader_fail(reader, line->place,
			"HostnameLookups must be On, Off or Double, not '%s'", line->words[0]);
	reader->dir->small.lookups = (int)i;
	note_lookups(reader, i != CONFIG_LOOKUPS_OFF);
	return i == CONFIG_LOOKUPS_OFF || config_access_asks_names(reader, line);
}

bool config_small_signature(struct config_reader *reader, const struct config_line *line)
{
	static const struct text words[] = {TEXT("Off"), TEXT("On"), TEXT("EMail")};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_equal_nocase(text_of(line->words[0]), words[i])) {
			reader->dir->small.signature = (int)i;
			return true;
		}
	return config_reader_fail(reader, line->place,
		"ServerSignature must be Off, On or EMail, not '%s'", line->words[0]);
}

bool config_small_canonical_name(struct config_reader *reader, const struct config_line *line)
{
	struct text word = text_of(line->words[0]);
	bool on = text_equal_nocase(word, TEXT("On")) || text_equal_nocase(word, TEXT("DNS"));
	if (!on && !text_equal_nocase(word, TEXT("Off")))
		return config_reader_fail(reader, line->place,
			"UseCanonicalName must be On, Off or DNS, not '%s'", line->words[0]);
	reader->dir->small.canonical_name = on;
	return true;
}

bool config_small_physical_port(struct config_reader *reader, const struct config_line *line)
{
	struct text word = text_of(line->words[0]);
	bool on = text_equal_nocase(word, TEXT("On"));
	if (!on && !text_equal_nocase(word, TEXT("Off")))
		return config_reader_fail(reader, line->place,
			"UseCanonicalPhysicalPort must be On or Off, not '%s'", line->words[0]);
	reader->dir->small.physical_port = on;
	return true;
}

unsigned config_small_etag_of(const struct config_small *small)
{
	unsigned bits = (small->etag & ~small->etag_remove) | small->etag_add;
	if (bits == CONFIG_ETAG_NONE)
		return 0;
	bits &= ~(unsigned)CONFIG_ETAG_NONE;
	return bits ? bits : CONFIG_ETAG_TIME | CONFIG_ETAG_SIZE;
}

/* INode MTime Size, All, None, or with signs what is added to what holds outside and taken away.
 */
bool config_small_etag(struct config_reader *reader, const struct config_line *line)
{
	static const struct {
		struct text word;
		unsigned bits;
	} words[] = {{TEXT("INode"), CONFIG_ETAG_INODE}, {TEXT("MTime"), CONFIG_ETAG_TIME},
		{TEXT("Size"), CONFIG_ETAG_SIZE},
		{TEXT("All"), CONFIG_ETAG_INODE | CONFIG_ETAG_TIME | CONFIG_ETAG_SIZE},
		{TEXT("None"), CONFIG_ETAG_NONE}};
	struct config_small *small = &reader->dir->small;
	unsigned bits = 0, add = 0, remove = 0;
	for (size_t w = 0; w < line->count; w++) {
		const char *word = line->words[w];
		char sign = *word == '+' || *word == '-' ? *word++ : '\0';
		size_t i = 0;
		while (i < sizeof words / sizeof *words &&
			!text_equal_nocase(text_of(word), words[i].word))
			i++;
		if (text_equal_nocase(text_of(word), TEXT("Digest")))
			return config_reader_fail(reader, line->place,
				"FileETag Digest is not supported by preforkd: every file would "
				"have to be read before it is sent");
		if (i == sizeof words / sizeof *words)
			return config_reader_fail(reader, line->place,
				"FileETag takes INode, MTime, Size, All and None, not '%s'",
				line->words[w]);
		if (sign && i >= 3)
			return config_reader_fail(
				reader, line->place, "FileETag: %s takes no sign", word);
		if (!sign) {
			bits = i >= 3 ? words[i].bits : bits | words[i].bits;
			continue;
		}
		add = sign == '+' ? add | words[i].bits : add & ~words[i].bits;
		remove = sign == '-' ? remove | words[i].bits : remove & ~words[i].bits;
	}
	small->etag = bits;
	small->etag_add = add;
	small->etag_remove = remove;
	return true;
}

bool config_small_fallback(struct config_reader *reader, const struct config_line *line)
{
	const char *path = line->words[0];
	if (text_equal_nocase(text_of(path), TEXT("disabled")))
		path = "";
	else if (path[0] != '/')
		return config_reader_fail(reader, line->place,
			"FallbackResource: '%s' is neither a path that begins with '/' nor "
			"disabled",
			path);
	reader->dir->small.fallback = path;
	return true;
}

bool config_small_index_redirect(struct config_reader *reader, const struct config_line *line)
{
	static const struct {
		struct text word;
		int status;
	} words[] = {{TEXT("Off"), 0}, {TEXT("On"), 302}, {TEXT("permanent"), 301},
		{TEXT("temp"), 302}, {TEXT("seeother"), 303}};
	struct config_small *small = &reader->dir->small;
	unsigned long long n;
	small->index_redirect = line->words[0];
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_equal_nocase(text_of(line->words[0]), words[i].word)) {
			small->index_status = words[i].status;
			return true;
		}
	if (!text_number(text_of(line->words[0]), 399, &n) || n < 300)
		return config_reader_fail(reader, line->place,
			"DirectoryIndexRedirect takes On, Off, permanent, temp, seeother or a "
			"status from "
			"300 to 399, not '%s'",
			line->words[0]);
	small->index_status = (int)n;
	return true;
}
