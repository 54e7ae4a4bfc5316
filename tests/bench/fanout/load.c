// N WebSocket clients on loopback, one thread. Measures when each event reaches each healthy client.
// usage: load PORT PATH N EVENTS FLAGS FOLLOWS STALLED SLOW WELCOMES
//   FLAGS    file of 16 bytes, mapped: u64[0] = all are connected, u64[1] = done
//   FOLLOWS  file of first messages, one per line; client i sends line i modulo their number
//   STALLED  that many never read again, SLOW that many read 1 kB each 250 ms; neither is measured
//   WELCOMES 1: connected means that a welcome came
// An event is every `"sent":NANOSECONDS` (CLOCK_MONOTONIC) in a text frame.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define IDLE 15000000000ull
#define SLOTS (1u << 20)
#define CHUNK (1u << 20)

typedef struct { int fd; uint8_t *rest; size_t held, room; int welcomed; } Client;
typedef struct { uint64_t sent; uint32_t worst, count; } Event;

static Event *events;
static uint32_t *latencies;
static uint64_t samples, most, frames, bytes, restarts, lost, known;
static int welcomes;

static uint64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }
static int by_value(const void *a, const void *b) { uint32_t x = *(uint32_t *)a, y = *(uint32_t *)b; return (x > y) - (x < y); }

static void heard(uint64_t sent, uint64_t at) {
  uint32_t late = at > sent ? (at - sent) / 1000 : 0, slot = (sent * 11400714819323198485ull) >> 44;
  while (events[slot].sent && events[slot].sent != sent) slot = (slot + 1) % SLOTS;
  if (!events[slot].sent) { events[slot].sent = sent; known++; }
  events[slot].count++;
  if (late > events[slot].worst) events[slot].worst = late;
  if (samples < most) latencies[samples] = late;
  samples++;
}

static void send_masked(int fd, int opcode, const uint8_t *text, size_t length) {
  uint8_t out[4200]; size_t head = 2;
  out[0] = 0x80 | opcode;
  if (length < 126) out[1] = 0x80 | length;
  else { out[1] = 0x80 | 126; out[2] = length >> 8; out[3] = length; head = 4; }
  memset(out + head, 0, 4);
  memcpy(out + head + 4, text, length);
  if (write(fd, out, head + 4 + length) < 0) lost++;
}

// The complete frames at the start of the bytes; answers how many bytes they take.
static size_t take(Client *c, const uint8_t *p, size_t length, int measured) {
  size_t at = 0;
  while (length - at >= 2) {
    size_t head = 2; uint64_t size = p[at + 1] & 127;
    if (size == 126) head = 4; else if (size == 127) head = 10;
    if (length - at < head) break;
    if (head > 2) { size = 0; for (size_t i = 2; i < head; i++) size = size << 8 | p[at + i]; }
    if (length - at - head < size) break;
    const uint8_t *text = p + at + head; int opcode = p[at] & 15;
    if (opcode == 9 && size < 126) send_masked(c->fd, 10, text, size);
    if (opcode == 1 && measured) {
      uint64_t t = now(); int found = 0; const uint8_t *from = text, *end = text + size;
      while ((from = memmem(from, end - from, "\"sent\":", 7))) { from += 7; heard(strtoull((const char *)from, 0, 10), t); found = 1; }
      frames += found;
    }
    if (opcode == 1 && size > 16 && !memcmp(text, "{\"type\":\"restart", 16)) restarts++;
    if (opcode == 1 && size > 16 && !memcmp(text, "{\"type\":\"welcome", 16) && !c->welcomed) { c->welcomed = 1; welcomes++; }
    at += head + size;
  }
  return at;
}

static void read_some(Client *c, int measured, size_t limit) {
  static uint8_t chunk[CHUNK];
  memcpy(chunk, c->rest, c->held);
  ssize_t got = read(c->fd, chunk + c->held, limit < CHUNK - c->held ? limit : CHUNK - c->held);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) { close(c->fd); c->fd = -1; lost += measured; return; }
  bytes += got;
  size_t whole = c->held + got, used = take(c, chunk, whole, measured);
  c->held = whole - used;
  if (c->held > c->room) { c->room = c->held * 2; c->rest = realloc(c->rest, c->room); }
  memcpy(c->rest, chunk + used, c->held);
}

