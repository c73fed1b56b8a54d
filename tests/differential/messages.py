"""Conversations that a client might send to a proxy, most of them bent: valid ones are taken as seeds, and a few
places of each are changed to what has split proxies from origins before."""
import random

BODY = b"abc"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"


def request(line, *fields, body=b""):
    return b"\r\n".join([line + b" HTTP/1.1", b"Host: a", *fields, b"", body])


def chunked(*pieces, end=b"0\r\n\r\n"):
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + end


CL = b"Content-Length: "
TE = b"Transfer-Encoding: chunked"
SEEDS = [
    request(b"GET /"),
    request(b"GET /a/b?c=d", b"X-A: b", b"Accept: */*"),
    request(b"HEAD /h"),
    request(b"OPTIONS /o"),
    request(b"DELETE /d"),
    request(b"POST /p", CL + b"3", body=BODY),
    request(b"PUT /p", CL + b"%d" % len(HIDDEN), body=HIDDEN),
    request(b"POST /c", TE, body=chunked(BODY, b"defgh")),
    request(b"POST /c", TE, body=chunked(HIDDEN)),
    request(b"POST /c", TE, b"Trailer: X-T", body=chunked(BODY, end=b"0\r\nX-T: u\r\n\r\n")),
    request(b"POST /e", CL + b"3", b"Expect: 100-continue", body=BODY),
    request(b"GET http://b/x", b"Via: 1.1 y"),
    request(b"POST /k", CL + b"3", b"Connection: close, X-A", b"X-A: b", body=BODY),
    request(b"GET /body", CL + b"3", body=BODY),
]
FRAMING = [
    CL + b"0", CL + b"1", CL + b"3", CL + b"03", CL + b"+3", CL + b"-3", CL + b"3, 3", CL + b"3,4", CL + b"0x3",
    CL + b"3 ", CL + b"3\t", CL, CL + b"99999999999999999999", CL + b"18446744073709551619",
    b"Content-Length : 3", b" Content-Length: 3", b"Content_Length: 3", b"Content-Length\t: 3",
    b"X: y\rContent-Length: 3", b"X: y\nContent-Length: 3", b"content-length:3", TE,
    b"Transfer-Encoding:chunked", b"Transfer-Encoding : chunked", b"Transfer-Encoding: Chunked",
    b"Transfer-Encoding: chunked, identity", b"Transfer-Encoding: identity", b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: chunked, chunked",
    b"Transfer-Encoding:\x0bchunked", b"Transfer-Encoding: \"chunked\"", b"Transfer-Encoding: chunked;q=1",
    b"Transfer-Encoding:\r\n chunked", b"Transfer-Encoding: chu", b"Transfer_Encoding: chunked",
    b"X: y\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked\x00", b"\x85Transfer-Encoding: chunked",
    b"TE: trailers, chunked", b"Connection: Content-Length", b"Connection: Transfer-Encoding, close",
    b"Connection: keep-alive", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__", b"Expect: 100-continue",
    b"Expect: x", b"Host: b", b"Host: a", b"Host:", b"X-HTTP-Method-Override: PUT", b"X-Forwarded-For: 1",
    b"Max-Forwards: 2", b"\tfold", b" fold: x", b"X\x00: y", b": y", b"X",
]
CHUNKS = [
    b"0", b"00", b"3;x", b"3;x=y", b"3;\"\r\n", b"3 ", b" 3", b"+3", b"-0", b"0x3", b"3\n", b"3\r",
    b"ffffffffffffffff", b"10000000000000003", b"3;" + b"x" * 300, b"3;x\n", b"3\t", b"g",
]
BYTES = [
    b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b"\x0b", b"\x0c", b"\x85", b"\xa0", b":", b";", b",", b"0", b"#",
    b"\x7f", b"\xff", b"a",
]
LINES = [
    b"GET / HTTP/1.0", b"GET /", b"GET / HTTP/0.9", b"GET / HTTP/1.2", b"GET / HTTP/2.0", b"get / HTTP/1.1",
    b"GET  / HTTP/1.1", b"GET /\t HTTP/1.1", b"GET /a b HTTP/1.1", b"GET * HTTP/1.1", b"GET a HTTP/1.1",
    b"GET //a HTTP/1.1", b"GET /%00 HTTP/1.1", b"GET /%zz HTTP/1.1", b"GET /../a HTTP/1.1",
    b"GET /a#b HTTP/1.1", b"GET http://u@b/ HTTP/1.1", b"GET http:///x HTTP/1.1", b"TRACE / HTTP/1.1",
    b"X / HTTP/1.1", b"G\xe9T / HTTP/1.1", b"POST / HTTP/1.0", b"CONNECT a:1 HTTP/1.1", b"OPTIONS * HTTP/1.1",
]


def put_line(random, text, line):
    head, gap, rest = text.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    lines.insert(random.randint(1, len(lines)), line)
    return b"\r\n".join(lines) + gap + rest


def new_first_line(random, text):
    return random.choice(LINES) + b"\r\n" + text.partition(b"\r\n")[2]


def bend_chunk(random, text):
    head, gap, rest = text.partition(b"\r\n\r\n")
    lines = rest.split(b"\r\n")
    lines[random.randrange(len(lines))] = random.choice(CHUNKS)
    return head + gap + b"\r\n".join(lines)


def bend_byte(random, text):
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(BYTES) + text[at + random.randint(0, 1):]


def drop_part(random, text):
    at = random.randrange(len(text))
    return text[:at] + text[at + random.randint(1, 8):]


def mutate(random, text):
    kind = random.randrange(10)
    if kind < 4:
        return put_line(random, text, random.choice(FRAMING))
    return (bend_byte, bend_byte, bend_byte, bend_chunk, new_first_line, drop_part)[kind - 4](random, text)


def conversation(seed):
    """One client's bytes: one to three requests, of which none to three places are bent."""
    draw = random.Random(seed)
    requests = [draw.choice(SEEDS) for _ in range(draw.randint(1, 3))]
    for _ in range(draw.randint(0, 3)):
        at = draw.randrange(len(requests))
        requests[at] = mutate(draw, requests[at])
    return b"".join(requests)
