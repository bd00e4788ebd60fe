"""bench_servers - this tree's server and its peers, each with a configuration that says the same.

A site is what they serve: {'root': folder, 'workers': 2, ...}, and what is asked of them besides: 'gzip',
'index' (listings of folders), 'log' (a line for each request), 'cgi' (what lies in cgi-bin/ is executed), 'status',
'status_port' (where StatusListen is), 'hosts' (so many virtual hosts, each with a folder of its name).
SPDX-License-Identifier: Apache-2.0
"""

import os
import shutil
import signal
import socket
import subprocess
import time

PEERS = ('nginx', 'apache', 'lighttpd', 'h2o')
FORKING = ('busybox', 'mini-httpd')  # a child for every request; asked only what is asked of such
PROGRAMS = {'nginx': 'nginx', 'apache': 'apache2', 'lighttpd': 'lighttpd', 'h2o': 'h2o', 'busybox': 'busybox', 'mini-httpd': 'mini_httpd'}
MODULES = '/usr/lib/apache2'


def find(name):
    return shutil.which(name, path=os.environ.get('PATH', '') + ':/usr/sbin:/usr/local/sbin')


def peers(of=PEERS):
    """Those that are installed."""
    return [p for p in of if find(PROGRAMS[p]) and (p != 'apache' or os.path.isdir(MODULES + '/modules'))]