static int connected(int port, const char *path, int number, int small) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), size = 4096;
  if (small) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons(port)};
  from.sin_addr.s_addr = htonl(0x7f000002 + number % 8);  // the server caps connections per address
  to.sin_addr.s_addr = htonl(0x7f000001);
  if (bind(fd, (void *)&from, sizeof from) || connect(fd, (void *)&to, sizeof to)) { perror("connect"); exit(2); }
  char text[2048]; int n = snprintf(text, sizeof text,
    "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", path, port);
  if (write(fd, text, n) != n) exit(2);
  for (n = 0; n < 2047; n++) {
    if (read(fd, text + n, 1) != 1) { fprintf(stderr, "no handshake for client %d\n", number); exit(2); }
    if (n > 2 && !memcmp(text + n - 3, "\r\n\r\n", 4)) break;
  }
  if (strncmp(text, "HTTP/1.1 101", 12)) { fprintf(stderr, "refused: %.200s\n", text); exit(2); }
  return fd;
}

int main(int argc, char **argv) {
  if (argc != 10) return 2;
  int port = atoi(argv[1]), n = atoi(argv[3]), count = atoi(argv[4]), stalled = atoi(argv[7]), slow = atoi(argv[8]);
  int flags = open(argv[5], O_RDWR), healthy = n - stalled - slow;
  volatile uint64_t *flag = mmap(0, 16, PROT_READ | PROT_WRITE, MAP_SHARED, flags, 0);
  char *follows[64], *line = 0; size_t room = 0; int lines = 0; FILE *file = fopen(argv[6], "r");
  while (lines < 64 && getline(&line, &room, file) > 1) { line[strcspn(line, "\n")] = 0; follows[lines++] = strdup(line); }
  events = calloc(SLOTS, sizeof *events);
  most = (uint64_t)healthy * count;
  latencies = malloc(most * 4 + 4);
  Client *clients = calloc(n, sizeof *clients);
  int poll = epoll_create1(0);
  for (int i = 0; i < n; i++) {
    Client *c = &clients[i];
    c->fd = connected(port, argv[2], i, i >= healthy);
    c->rest = malloc(c->room = 256);
    if (lines) send_masked(c->fd, 1, (uint8_t *)follows[i % lines], strlen(follows[i % lines]));
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
    if (i < healthy || atoi(argv[9])) epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &e);
  }
  uint64_t heard_at = now(), slow_at = now();
  struct epoll_event ready[512];
  while (known < (uint64_t)count || samples < most) {
    if (!flag[0] && (!atoi(argv[9]) || welcomes == n)) {
      for (int i = healthy; i < n; i++) epoll_ctl(poll, EPOLL_CTL_DEL, clients[i].fd, 0);
      heard_at = now();
      flag[0] = 1;
    }
    int k = epoll_wait(poll, ready, 512, 50);
    for (int i = 0; i < k; i++) {
      uint32_t number = ready[i].data.u32;
      if (clients[number].fd >= 0) read_some(&clients[number], (int)number < healthy, CHUNK);
    }
    uint64_t t = now();
    if (k) heard_at = t;
    if (t - heard_at > IDLE) break;
    if (flag[0] && t - slow_at > 250000000ull) {
      slow_at = t;
      for (int i = healthy + stalled; i < n; i++) if (clients[i].fd >= 0) read_some(&clients[i], 0, 1024);
    }
  }
  flag[1] = 1;
  uint32_t *worst = malloc(known * 4 + 4); uint64_t all = 0, incomplete = 0;
  for (uint32_t i = 0; i < SLOTS; i++) if (events[i].sent) { worst[all++] = events[i].worst; incomplete += events[i].count != (uint32_t)healthy; }
  if (samples < most) most = samples;
  qsort(latencies, most, 4, by_value); qsort(worst, all, 4, by_value);
  printf("{\"events\":%lu,\"incomplete\":%lu,\"samples\":%lu,\"frames\":%lu,\"bytes\":%lu,\"restarts\":%lu,\"lost\":%lu,"
         "\"p50\":%.3f,\"p99\":%.3f,\"last_p50\":%.3f,\"last_p99\":%.3f}\n", known, incomplete, samples, frames, bytes, restarts, lost,
         most ? latencies[most / 2] / 1e3 : 0, most ? latencies[most * 99 / 100] / 1e3 : 0,
         all ? worst[all / 2] / 1e3 : 0, all ? worst[all * 99 / 100] / 1e3 : 0);
  return 0;
}
