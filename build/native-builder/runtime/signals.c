/* libchelper: signals for sun.misc.Signal; the handler counts them and wakes Java's dispatcher thread. */
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

#define SIGNALS 65 /* 0, and Linux's 1 to 64 */

static atomic_int pending[SIGNALS];
static atomic_flag taken = ATOMIC_FLAG_INIT;
static sem_t wake;

static void on_signal(int signal) {
  int saved = errno; /* whatever the signal interrupted may be about to read it */
  if (signal >= 0 && signal < SIGNALS) {
    atomic_fetch_add(&pending[signal], 1);
    sem_post(&wake);
  }
  errno = saved;
}

void *cSunMiscSignal_signalHandlerFunctionPointer(void) { return (void *) on_signal; }

/* 0: it is the caller's, 1: another isolate has it, -1: failed. */
int cSunMiscSignal_open(void) {
  if (atomic_flag_test_and_set(&taken)) return 1;
  for (int i = 0; i < SIGNALS; i++) atomic_store(&pending[i], 0);
  return sem_init(&wake, 0, 0);
}

int cSunMiscSignal_close(void) {
  int result = sem_destroy(&wake);
  atomic_flag_clear(&taken);
  return result;
}

/* May return without a signal pending; the dispatcher then waits again. */
int cSunMiscSignal_awaitSemaphore(void) {
  int result = sem_wait(&wake);
  return result && errno == EINTR ? 0 : result;
}

int cSunMiscSignal_signalSemaphore(void) { return sem_post(&wake); }

bool cSunMiscSignal_signalRangeCheck(int signal) { return signal >= 0 && signal < SIGNALS; }

int cSunMiscSignal_checkPendingSignal(void) {
  for (int i = 0; i < SIGNALS; i++) {
    int count = atomic_load(&pending[i]);
    while (count > 0) {
      if (atomic_compare_exchange_weak(&pending[i], &count, count - 1)) return i;
    }
  }
  return -1;
}
