/* Preloaded into a server under test: gettimeofday() and clock_gettime(CLOCK_REALTIME) give the milliseconds that the
 * file named by FAKE_TIME_FILE holds as a 64-bit integer, or the real time while that is 0. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *shared(void) {
  static volatile int64_t *page;
  if (!page) {
    const char *name = getenv("FAKE_TIME_FILE");
    int fd = name ? open(name, O_RDONLY) : -1;
    if (fd < 0) return NULL;
    void *mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped == MAP_FAILED) return NULL;
    page = mapped;
  }
  return page;
}

int clock_gettime(clockid_t id, struct timespec *out) {
  volatile int64_t *page = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE ? shared() : NULL;
  int64_t ms = page ? *page : 0;
  if (ms == 0) return (int)syscall(SYS_clock_gettime, id, out);
  out->tv_sec = ms / 1000;
  out->tv_nsec = ms % 1000 * 1000000;
  return 0;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
  struct timespec now;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return 0;
}
