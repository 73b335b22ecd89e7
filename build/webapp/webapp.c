/*
 * webapp: the small web application that demo and tests deploy. One static binary, so that its image is built FROM scratch.
 *
 *   GET  /            a page that shows the revision        GET  /up          the health check: 200
 *   GET  /revision    the revision, as text                 GET  /headers     the head of the request, as it arrived
 *   GET  /bytes/N     N bytes, the same ones every time     GET  /status/N    an answer with status N
 *   GET  /drip/S      a chunked download that lasts S s     GET  /wait/S      an answer that takes S seconds to begin
 *   POST /echo        length and checksum of the body       GET  /events      server-sent events, ten a second
 *   GET  /ws          a WebSocket that echoes               POST /exit/N      ends the process with exit code N
 *   POST /hang        from then on nobody gets an answer
 *
 * Every answer carries X-Revision. The body of /bytes is the alphabet, over and over; the checksum of /echo is FNV-1a.
 *
 * Environment, or NAME=value as an argument: PORT (9292), LISTEN_PORT (PORT), REVISION ("none"); and ways to misbehave:
 *   START_DELAY=S   sleeps S seconds before it listens      EXIT_CODE=N      exits at once
 *   NO_LISTEN=1     never listens                           SILENT=1         accepts connections and says nothing
 *   UP_STATUS=N     status of /up, with                     IGNORE_TERM=1    does not end on SIGTERM
 *   UP_BODY=text, UP_LOCATION=url                           LOG_LINES=N      prints N lines when it starts
 *   UP_NEEDS=name:value   /up is 400 without this header
 *   UP_FAILS_IN=zone      /up is 500 where ZONE is that      PAGE_STATUS=N     status of every page but /up
 *   PAGE_DELAY=S    sleeps S seconds before every page but /up
 *   FAIL_EVERY=N    every Nth page but /up is 500
 *   LISTEN_ON=address     listens on that address alone; "::" means IPv6 only
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { MAX_HEAD = 65536, BUFFER = 131072 };

struct connection {
    int socket;
    char in[BUFFER]; /* what was read and not yet used: [begin, end) */
    size_t begin, end;
    bool keep_alive;
};

struct request {
    char head[MAX_HEAD]; /* request line and headers as they arrived */
    char method[16];
    char path[2048];
    bool chunked;
    uint64_t length;
};

static const char *revision;
static volatile bool hangs;

/* ---- environment, time ---- */

