"""preloaded - a server with a library before its own (LD_PRELOAD), and the page by which the test tells that what to do

Runs in:  faults.py, clock_steps.py
Owns:     the server's directory, its port, its process
Fails:    RuntimeError when the server does not start

SPDX-License-Identifier: Apache-2.0
"""
import mmap
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chaos import text_of, until  # noqa: E402

PAGE = 4096


class Preloaded:
    def __init__(self, name):
        self.root = tempfile.mkdtemp(prefix=f'preforkd-{name}-')
        os.chmod(self.root, 0o755)
        # Bound and never listening: nobody else gets the port, a server that sets SO_REUSEADDR still does.
        self.held = socket.socket()
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.held.bind(('127.0.0.1', 0))
        self.port = self.held.getsockname()[1]
        os.makedirs(f'{self.root}/www')

    def launch(self, program, library, variable, conf, **environment):
        """The library finds the name of its page in the variable; self.told is that page."""
        with open(f'{self.root}/httpd.conf', 'w') as f:
            f.write(conf)
            if os.geteuid() == 0:
                f.write('User nobody\nGroup nogroup\n')
        with open(f'{self.root}/told', 'w+b') as f:
            f.write(bytes(PAGE))
            f.flush()
            os.chmod(f'{self.root}/told', 0o666)
            self.told = mmap.mmap(f.fileno(), PAGE)
        environment.update({'LD_PRELOAD': library, variable: f'{self.root}/told'})
        self.process = subprocess.Popen(
            [program, '-d', self.root, '-f', 'httpd.conf', '-D', 'FOREGROUND'], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, env=dict(os.environ, **environment))
        if not until(lambda: text_of(f'{self.root}/pid').strip() and self.answers()):
            raise RuntimeError(text_of(f'{self.root}/error.log') or 'the server does not start')

    def stop(self):
        """The exit status of the parent."""
        self.process.terminate()
        try:
            return self.process.wait(20)
        finally:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except OSError:
                pass
            shutil.rmtree(self.root, ignore_errors=True)
