/*
 * Loaded into processes by LD_PRELOAD: shifts their wall clock by the milliseconds that stand in a file, eight bytes, little end first.
 * The file is mapped, so that a jump comes to all of them at once; what measures how long something takes is left alone. Debian's
 * libfaketime does this too, but asks for memory before workerd's own allocator can give any, and waits for ever.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift_ms;

__attribute__((constructor)) static void map_shift(void) {
  const char *path = getenv("DEPLOYX_TEST_CLOCK_FILE");
  const int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof *shift_ms, PROT_READ, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) shift_ms = mapped;
  close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  const long failed = syscall(SYS_clock_gettime, clock, now);
  if (failed != 0 || shift_ms == NULL || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return (int)failed;
  const int64_t shift = *shift_ms;
  now->tv_sec += shift / 1000;
  now->tv_nsec += shift % 1000 * 1000000;
  if (now->tv_nsec < 0) {
    now->tv_sec -= 1;
    now->tv_nsec += 1000000000;
  } else if (now->tv_nsec >= 1000000000) {
    now->tv_sec += 1;
    now->tv_nsec -= 1000000000;
  }
  return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec exact;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *where) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (where != NULL) *where = exact.tv_sec;
  return exact.tv_sec;
}
