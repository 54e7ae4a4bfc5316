// What the kernel's sending alone costs: N clients, one frame to each with send(), from C.
// usage: floor PORT N EVENTS RATE FLAGS TEMPLATE      TEMPLATE: payload with "sent":1000000000000000 to be filled in
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  int n = atoi(argv[2]), events = atoi(argv[3]), one = 1, *fds = malloc(sizeof(int) * n);
  double rate = atof(argv[4]);
  volatile uint64_t *flag = mmap(0, 16, PROT_READ | PROT_WRITE, MAP_SHARED, open(argv[5], O_RDWR), 0);
  static char text[60000]; int file = open(argv[6], O_RDONLY); ssize_t size = read(file, text, sizeof text - 1);
  char *mark = memmem(text, size, "\"sent\":", 7);
  if (size < 126 || !mark) return 2;
  static uint8_t frame[60004] = {0x81, 126};
  frame[2] = size >> 8; frame[3] = size;
  int server = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  at.sin_addr.s_addr = htonl(0x7f000001);
  if (bind(server, (void *)&at, sizeof at) || listen(server, 4096)) return 2;
  const char *hello = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  for (int i = 0; i < n;) {
    int fd = accept(server, 0, 0), got = 0, r; char in[4096];
    while ((r = read(fd, in + got, sizeof in - 1 - got)) > 0) { in[got += r] = 0; if (strstr(in, "\r\n\r\n")) break; }
    if (r <= 0) { close(fd); continue; }
    if (write(fd, hello, strlen(hello)) < 0) return 2;
    fds[i++] = fd;
  }
  while (!flag[0]) usleep(5000);
  usleep(500000);
  uint64_t start = now();
  for (int k = 0; k < events; k++) {
    int64_t wait = start + (uint64_t)(k / rate * 1e9) - now();
    if (wait > 0) usleep(wait / 1000);
    char digits[17]; snprintf(digits, sizeof digits, "%016lu", now());
    memcpy(mark + 7, digits, 16);
    memcpy(frame + 4, text, size);
    for (int i = 0; i < n; i++)
      while (send(fds[i], frame, size + 4, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        if (errno != EAGAIN) break;
        struct pollfd p = {fds[i], POLLOUT, 0}; poll(&p, 1, 100);
      }
  }
  while (!flag[1]) usleep(20000);
  return 0;
}
