/*
 * test_config_apache - what Apache's configurations say: taken, taken without effect, or refused by
 * name
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 *
 * What the lines do is asked of a running server, beside Apache: tests/http/apache_cases.py.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

#include "config/config_directive.h"

START_TEST(without_effect)
{
	static const char *const lines[] = {"AcceptFilter http none", "CacheNegotiatedDocs On",
		"ContentDigest Off", "CoreDumpDirectory /tmp", "DefaultRuntimeDir run",
		"DefaultType none", "EnableExceptionHook Off", "EnableMMAP Off",
		"EnableSendfile On", "HostnameLookups Off", "HttpProtocolOptions Strict Require1.0",
		"HttpProtocolOptions Allow0.9", "LimitInternalRecursion 20", "Mutex default",
		"RegexDefaultOptions none +DOTALL +DOLLAR_ENDONLY", "LimitInternalRecursion 5 5",
		"LimitXMLRequestBody 0", "ListenCoresBucketsRatio 8", "MaxSpareThreads 75",
		"MergeSlashes On", "MinSpareThreads 25", "Mutex file:run default",
		"Protocols h2 http/1.1", "ProtocolsHonorOrder On", "ProxyStatus On",
		"QualifyRedirectURL Off", "ReceiveBufferSize 0", "RegexDefaultOptions +DOTALL",
		"ScoreBoardFile run/board", "ScriptSock run/cgisock", "CGIDScriptTimeout 20s",
		"SeeRequestTail On", "SendBufferSize 0", "StrictHostCheck On", "ThreadLimit 64",
		"ThreadStackSize 65536", "ThreadsPerChild 25", "UseCanonicalName Off",
		"UseCanonicalPhysicalPort On", "NameVirtualHost *:80", "DeflateMemLevel 9",
		"DeflateWindowSize 15", "DeflateInflateLimitRequestBody 0",
		"DeflateInflateRatioLimit 200", "BrotliCompressionWindow 18",
		("<VirtualHost *>\n"
		 "ServerPath /x\n</VirtualHost>"),
		"LoadModule mpm_event_module modules/mod_mpm_event.so"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		config_free(case_load(lines[i]));
}
END_TEST

/* What has no effect is held to its syntax all the same. */
START_TEST(without_effect_and_wrong)
{
	static const struct {
		const char *lines, *message;
	} rows[] = {
		{"EnableSendfile Maybe", "ROOT/t.conf:1: EnableSendfile takes On|Off, not 'Maybe'"},
		{"HostnameLookups", "ROOT/t.conf:1: HostnameLookups takes On|Off|Double"},
		{"LimitInternalRecursion 5 ten",
			"ROOT/t.conf:1: LimitInternalRecursion takes number [number], not 'ten'"},
		{"LimitInternalRecursion 5 5 5",
			"ROOT/t.conf:1: LimitInternalRecursion takes number [number], not '5'"},
		{"HttpProtocolOptions Require1.0 Lax",
			"ROOT/t.conf:1: HttpProtocolOptions takes [Strict|Unsafe] "
			"[RegisteredMethods|LenientMethods] [Allow0.9|Require1.0], not 'Lax'"},
		{"Mutex", "ROOT/t.conf:1: Mutex takes mechanism [name] [OmitPID]"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		case_refused(rows[i].lines, rows[i].message);
}
END_TEST

START_TEST(taken)
{
	static const char *const lines[] = {
		"IndexOptions FancyIndexing VersionSort NameWidth=* Charset=UTF-8",
		"IndexOptions +FoldersFirst -SuppressSize", "IndexOrderDefault Descending Date",
		"IndexStyleSheet /list.css", "IndexHeadInsert \"<meta name='x'>\"",
		"HeaderName HEADER.html", "DefaultIcon /icons/unknown.gif",
		"AddIcon (IMG,/icons/image2.gif) .gif .jpg", "AddIconByType /icons/text.gif text/*",
		"AddIconByEncoding (CMP,/icons/compressed.gif) x-gzip",
		"AddAlt \"a picture\" *.gif", "AddAltByType text text/plain",
		"AddAltByEncoding gz x-gzip",
		"<Location /x>\nIndexIgnore a\n"
		"IndexIgnoreReset On\n</Location>",
		"ScriptAliasMatch ^/cgi(.*) /srv/cgi$1", "RLimitCPU 5 10", "RLimitMEM max",
		"<Directory />\n"
		"CGIPassAuth On\n"
		"CGIVar REQUEST_URI original-uri\n</Directory>",
		"RewriteOptions InheritBefore", "RequestHeader set X-Y z",
		"RequestHeader edit* X-Y a b env=!c", "ServerSignature EMail",
		"RequestReadTimeout header=10-20,MinRate=100 body=0",
		"<Directory />\n"
		"RemoveHandler .cgi\n"
		"RemoveType .x\n"
		"RemoveLanguage .en\n"
		"RemoveCharset .utf8\n</Directory>"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		config_free(case_load(lines[i]));
}
END_TEST

START_TEST(refused_by_name)
{
	case_refused("ProxyPass /a http://b/",
		"ROOT/t.conf:1: ProxyPass is not supported by preforkd "
		"(in Apache it belongs to proxy)");
	case_refused("<Proxy *>\n</Proxy>",
		"ROOT/t.conf:1: <Proxy> is not supported by preforkd (in "
		"Apache it belongs to proxy)");
	static const char *const names[] = {
#define REFUSED(name, module) name,
#include "config/refused.def"
#undef REFUSED
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		ck_assert_msg(!config_directive_find(text_of(names[i])), "%s is both", names[i]);
}
END_TEST

START_TEST(wrong)
{
	static const struct {
		const char *lines, *message;
	} rows[] = {
		{"<VirtualHost *:x>\n</VirtualHost>", "ROOT/t.conf:1: <VirtualHost>: '*:x' is not "
						      "of the form ADDRESS[:PORT], *[:PORT] "
						      "or [IPV6ADDRESS][:PORT]"},
		{"<VirtualHost *>\nListen 1\n</VirtualHost>",
			"ROOT/t.conf:2: Listen is not allowed in <VirtualHost>"},
		{"<VirtualHost *>\n<VirtualHost *>\n</VirtualHost>\n</VirtualHost>",
			"ROOT/t.conf:2: <VirtualHost> cannot stand in another <VirtualHost>"},
		{"<VirtualHost *>\nKeepAlive Perhaps\n</VirtualHost>",
			"ROOT/t.conf:2: KeepAlive must be On or Off, not 'Perhaps'"},
		{"ServerAlias a", "ROOT/t.conf:1: ServerAlias is allowed in <VirtualHost> only"},
		{"<Location />\nAllowOverride All\n</Location>",
			"ROOT/t.conf:2: AllowOverride is allowed in <Directory> only: it says what "
			"the .htaccess of a directory may hold"},
		{"<Directory />\nAllowOverride Some\n</Directory>",
			"ROOT/t.conf:2: AllowOverride takes All, None, AuthConfig, FileInfo, "
			"Indexes, Limit, Options and Options=option,..., not 'Some'"},
		{"UseCanonicalName Perhaps",
			"ROOT/t.conf:1: UseCanonicalName must be On, Off or DNS, not 'Perhaps'"},
		{"RewriteEngine Maybe",
			"ROOT/t.conf:1: RewriteEngine must be On or Off, not 'Maybe'"},
		{"RewriteBase /x",
			"ROOT/t.conf:1: RewriteBase is for <Directory> and .htaccess: rules of "
			"a host see whole paths"},
		{"RewriteRule a b [X]", "ROOT/t.conf:1: RewriteRule: unknown flag 'X'"},
		{"RewriteRule a b [R=99]",
			"ROOT/t.conf:1: RewriteRule: the flag R takes a status from "
			"200 to 599, not '99'"},
		{"RewriteRule a b [P]",
			"ROOT/t.conf:1: RewriteRule: the flag P (proxy) is not supported by "
			"preforkd"},
		{"RewriteRule a b [CO=name:value]",
			"ROOT/t.conf:1: RewriteRule: the flag CO takes NAME:value:domain, not "
			"'name:value'"},
		{"RewriteRule a ${map:x",
			"ROOT/t.conf:1: RewriteRule: '${map:x' is not of the form ${map:key} or "
			"${map:key|default}"},
		{"RewriteRule a ${map}",
			"ROOT/t.conf:1: RewriteRule: '${map}' is not of the form ${map:key} or "
			"${map:key|default}"},
		{"<Location />\nRequire file-owner\n</Location>",
			"ROOT/t.conf:2: Require file-owner is not supported by preforkd"},
		{"ScriptLog logs/cgi",
			"ROOT/t.conf:1: ScriptLog is not supported by preforkd (in Apache it "
			"belongs to cgi)"},
		{"RewriteMap a prg:/bin/cat",
			"ROOT/t.conf:1: RewriteMap: 'prg:/bin/cat' is not supported by preforkd: "
			"int:toupper, int:tolower, int:escape, int:unescape, txt:file and rnd:file "
			"are"},
		{"RewriteMap a txt:/nowhere/x",
			"ROOT/t.conf:1: RewriteMap: /nowhere/x: No such file or directory"},
		{"RewriteCond a b [Z]", "ROOT/t.conf:1: RewriteCond: unknown flag 'Z'"},
		{"RewriteCond %{a b", "ROOT/t.conf:1: RewriteCond: no '}' ends '%{a'"},
		{"Header set", "ROOT/t.conf:1: Header takes 2 to 6 arguments: Header [always] "
			       "set|append|merge|add|unset|edit|... field [value] [env=...]"},
		{"Header put X y",
			"ROOT/t.conf:1: Header: 'put' is none of set, setifempty, append, "
			"merge, add, unset, edit, edit* and echo"},
		{"Header set X",
			"ROOT/t.conf:1: Header set takes the name of a field and a value, and "
			"perhaps env=NAME or expr=CONDITION"},
		{"ExpiresDefault \"soon\"", "ROOT/t.conf:1: ExpiresDefault: 'soon' is neither of "
					    "the form \"access plus 1 "
					    "month 2 days\" nor of the form A2592000"},
		{"ExpiresByType gif A1",
			"ROOT/t.conf:1: ExpiresByType: 'gif' is not a media type such as "
			"image/png"},
		{"IndexOptions Nice", "ROOT/t.conf:1: IndexOptions: there is no option 'Nice'"},
		{"IndexOrderDefault Up Name", "ROOT/t.conf:1: IndexOrderDefault takes Ascending or "
					      "Descending, and Name, Date, Size or Description"},
		{"Alias x /y", "ROOT/t.conf:1: Alias: the path must begin with '/', not 'x'"},
		{"Redirect /a b",
			"ROOT/t.conf:1: Redirect: 'b' is neither a URL nor a path that begins "
			"with '/'"},
		{"Redirect gone /a http://b/",
			"ROOT/t.conf:1: Redirect: status 410 leads nowhere, so "
			"'http://b/' is one argument too many"},
		{"FileETag Colour",
			"ROOT/t.conf:1: FileETag takes INode, MTime, Size, All and None, not "
			"'Colour'"},
		{"FallbackResource x",
			"ROOT/t.conf:1: FallbackResource: 'x' is neither a path that "
			"begins with '/' nor disabled"},
		{"ServerSignature Maybe",
			"ROOT/t.conf:1: ServerSignature must be Off, On or EMail, not "
			"'Maybe'"},
		{"RequestReadTimeout header=x",
			"ROOT/t.conf:1: RequestReadTimeout: 'header=x' is not of "
			"the form header|body=SECONDS[-SECONDS][,MinRate=BYTES]"},
		{"<Directory />\nForceType x\n</Directory>",
			"ROOT/t.conf:2: ForceType: 'x' is not a media type such as text/plain, nor "
			"none"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		case_refused(rows[i].lines, rows[i].message);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, without_effect);
	tcase_add_test(tests, without_effect_and_wrong);
	tcase_add_test(tests, taken);
	tcase_add_test(tests, refused_by_name);
	tcase_add_test(tests, wrong);
}

int main(void)
{
	return case_main("config_apache", add);
}
