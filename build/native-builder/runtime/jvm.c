/* libjvm: the JVM's functions that the JDK's native libraries call in an image; missing-functions adds the others. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <jni.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

/* Called once by the image, to have this library linked. */
int initialize(void) { return 1; }

/* Where a function that is not there ends. */
void missing_jvm_function(const char *name) {
  fprintf(stderr, "fatal: the JDK's native code called %s, which this image does not have\n", name);
  abort();
}

/* Machine and time. */

jint JVM_ActiveProcessorCount(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
  long count = sysconf(_SC_NPROCESSORS_ONLN); /* more CPUs than the set has room for */
  return count > 0 ? (jint) count : 1;
}

static struct timespec now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time;
}

jlong JVM_NanoTime(JNIEnv *env UNUSED, jclass caller UNUSED) {
  struct timespec time = now(CLOCK_MONOTONIC);
  return (jlong) time.tv_sec * 1000000000 + time.tv_nsec;
}

jlong JVM_CurrentTimeMillis(JNIEnv *env UNUSED, jclass caller UNUSED) {
  struct timespec time = now(CLOCK_REALTIME);
  return (jlong) time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Nanoseconds from that second of the epoch to now, -1 when they would not fit. */
jlong JVM_GetNanoTimeAdjustment(JNIEnv *env UNUSED, jclass caller UNUSED, jlong from_second) {
  const jlong limit = (jlong) 1 << 32;
  struct timespec time = now(CLOCK_REALTIME);
  jlong seconds = (jlong) time.tv_sec - from_second;
  if (seconds > limit || seconds < -limit) return -1;
  return seconds * 1000000000 + time.tv_nsec;
}

/* Libraries. */

void *JVM_LoadLibrary(const char *name, jboolean throw_exception UNUSED) { return dlopen(name, RTLD_LAZY); }
void JVM_UnloadLibrary(void *library) { dlclose(library); }
void *JVM_FindLibraryEntry(void *library, const char *name) { return dlsym(library, name); }
void *JVM_LoadZipLibrary(void) { return NULL; } /* linked already */

/* Locks of libzip. */

void *JVM_RawMonitorCreate(void) {
  pthread_mutex_t *mutex = malloc(sizeof *mutex);
  if (!mutex) return NULL;
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  return mutex;
}

void JVM_RawMonitorDestroy(void *mutex) {
  pthread_mutex_destroy(mutex);
  free(mutex);
}

jint JVM_RawMonitorEnter(void *mutex) { return pthread_mutex_lock(mutex); }
void JVM_RawMonitorExit(void *mutex) { pthread_mutex_unlock(mutex); }

/* Questions with one answer here. */

jboolean JVM_IsSupportedJNIVersion(jint version) { return version >= JNI_VERSION_1_1 && version <= JNI_VERSION_24; }
jboolean JVM_IsPreviewEnabled(void) { return JNI_FALSE; }
jboolean JVM_IsUseContainerSupport(void) { return JNI_TRUE; }
jboolean JVM_IsContainerized(void) { return JNI_FALSE; }
jlong JVM_MaxObjectInspectionAge(void) { return 0; }
void *JVM_GetManagement(jint version UNUSED) { return NULL; }
jstring JVM_GetTemporaryDirectory(JNIEnv *env) { return (*env)->NewStringUTF(env, "/tmp"); }

/* Threads name themselves by another way. */
void JVM_SetNativeThreadName(JNIEnv *env UNUSED, jobject thread UNUSED, jstring name UNUSED) {}

void JVM_BeforeHalt(void) {}
void JVM_Halt(jint code) { _exit(code); }

/* Formatted output: as in C, but -1 for text that was cut, and no buffer without a terminating zero. */

int jio_vsnprintf(char *buffer, size_t size, const char *format, va_list arguments) {
  if (size == 0 || size > (size_t) 0x7fffffff) return -1;
  int length = vsnprintf(buffer, size, format, arguments);
  if (length >= 0 && (size_t) length < size) return length;
  buffer[size - 1] = 0;
  return -1;
}

int jio_snprintf(char *buffer, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = jio_vsnprintf(buffer, size, format, arguments);
  va_end(arguments);
  return length;
}

int jio_vfprintf(FILE *file, const char *format, va_list arguments) { return vfprintf(file, format, arguments); }

int jio_fprintf(FILE *file, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vfprintf(file, format, arguments);
  va_end(arguments);
  return length;
}
