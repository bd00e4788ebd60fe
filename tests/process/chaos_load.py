# chaos_load - three kinds of clients that verify every byte, and remember every request
#
# Usage:  by chaos.py
# Checks: each answer is 200 with the body of its file, byte for byte; each request has a number, so
#         that the server's log can be counted against what was asked here
#
# An answer that says Connection: close leaves what was sent after its request unanswered; that is
# asked again on another connection, as RFC 9112 9.3.2 has it, and is no failure.
#
# SPDX-License-Identifier: Apache-2.0
import array
import random
import socket
import threading
import time

PATIENCE = 20
SIZES = (100, 1024, 20000, 131073, 600001)
WEIGHTS = (30, 40, 15, 12, 3)
UNKNOWN, GOOD, FAILED, REFUSED = range(4)


def body_of(size):
    block = bytes((i * 7 + i // 251 + size) & 0xff for i in range(4093))
    return (block * (size // len(block) + 1))[:size]


BODIES = {size: body_of(size) for size in SIZES}


class Broken(Exception):
    """The connection ended, or said what it should not."""


class Connection:
    def __init__(self, port):
        self.begun = time.monotonic()
        self.socket = socket.create_connection(('127.0.0.1', port), PATIENCE)
        self.port = self.socket.getsockname()[1]
        self.rest = b''
        self.answers = 0

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Broken(f'cannot send: {error}') from error

    def more(self):
        try:
            data = self.socket.recv(262144)
        except OSError as error:
            raise Broken(f'no answer: {error}') from error
        if not data:
            raise Broken('closed')
        self.heard = True
        return data

    def answer(self):
        """Status, body, and whether the server closes behind it."""
        data = self.rest
        while b'\r\n\r\n' not in data:
            data += self.more()
        head, body = data.split(b'\r\n\r\n', 1)
        lines = head.decode('latin-1').split('\r\n')
        fields = dict(line.lower().split(': ', 1) for line in lines[1:])
        size = int(fields['content-length'])
        pieces, have = [body], len(body)
        while have < size:
            pieces.append(self.more())
            have += len(pieces[-1])
        body = b''.join(pieces)
        self.rest = body[size:]
        self.answers += 1
        return int(lines[0].split()[1]), body[:size], fields.get('connection') == 'close'

    def close(self):
        self.socket.close()


class Client(threading.Thread):
    """One kind of client. What became of each of its requests stands in arrays, by number."""

    def __init__(self, kind, number, port, seed):
        super().__init__(daemon=True)
        self.kind, self.number, self.server_port = kind, number, port
        self.random = random.Random(f'{seed} {kind}')
        self.over = False
        self.state = bytearray()
        self.port = array.array('H')  # of our end of the connection
        self.opened = array.array('d')  # when the connection was made
        self.begun = array.array('d')  # when the request was sent
        self.done = array.array('d')
        self.failures = []  # number, why
        self.unheard = set()  # those of them that met a connection which had been idle, and no byte of an answer
        self.bad = []  # what no death excuses
        self.again = self.connections = 0
        self.longest = 0

    def next_request(self):
        size = self.random.choices(SIZES, WEIGHTS)[0]
        number = len(self.state)
        self.state.append(UNKNOWN)
        self.port.append(0)
        self.opened.append(0)
        self.begun.append(0)
        self.done.append(0)
        return number, size

    def text_of(self, request):
        number, size = request
        end = 'Connection: close\r\n' if self.kind == 'fresh' else ''
        return f'GET /f/{size}?n={self.number}.{number} HTTP/1.1\r\nHost: localhost\r\n{end}\r\n'.encode()

    def settle(self, request, status, body):
        number, size = request
        self.done[number] = time.monotonic()
        self.longest = max(self.longest, self.done[number] - self.begun[number])
        if status == 200 and body == BODIES[size]:
            self.state[number] = GOOD
        elif status == 503:
            self.state[number] = REFUSED
        else:
            self.state[number] = FAILED
            self.bad.append(f'{self.kind} request {number} for {size} bytes: {status} with {len(body)} bytes, '
                            f'{"the same" if body == BODIES[size] else "others"}')

    def ask(self, connection, requests):
        """Asks for all, at once; what is left to be asked again, and whether the connection stays."""
        for number, _ in requests:
            self.port[number], self.opened[number] = connection.port, connection.begun
            self.begun[number] = time.monotonic()
        waiting = list(requests)
        was_idle, connection.heard = connection.answers > 0, False
        try:
            connection.send(b''.join(self.text_of(r) for r in requests))
            while waiting:
                status, body, closes = connection.answer()
                self.settle(waiting.pop(0), status, body)
                if closes:
                    return waiting, False
        except Broken as error:
            for number, _ in waiting:
                self.done[number] = time.monotonic()
                self.state[number] = FAILED
                self.failures.append((number, str(error)))
                if was_idle and not connection.heard:
                    self.unheard.add(number)
            return [], False
        return [], self.kind != 'fresh'

    def run(self):
        connection, left = None, []
        while not self.over or left:
            count = self.random.randint(2, 12) if self.kind == 'pipelined' else 1
            requests = left or [self.next_request() for _ in range(count)]
            self.again += len(left)
            if not connection:
                try:
                    connection = Connection(self.server_port)
                    self.connections += 1
                except OSError as error:
                    self.bad.append(f'{self.kind}: cannot connect: {error}')
                    return
            left, stays = self.ask(connection, requests)
            if not stays or self.random.random() < 0.002:
                connection.close()
                connection = None
            if self.random.random() < 0.1:
                time.sleep(self.random.random() * 0.01)
        if connection:
            connection.close()

    def count(self, state):
        return self.state.count(state)