static const char *env(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

static bool flag(const char *name) { return strcmp(env(name, "0"), "1") == 0; }

static void sleep_seconds(double seconds) {
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

/* ---- reading and writing ---- */

static bool send_all(struct connection *c, const void *bytes, size_t length) {
    const char *next = bytes;
    while (length > 0) {
        ssize_t sent = send(c->socket, next, length, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        next += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool read_more(struct connection *c) {
    if (c->begin == c->end) c->begin = c->end = 0;
    if (c->end == BUFFER) {
        memmove(c->in, c->in + c->begin, c->end - c->begin);
        c->end -= c->begin;
        c->begin = 0;
    }
    if (c->end == BUFFER) return false;
    ssize_t got = recv(c->socket, c->in + c->end, BUFFER - c->end, 0);
    if (got <= 0) return false;
    c->end += (size_t)got;
    return true;
}

/* Reads one line of a chunked body, without its line end. */
static bool read_line(struct connection *c, char *line, size_t size) {
    for (;;) {
        char *from = c->in + c->begin;
        char *newline = memchr(from, '\n', c->end - c->begin);
        if (newline) {
            size_t length = (size_t)(newline - from);
            if (length >= size) return false;
            memcpy(line, from, length);
            c->begin += length + 1;
            if (length > 0 && line[length - 1] == '\r') length--;
            line[length] = 0;
            return true;
        }
        if (!read_more(c)) return false;
    }
}

/* ---- requests ---- */

static bool header(const struct request *r, const char *name, char *value, size_t size) {
    size_t length = strlen(name);
    for (const char *line = strstr(r->head, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
        const char *field = line + 2;
        if (strncasecmp(field, name, length) != 0 || field[length] != ':') continue;
        const char *from = field + length + 1;
        from += strspn(from, " \t");
        size_t n = (size_t)(strstr(from, "\r\n") - from);
        if (n >= size) n = size - 1;
        memcpy(value, from, n);
        value[n] = 0;
        return true;
    }
    return false;
}

static bool read_request(struct connection *c, struct request *r) {
    char *end;
    while (!(end = memmem(c->in + c->begin, c->end - c->begin, "\r\n\r\n", 4))) {
        if (c->end - c->begin >= MAX_HEAD - 1 || !read_more(c)) return false;
    }
    size_t length = (size_t)(end + 4 - (c->in + c->begin));
    if (length >= MAX_HEAD) return false;
    memcpy(r->head, c->in + c->begin, length);
    r->head[length] = 0;
    c->begin += length;

    char version[16], value[256];
    if (sscanf(r->head, "%15s %2047s %15s", r->method, r->path, version) != 3) return false;
    c->keep_alive = strcmp(version, "HTTP/1.1") == 0;
    if (header(r, "Connection", value, sizeof value) && strcasecmp(value, "close") == 0) c->keep_alive = false;
    r->length = header(r, "Content-Length", value, sizeof value) ? strtoull(value, NULL, 10) : 0;
    r->chunked = header(r, "Transfer-Encoding", value, sizeof value) && strcasecmp(value, "chunked") == 0;
    if (header(r, "Expect", value, sizeof value) && strcasecmp(value, "100-continue") == 0) {
        const char *go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        if (!send_all(c, go_on, strlen(go_on))) return false;
    }
    return true;
}

/* Length and FNV-1a checksum of a body that passes by. */
struct digest {
    uint64_t length, checksum;
};

static bool read_bytes(struct connection *c, uint64_t length, struct digest *d) {
    while (length > 0) {
        if (c->begin == c->end && !read_more(c)) return false;
        size_t n = c->end - c->begin;
        if (n > length) n = (size_t)length;
        for (size_t i = 0; i < n; i++) d->checksum = (d->checksum ^ (unsigned char)c->in[c->begin + i]) * 1099511628211ull;
        c->begin += n;
        d->length += n;
        length -= n;
    }
    return true;
}

static bool read_body(struct connection *c, const struct request *r, struct digest *d) {
    d->length = 0;
    d->checksum = 14695981039346656037ull;
    if (!r->chunked) return read_bytes(c, r->length, d);
    char line[256];
    for (;;) {
        if (!read_line(c, line, sizeof line)) return false;
        uint64_t size = strtoull(line, NULL, 16);
        if (size == 0) break;
        if (!read_bytes(c, size, d) || !read_line(c, line, sizeof line)) return false;
    }
    do { /* trailers */
        if (!read_line(c, line, sizeof line)) return false;
    } while (*line);
    return true;
}

/* ---- answers ---- */

static bool answer_head(struct connection *c, int status, const char *type, const char *framing) {
    char head[4096];
    int n = snprintf(head, sizeof head, "HTTP/1.1 %d %s\r\nX-Revision: %s\r\nContent-Type: %s\r\n%s%s\r\n", status,
                     status < 400 ? "OK" : "Error", revision, type, c->keep_alive ? "" : "Connection: close\r\n", framing);
    return send_all(c, head, (size_t)n);
}

static bool answer(struct connection *c, const struct request *r, int status, const char *type, const char *more,
                   const char *body) {
    char framing[2048];
    bool empty = status == 204 || status == 304;
    if (empty) snprintf(framing, sizeof framing, "%s", more);
    else snprintf(framing, sizeof framing, "%sContent-Length: %zu\r\n", more, strlen(body));
    if (!answer_head(c, status, type, framing)) return false;
    return empty || strcmp(r->method, "HEAD") == 0 || send_all(c, body, strlen(body));
}

static bool answer_text(struct connection *c, const struct request *r, int status, const char *body) {
    return answer(c, r, status, "text/plain; charset=utf-8", "", body);
}

static bool answer_page(struct connection *c, const struct request *r) {
    char page[2048];
    snprintf(page, sizeof page,
             "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>webapp %s</title>\n"
             "<style>body{font:1.2rem/1.6 system-ui,sans-serif;margin:15vh auto;max-width:34rem}</style>\n"
             "<h1>Revision %s</h1>\n<p>You reached this container through wunderproxy.</p>\n</html>\n",
             revision, revision);
    return answer(c, r, 200, "text/html; charset=utf-8", "", page);
}

/* Opens a WebSocket to where it came from, says something, and tells by a request what it heard. */
static const char browser_page[] =
    "<!doctype html>\n<title>WebSocket</title>\n<script>\n"
    "const socket = new WebSocket(`ws://${location.host}/ws`);\n"
    "socket.onopen = () => socket.send('hello-from-the-browser');\n"
    "socket.onmessage = message => fetch('/heard/' + message.data);\n"
    "socket.onerror = () => fetch('/failed');\n</script>\n";

static bool answer_up(struct connection *c, const struct request *r) {
    char more[1024] = "", needed[256], name[128], value[256];
    snprintf(needed, sizeof needed, "%s", env("UP_NEEDS", ""));
    char *colon = strchr(needed, ':');
    if (colon) {
        snprintf(name, sizeof name, "%.*s", (int)(colon - needed), needed);
        if (!header(r, name, value, sizeof value) || strcmp(value, colon + 1) != 0)
            return answer_text(c, r, 400, "a header is missing\n");
    }
    if (getenv("UP_FAILS_IN") && strcmp(env("UP_FAILS_IN", ""), env("ZONE", "")) == 0)
        return answer_text(c, r, 500, "not in this zone\n");
    if (getenv("UP_LOCATION")) snprintf(more, sizeof more, "Location: %s\r\n", getenv("UP_LOCATION"));
    return answer(c, r, atoi(env("UP_STATUS", "200")), "text/plain", more, env("UP_BODY", "up\n"));
}

static char alphabets[26 * 2520]; /* nearly 64 KiB that begin with a and end with z */

static void fill_alphabets(void) {
    for (size_t i = 0; i < sizeof alphabets; i++) alphabets[i] = (char)('a' + i % 26);
}

static bool answer_bytes(struct connection *c, const struct request *r, const char *type, uint64_t length) {
    char framing[64];
    snprintf(framing, sizeof framing, "Content-Length: %llu\r\n", (unsigned long long)length);
    if (!answer_head(c, 200, type, framing)) return false;
    if (strcmp(r->method, "HEAD") == 0) return true;
    while (length > 0) {
        size_t n = length < sizeof alphabets ? (size_t)length : sizeof alphabets;
        if (!send_all(c, alphabets, n)) return false;
        length -= n;
    }
    return true;
}

static bool send_chunk(struct connection *c, const char *text) {
    char chunk[512];
    int n = snprintf(chunk, sizeof chunk, "%zx\r\n%s\r\n", strlen(text), text);
    return send_all(c, chunk, (size_t)n);
}

static bool answer_drip(struct connection *c, double seconds) {
    if (!answer_head(c, 200, "text/plain", "Transfer-Encoding: chunked\r\n")) return false;
    int drops = (int)(seconds * 10);
    for (int i = 0; i < drops; i++) {
        char line[64];
        snprintf(line, sizeof line, "drop %d of %d\n", i + 1, drops);
        if (!send_chunk(c, line)) return false;
        sleep_seconds(0.1);
    }
    return send_chunk(c, "end\n") && send_all(c, "0\r\n\r\n", 5);
}

static bool answer_events(struct connection *c) {
    if (!answer_head(c, 200, "text/event-stream", "Cache-Control: no-store\r\nTransfer-Encoding: chunked\r\n")) return false;
    for (int i = 1;; i++) {
        char event[128];
        snprintf(event, sizeof event, "id: %d\ndata: %s\n\n", i, revision);
        if (!send_chunk(c, event)) return false;
        sleep_seconds(0.1);
    }
}

static bool answer_echo(struct connection *c, const struct request *r, const struct digest *d) {
    char body[128];
    snprintf(body, sizeof body, "%llu %016llx\n", (unsigned long long)d->length, (unsigned long long)d->checksum);
    return answer_text(c, r, 200, body);
}

/* ---- WebSocket (RFC 6455): handshake and an echo of every frame ---- */

static uint32_t rotate(uint32_t x, int n) { return x << n | x >> (32 - n); }

/* SHA-1 of a text shorter than 120 bytes. */
static void sha1(const char *text, unsigned char out[20]) {
    unsigned char block[128] = {0};
    size_t length = strlen(text), blocks = length + 9 > 64 ? 2 : 1;
    memcpy(block, text, length);
    block[length] = 0x80;
    for (int i = 0; i < 8; i++) block[blocks * 64 - 1 - (size_t)i] = (unsigned char)((uint64_t)length * 8 >> (8 * i));
    uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    for (size_t b = 0; b < blocks; b++) {
        uint32_t w[80], v[5];
        for (int i = 0; i < 16; i++) {
            const unsigned char *p = block + b * 64 + (size_t)i * 4;
            w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        }
        for (int i = 16; i < 80; i++) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        memcpy(v, h, sizeof h);
        for (int i = 0; i < 80; i++) {
            uint32_t f = i < 20   ? ((v[1] & v[2]) | (~v[1] & v[3])) + 0x5a827999
                         : i < 40 ? (v[1] ^ v[2] ^ v[3]) + 0x6ed9eba1
                         : i < 60 ? ((v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])) + 0x8f1bbcdc
                                  : (v[1] ^ v[2] ^ v[3]) + 0xca62c1d6;
            uint32_t next = rotate(v[0], 5) + f + v[4] + w[i];
            v[4] = v[3];
            v[3] = v[2];
            v[2] = rotate(v[1], 30);
            v[1] = v[0];
            v[0] = next;
        }
        for (int i = 0; i < 5; i++) h[i] += v[i];
    }
    for (int i = 0; i < 20; i++) out[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
}

static void base64(const unsigned char in[20], char out[29]) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0, o = 0; i < 20; i += 3, o += 4) {
        uint32_t three = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | (i + 2 < 20 ? in[i + 2] : 0u);
        for (int j = 0; j < 4; j++) out[o + j] = digits[three >> (18 - 6 * j) & 63];
    }
    out[27] = '=';
    out[28] = 0;
}

static bool take(struct connection *c, unsigned char *out, size_t length) {
    while (c->end - c->begin < length) if (!read_more(c)) return false;
    memcpy(out, c->in + c->begin, length);
    c->begin += length;
    return true;
}

/* Frames of up to 65535 bytes, each in one piece. */
static void serve_websocket(struct connection *c, const struct request *r) {
    char key[128], text[256], accept[29], head[512];
    unsigned char hash[20];
    if (!header(r, "Sec-WebSocket-Key", key, 64)) {
        answer_text(c, r, 400, "this is a WebSocket\n");
        return;
    }
    snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    sha1(text, hash);
    base64(hash, accept);
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Revision: %s\r\n"
                     "Sec-WebSocket-Accept: %s\r\n\r\n", revision, accept);
    if (!send_all(c, head, (size_t)n)) return;

    static __thread unsigned char payload[65536];
    unsigned char start[2], extended[2], mask[4], reply[4];
    while (take(c, start, 2)) {
        size_t length = start[1] & 127, reply_length = 2;
        if (length == 126) {
            if (!take(c, extended, 2)) return;
            length = (size_t)extended[0] << 8 | extended[1];
        }
        if (length > 65535 || !(start[1] & 128) || !take(c, mask, 4) || !take(c, payload, length)) return;
        for (size_t i = 0; i < length; i++) payload[i] ^= mask[i % 4];
        int opcode = start[0] & 15;
        reply[0] = opcode == 9 ? 0x8a : start[0]; /* a ping is answered by a pong */
        reply[1] = (unsigned char)(length < 126 ? length : 126);
        if (length >= 126) {
            reply[2] = (unsigned char)(length >> 8);
            reply[3] = (unsigned char)length;
            reply_length = 4;
        }
        if (opcode != 10 && (!send_all(c, reply, reply_length) || !send_all(c, payload, length))) return;
        if (opcode == 8) return;
    }
}

/* ---- connections ---- */

static bool route(struct connection *c, const struct request *r) {
    struct digest body;
    if (strcmp(r->path, "/ws") == 0) {
        serve_websocket(c, r);
        return false;
    }
    if (!read_body(c, r, &body)) return false;
    if (strcmp(r->path, "/up") == 0) return answer_up(c, r);
    if (getenv("PAGE_DELAY")) sleep_seconds(atof(getenv("PAGE_DELAY")));
    if (getenv("FAIL_EVERY")) {
        static unsigned long pages;
        if (__atomic_add_fetch(&pages, 1, __ATOMIC_RELAXED) % strtoul(getenv("FAIL_EVERY"), NULL, 10) == 0)
            return answer_text(c, r, 500, "one of many\n");
    }
    if (getenv("PAGE_STATUS")) return answer_text(c, r, atoi(getenv("PAGE_STATUS")), "broken\n");
    if (strcmp(r->path, "/") == 0) return answer_page(c, r);
    if (strcmp(r->path, "/revision") == 0) return answer_text(c, r, 200, revision);
    if (strcmp(r->path, "/headers") == 0) return answer_text(c, r, 200, r->head);
    if (strcmp(r->path, "/echo") == 0) return answer_echo(c, r, &body);
    if (strcmp(r->path, "/events") == 0) return answer_events(c);
    if (strncmp(r->path, "/bytes/", 7) == 0)
        return answer_bytes(c, r, "application/octet-stream", strtoull(r->path + 7, NULL, 10));
    if (strncmp(r->path, "/text/", 6) == 0) return answer_bytes(c, r, "text/plain", strtoull(r->path + 6, NULL, 10));
    if (strcmp(r->path, "/browser") == 0) return answer(c, r, 200, "text/html; charset=utf-8", "", browser_page);
    if (strncmp(r->path, "/drip/", 6) == 0) return answer_drip(c, atof(r->path + 6));
    if (strncmp(r->path, "/status/", 8) == 0) return answer_text(c, r, atoi(r->path + 8), "as you wish\n");
    if (strcmp(r->path, "/hang") == 0) {
        hangs = true;
        return answer_text(c, r, 200, "from now on\n");
    }
    if (strncmp(r->path, "/exit/", 6) == 0) _exit(atoi(r->path + 6));
    if (strncmp(r->path, "/wait/", 6) == 0) {
        sleep_seconds(atof(r->path + 6));
        return answer_text(c, r, 200, revision);
    }
    return answer_text(c, r, 404, "no such page\n");
}

static void *serve(void *argument) {
    struct connection *c = argument;
    struct request *r = malloc(sizeof *r);
    if (flag("SILENT") || hangs) while (read_more(c)) c->begin = c->end;
    while (r && read_request(c, r) && route(c, r) && c->keep_alive) continue;
    shutdown(c->socket, SHUT_WR);
    close(c->socket);
    free(r);
    free(c);
    return NULL;
}

static void end(int signal) {
    (void)signal;
    _exit(0);
}

static void ignore(int signal) { (void)signal; }

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 1; i < argc; i++) putenv(argv[i]);
    revision = env("REVISION", "none");
    fill_alphabets();
    /* As process 1 of a container it gets no default action for a signal. */
    signal(SIGTERM, flag("IGNORE_TERM") ? ignore : end);
    signal(SIGINT, end);

    for (int i = 1; i <= atoi(env("LOG_LINES", "0")); i++) printf("log line %d\n", i);
    if (getenv("EXIT_CODE")) {
        printf("webapp: cannot start, exiting with %s\n", getenv("EXIT_CODE"));
        return atoi(getenv("EXIT_CODE"));
    }
    sleep_seconds(atof(env("START_DELAY", "0")));
    while (flag("NO_LISTEN")) pause();

    int port = atoi(env("LISTEN_PORT", env("PORT", "9292"))), on = 1;
    bool six = strchr(env("LISTEN_ON", ""), ':') != NULL;
    int listener = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 address6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    inet_pton(AF_INET, env("LISTEN_ON", "0.0.0.0"), &address.sin_addr);
    inet_pton(AF_INET6, env("LISTEN_ON", "::"), &address6.sin6_addr);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (six) setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(listener, six ? (struct sockaddr *)&address6 : (struct sockaddr *)&address,
             six ? sizeof address6 : sizeof address) != 0 || listen(listener, 1024) != 0) {
        perror("webapp: listen");
        return 1;
    }
    printf("webapp: revision %s listens on port %d\n", revision, port);

    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    for (;;) {
        struct connection *c = malloc(sizeof *c);
        if (!c) return 1;
        c->begin = c->end = 0;
        c->socket = accept(listener, NULL, NULL);
        setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        pthread_t thread;
        if (c->socket < 0 || pthread_create(&thread, &attributes, serve, c) != 0) {
            close(c->socket);
            free(c);
        }
    }
}
