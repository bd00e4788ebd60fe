/*
 * handler_remote - RemoteIPHeader: the client is whom a trusted proxy names
 *
 * Runs in:  worker
 * Owns:     nothing; addresses live in the request's arena
 * Errors:   none; where memory runs out nobody knows who the client is, and nobody is let in for
 *           an address
 *
 * As Apache's mod_remoteip: the list in the field is read from its end, an address for each proxy
 * that is trusted, and what was read is taken out of the request. Who is not there to be trusted
 * with any address (RemoteIPTrustedProxy) cannot name one of a private network.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "remoteip"
#include "handler/handler_headers.h"

#include "base/log.h"

static void add(struct buffer *list, struct text element)
{
	if (list->size)
		buffer_string(list, ", ");
	buffer_text(list, element);
}

/* All fields of the name are one list. false: out of memory. */
static bool list_of(struct handler_call *call, const char *name, struct text *list)
{
	struct buffer all = BUFFER_INIT;
	for (unsigned i = 0; i < call->request->field_count; i++) {
		const struct http_field *f = &call->request->fields[i];
		if (text_equal_nocase(f->name, text_of(name)))
			add(&all, f->value);
	}
	*list = text_from(all.failed ? NULL : arena_text(call->arena, buffer_view(&all)), all.size);
	buffer_free(&all);
	return list->at;
}

static const struct config_remote_proxy *proxy_at(
	const struct config_remote *remote, const struct os_address *address)
{
	for (size_t i = 0; i < remote->proxy_count; i++)
		if (os_network_has(&remote->proxies[i].network, address))
			return &remote->proxies[i];
	return NULL;
}

/* Of a network that does not reach everybody. What is mapped is an address of IPv4, as proxies that
 * listen for both families write it. */
static bool is_private(const struct os_address *address)
{
	static const char *const networks[] = {
		"10.", "127.", "169.254.", "172.16.0.0/12", "192.168."};
	struct os_network network;
	const char *why;
	for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
		if (os_network_parse(&network, text_of(networks[i]), &why) == 0 &&
			os_network_has(&network, address))
			return true;
	return address->of.any.sa_family == AF_INET6 &&
	       !IN6_IS_ADDR_V4MAPPED(&address->of.v6.sin6_addr) &&
	       (address->of.v6.sin6_addr.s6_addr[0] & 0xe0) != 0x20;
}

/* The last element of the list, cut off. false: nobody can be named so, and the list stays. */
static bool take_last(struct text *list, bool internal, struct os_address *to)
{
	struct text last = *list, rest = {list->at, 0};
	for (size_t i = list->size; i > 0; i--)
		if (list->at[i - 1] == ',') {
			last = text_from(list->at + i, list->size - i);
			rest.size = i - 1;
			break;
		}
	last = text_trim(last);
	if (os_network_address(to, last) < 0) {
		log_debug("'%.*s' is no address: it names nobody", TEXT_ARGS(last));
		return false;
	}
	if (!internal && is_private(to)) {
		log_debug("%.*s is of a private network: only an internal proxy may name it",
			TEXT_ARGS(last));
		return false;
	}
	*list = text_trim(rest);
	return true;
}

/* The request without what was read of the list, and with the names of the proxies. */
static bool change_request(struct handler_call *call, const struct config_remote *remote,
	struct text rest, struct text proxies)
{
	struct text name = text_of(remote->header),
		    other = text_of(proxies.size ? remote->proxies_header : NULL);
	const char *said = arena_text(call->arena, proxies);
	struct http_field *all =
		arena_take(call->arena, (call->request->field_count + 2) * sizeof *all);
	size_t count = 0;
	if (!all || !said)
		return false;
	for (unsigned i = 0; i < call->request->field_count; i++) {
		const struct http_field *f = &call->request->fields[i];
		if (!text_equal_nocase(f->name, name) && !text_equal_nocase(f->name, other))
			all[count++] = *f;
	}
	if (rest.size)
		all[count++] = (struct http_field){name, rest, 0};
	if (other.size)
		all[count++] = (struct http_field){other, text_from(said, proxies.size), 0};
	return handler_headers_replace(call, all, count);
}

/* Reads the list as far as who names an address may: *client becomes whom they name in the end. The
 * list may be as long as a head: nothing is copied anew for each element. */
static bool follow(const struct config_remote *remote, struct text *list, struct os_address *client,
	struct buffer *proxies)
{
	char text[OS_ADDRESS_TEXT];
	bool changed = false;
	while (list->size) {
		struct os_address named;
		const struct config_remote_proxy *proxy = proxy_at(remote, client);
		bool internal = proxy && proxy->internal;
		if ((remote->proxy_count && !proxy) || !take_last(list, internal, &named))
			break;
		if (!internal && remote->proxies_header)
			add(proxies, text_of(os_address_host(client, text)));
		*client = named;
		changed = true;
	}
	return changed;
}

void handler_remote(struct handler_call *call)
{
	const struct config_remote *remote = &call->host->remote;
	struct os_address *client = arena_take(call->arena, sizeof *client);
	struct buffer proxies = BUFFER_INIT;
	struct text list;
	bool good = client && list_of(call, remote->header, &list);
	if (good)
		*client = *call->client;
	if (good && follow(remote, &list, client, &proxies)) {
		good = !proxies.failed && change_request(call, remote, list, buffer_view(&proxies));
		call->proxy = call->client;
		call->client = client;
	}
	buffer_free(&proxies);
	if (!good)
		call->client = NULL;
}
