/* A JNI library that comes to an image when that runs already, as Netty's transport does. */
#include <jni.h>
#include <stdio.h>

static char found[64];

/* Looks around at once, as most libraries do. */
JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved) {
  (void) reserved;
  JNIEnv *env;
  if ((*vm)->GetEnv(vm, (void **) &env, JNI_VERSION_10) != JNI_OK) return JNI_ERR;
  snprintf(found, sizeof found, "JNI %x", (unsigned) (*env)->GetVersion(env));
  return JNI_VERSION_10;
}

JNIEXPORT jstring JNICALL Java_Probe_fromLibrary(JNIEnv *env, jclass caller, jstring text) {
  (void) caller;
  char answer[128];
  const char *chars = (*env)->GetStringUTFChars(env, text, NULL);
  snprintf(answer, sizeof answer, "hello %s, %s", chars, found);
  (*env)->ReleaseStringUTFChars(env, text, chars);
  return (*env)->NewStringUTF(env, answer);
}