def cpus():
    """(for servers, for clients): halves of what there is, so that neither takes the other's time."""
    have = sorted(os.sched_getaffinity(0))
    return (set(have[:len(have) // 2]), set(have[len(have) // 2:])) if len(have) > 1 else (set(have), set(have))


held = []  # bound sockets that never listen: nobody else gets their ports, who sets SO_REUSEADDR still does


def free_port():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(('127.0.0.1', 0))
    held.append(s)
    return s.getsockname()[1]


def tree(root):
    """The process and all that descend from it."""
    kids = {}
    for p in os.listdir('/proc'):
        if p.isdigit():
            try:
                with open(f'/proc/{p}/stat') as f:
                    kids.setdefault(int(f.read().rsplit(')', 1)[1].split()[1]), []).append(int(p))
            except OSError:
                pass
    out, todo = [], [root]
    while todo:
        out.append(todo.pop())
        todo += kids.get(out[-1], [])
    return out


class Server:
    """One that runs. It ends with stop(), and every process it made with it."""

    def __init__(self, name, port, argv, folder, site, env=None):
        self.name, self.port, self.site, self.folder = name, port, site, folder
        self.log = open(folder / 'output.log', 'wb')
        where = cpus()[0]
        self.proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                     start_new_session=True, env=dict(os.environ, **(env or {})),
                                     preexec_fn=lambda: os.sched_setaffinity(0, where))
        self.pid = self.proc.pid
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if self.proc.poll() is not None:
                break
            try:
                socket.create_connection(('127.0.0.1', port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        self.stop()
        words = (folder / 'output.log').read_text(errors='replace')[-400:]
        raise RuntimeError(f'{name} does not start: {words}')

    def stop(self):
        below = tree(self.pid)[1:]
        if self.proc.poll() is None:
            self.proc.send_signal(signal.SIGTERM)
            try:
                self.proc.wait(5)
            except subprocess.TimeoutExpired:
                self.proc.kill()
                self.proc.wait()
        for pid in below:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.log.close()


def ours(bench, folder, port, site):
    root, workers = site['root'], site.get('workers', 2)
    pool = site.get('pool') or (f'StartServers {workers}\nMinSpareServers 1\nMaxSpareServers {workers}\n'
                                f'ServerLimit {workers}\nMaxRequestWorkers {workers}\nWorkerConnections 8192')
    text = f'''ServerName localhost
DocumentRoot "{root}"
PidFile "{folder}/pid"
ErrorLog "{folder}/error.log"
ControlSocket none
LogLevel warn
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
ListenBacklog 4096
AddType text/html .html
{pool}
Listen 127.0.0.1:{port}
'''
    if site.get('gzip'):
        text += 'AddOutputFilterByType DEFLATE text/html\nDeflateCompressionLevel 6\n'
    if site.get('index'):
        text += f'<Directory "{root}">\nOptions +Indexes\n</Directory>\n'
    if site.get('log'):
        text += f'CustomLog "{folder}/access.log" combined\n'
    if site.get('cgi'):
        text += f'ScriptAlias /cgi-bin/ "{root}/cgi-bin/"\n'
    if site.get('status'):
        text += '<Location "/server-status">\nSetHandler server-status\n</Location>\n'
    if site.get('status_port'):
        text += f'StatusListen 127.0.0.1:{site["status_port"]}\n'
    for i in range(site.get('hosts', 0)):
        text += f'<VirtualHost *:{port}>\nServerName h{i}.test\nDocumentRoot "{root}/h{i}.test"\n</VirtualHost>\n'
    (folder / 'httpd.conf').write_text(text)
    mode = ['-X'] if site.get('single') else ['-D', 'FOREGROUND']
    return [bench.server, *mode, '-f', str(folder / 'httpd.conf')], {}


def nginx(bench, folder, port, site):
    root, workers = site['root'], site.get('workers', 2)
    more = 'gzip on; gzip_comp_level 6; gzip_min_length 1;' if site.get('gzip') else ''
    more += 'autoindex on;' if site.get('index') else ''
    more += f'access_log {folder}/access.log combined;' if site.get('log') else 'access_log off;'
    listen = f'listen 127.0.0.1:{port} reuseport backlog=4096;'
    hosts = ''.join(f'server {{ listen 127.0.0.1:{port}; server_name h{i}.test; root "{root}/h{i}.test"; }}\n'
                    for i in range(site.get('hosts', 0)))
    temp = ' '.join(f'{k}_temp_path {folder}/{k};' for k in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
    user = 'user root;' if os.geteuid() == 0 else ''
    (folder / 'nginx.conf').write_text(f'''{user} worker_processes {workers}; daemon off; pid {folder}/pid; error_log {folder}/error.log crit;
worker_rlimit_nofile 18000; events {{ worker_connections 8192; multi_accept on; }}
http {{ types {{ text/html html; }} default_type application/octet-stream; sendfile on; tcp_nopush on; tcp_nodelay on;
keepalive_timeout 60; keepalive_requests 100000000; open_file_cache max=1000 inactive=60s;
open_file_cache_valid 60s; server_names_hash_max_size 200000; server_names_hash_bucket_size 128; {temp} {more}
server {{ {listen} root "{root}"; }}
{hosts} }}
''')
    return [find('nginx'), '-p', str(folder), '-e', str(folder / 'error.log'), '-c', str(folder / 'nginx.conf')], {}


def apache(bench, folder, port, site):
    root, workers = site['root'], site.get('workers', 2)
    mpm = 'prefork' if site.get('cgi') else 'event'  # where mod_cgi waits for its programs, so that their time is known
    modules = [f'mpm_{mpm}', 'authz_core', 'dir', 'mime']
    modules += ['deflate', 'filter'] if site.get('gzip') else []
    modules += ['autoindex'] if site.get('index') else []
    modules += ['status'] if site.get('status') else []
    modules += ['log_config'] if site.get('log') and os.path.exists(f'{MODULES}/modules/mod_log_config.so') else []  # or built in
    modules += ['alias', 'cgi'] if site.get('cgi') else []
    pool = (f'StartServers {workers}\nServerLimit {workers}\nThreadsPerChild 64\nMaxRequestWorkers {workers * 64}\nAsyncRequestWorkerFactor 64'
            if mpm == 'event' else 'StartServers 16\nMinSpareServers 1\nMaxSpareServers 64\nServerLimit 64\nMaxRequestWorkers 64')
    text = ''.join(f'LoadModule {m}_module {MODULES}/modules/mod_{m}.so\n' for m in modules)
    text += f'''ServerRoot {MODULES}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/error.log
DocumentRoot "{root}"
AddType text/html .html
TypesConfig /dev/null
{pool}
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
ListenBacklog 4096
EnableSendfile On
<Directory />
AllowOverride None
Options FollowSymLinks {'Indexes' if site.get('index') else ''}
Require all granted
</Directory>
'''
    if os.geteuid() == 0:
        text += 'User daemon\nGroup daemon\n'
    if site.get('gzip'):
        text += 'AddOutputFilterByType DEFLATE text/html\nDeflateCompressionLevel 6\n'
    if site.get('log'):
        text += f'CustomLog "{folder}/access.log" "%h %l %u %t \\"%r\\" %>s %O \\"%{{Referer}}i\\" \\"%{{User-Agent}}i\\""\n'
    if site.get('cgi'):
        text += f'ScriptAlias /cgi-bin/ "{root}/cgi-bin/"\n<Directory "{root}/cgi-bin">\nOptions +ExecCGI\n</Directory>\n'
    if site.get('status'):
        text += '<Location "/server-status">\nSetHandler server-status\n</Location>\n'
    for i in range(site.get('hosts', 0)):
        text += f'<VirtualHost *:{port}>\nServerName h{i}.test\nDocumentRoot "{root}/h{i}.test"\n</VirtualHost>\n'
    (folder / 'httpd.conf').write_text(text)
    return [find('apache2'), '-DFOREGROUND', '-f', str(folder / 'httpd.conf')], {'APACHE_RUN_DIR': str(folder)}


def lighttpd(bench, folder, port, site):
    root, workers = site['root'], site.get('workers', 2)
    modules = [f'"mod_{m}"' for m, key in (('deflate', 'gzip'), ('accesslog', 'log'), ('cgi', 'cgi')) if site.get(key)]
    more = 'deflate.mimetypes = ( "text/html" )\ndeflate.allowed-encodings = ( "gzip" )\n' if site.get('gzip') else ''
    more += 'dir-listing.activate = "enable"\n' if site.get('index') else ''
    more += f'accesslog.filename = "{folder}/access.log"\n' if site.get('log') else ''
    more += 'cgi.assign = ( ".cgi" => "" )\n' if site.get('cgi') else ''
    more += ''.join(f'$HTTP["host"] == "h{i}.test" {{ server.document-root = "{root}/h{i}.test" }}\n'
                    for i in range(site.get('hosts', 0)))
    (folder / 'lighttpd.conf').write_text(f'''server.document-root = "{root}"
server.port = {port}
server.bind = "127.0.0.1"
server.errorlog = "{folder}/error.log"
server.max-worker = {workers}
server.max-fds = 16384
server.max-connections = 8192
server.listen-backlog = 4096
server.max-keep-alive-requests = 100000000
server.max-keep-alive-idle = 60
server.modules = ( {', '.join(modules)} )
mimetype.assign = ( ".html" => "text/html", "" => "application/octet-stream" )
{more}
''')
    return [find('lighttpd'), '-D', '-f', str(folder / 'lighttpd.conf')], {}


def h2o(bench, folder, port, site):
    paths = f'''    paths:
      "/":
        file.dir: "{site['root']}"
'''
    if site.get('index'):
        paths += '        file.dirlisting: ON\n'
    (folder / 'h2o.conf').write_text(f'''{'user: root' if os.geteuid() == 0 else ''}
num-threads: {site.get('workers', 2)}
max-connections: 8192
tcp-fastopen: 0
listen: {{ host: 127.0.0.1, port: {port} }}
pid-file: {folder}/pid
error-log: {folder}/error.log
http1-request-timeout: 60
{'compress: [ gzip ]' if site.get('gzip') else ''}
{f'access-log: {folder}/access.log' if site.get('log') else ''}
hosts:
  default:
{paths}''')
    return [find('h2o'), '-m', 'worker', '-c', str(folder / 'h2o.conf')], {}


def busybox(bench, folder, port, site):
    return [find('busybox'), 'httpd', '-f', '-p', f'127.0.0.1:{port}', '-h', str(site['root']), '-c', '/dev/null'], {}


def mini_httpd(bench, folder, port, site):
    user = ['-u', 'root'] if os.geteuid() == 0 else []
    return [find('mini_httpd'), '-D', '-h', '127.0.0.1', '-p', str(port), '-d', str(site['root']), *user, '-c', 'cgi-bin/*', '-l', '/dev/null'], {}


MAKERS = {'ours': ours, 'nginx': nginx, 'apache': apache, 'lighttpd': lighttpd, 'h2o': h2o, 'busybox': busybox,
          'mini-httpd': mini_httpd}


def start(bench, name, site):
    port, folder = free_port(), bench.folder(name)
    argv, env = MAKERS[name](bench, folder, port, site)
    return Server(name, port, argv, folder, site, env)
