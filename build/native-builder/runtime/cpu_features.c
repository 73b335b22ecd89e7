/* libchelper: which features this CPU has (Intel SDM volume 2, CPUID; AMD APM volume 3). */
#include "amd64cpufeatures.h"

#include <cpuid.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool bit(uint64_t value, int n) { return value >> n & 1; }

/* The register state that the operating system saves; a feature whose state it does not save is of no use. */
static uint64_t saved_state(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t) high << 32 | low;
}

void determineCPUFeatures(CPUFeatures *f) {
  uint32_t leaves, extended_leaves, vendor, a, b, c, d;
  memset(f, 0, sizeof *f);
  __cpuid(0, leaves, vendor, c, d);
  __cpuid(0x80000000u, extended_leaves, b, c, d);

  __cpuid(1, a, b, c, d);
  uint64_t state = bit(c, 27) ? saved_state() : 0;
  bool ymm = (state & 0x06) == 0x06;
  bool zmm = ymm && (state & 0xe0) == 0xe0;
  f->fTSC = bit(d, 4);
  f->fCX8 = bit(d, 8);
  f->fCMOV = bit(d, 15);
  f->fFLUSH = bit(d, 19);
  f->fMMX = bit(d, 23);
  f->fFXSR = bit(d, 24);
  f->fSSE = bit(d, 25);
  f->fSSE2 = bit(d, 26);
  f->fHT = bit(d, 28);
  f->fSSE3 = bit(c, 0);
  f->fCLMUL = bit(c, 1);
  f->fSSSE3 = bit(c, 9);
  f->fFMA = ymm && bit(c, 12);
  f->fSSE4_1 = bit(c, 19);
  f->fSSE4_2 = bit(c, 20);
  f->fPOPCNT = bit(c, 23);
  f->fAES = bit(c, 25);
  f->fAVX = ymm && bit(c, 28);
  f->fF16C = ymm && bit(c, 29);
  f->fHV = bit(c, 31);
  f->fVZEROUPPER = f->fAVX;

  if (leaves >= 7) {
    uint32_t subleaves;
    __cpuid_count(7, 0, subleaves, b, c, d);
    f->fBMI1 = bit(b, 3);
    f->fAVX2 = f->fAVX && bit(b, 5);
    f->fBMI2 = bit(b, 8);
    f->fERMS = bit(b, 9);
    f->fRTM = bit(b, 11);
    f->fADX = bit(b, 19);
    f->fFLUSHOPT = bit(b, 23);
    f->fCLWB = bit(b, 24);
    f->fSHA = bit(b, 29);
    f->fPKU = bit(c, 3);
    f->fOSPKE = bit(c, 4);
    f->fCET_SS = bit(c, 7);
    f->fGFNI = bit(c, 8);
    f->fRDPID = bit(c, 22);
    f->fFSRM = bit(d, 4);
    f->fSERIALIZE = bit(d, 14);
    f->fCET_IBT = bit(d, 20);
    if (zmm && bit(b, 16)) {
      f->fAVX512F = 1;
      f->fAVX512DQ = bit(b, 17);
      f->fAVX512_IFMA = bit(b, 21);
      f->fAVX512PF = bit(b, 26);
      f->fAVX512ER = bit(b, 27);
      f->fAVX512CD = bit(b, 28);
      f->fAVX512BW = bit(b, 30);
      f->fAVX512VL = bit(b, 31);
      f->fAVX512_VBMI = bit(c, 1);
      f->fAVX512_VBMI2 = bit(c, 6);
      f->fAVX512_VAES = bit(c, 9);
      f->fAVX512_VPCLMULQDQ = bit(c, 10);
      f->fAVX512_VNNI = bit(c, 11);
      f->fAVX512_BITALG = bit(c, 12);
      f->fAVX512_VPOPCNTDQ = bit(c, 14);
      f->fAVX512_FP16 = bit(d, 23);
    }
    if (subleaves >= 1) {
      __cpuid_count(7, 1, a, b, c, d);
      f->fSHA512 = f->fAVX2 && bit(a, 0);
      f->fAVX_IFMA = f->fAVX2 && bit(a, 23);
      f->fAPX_F = ymm && bit(state, 19) && bit(d, 21);
      if (zmm && bit(d, 19) && leaves >= 0x24) {
        __cpuid_count(0x24, 0, a, b, c, d);
        f->fAVX10_1 = (b & 0xff) >= 1;
        f->fAVX10_2 = (b & 0xff) >= 2;
      }
    }
  }
  if (extended_leaves >= 0x80000001u) {
    __cpuid(0x80000001u, a, b, c, d);
    f->fLZCNT = bit(c, 5);
    f->fSSE4A = vendor != signature_INTEL_ebx && bit(c, 6);
    f->fAMD_3DNOW_PREFETCH = bit(c, 8);
    f->fRDTSCP = bit(d, 27);
  }
  if (extended_leaves >= 0x80000007u) {
    __cpuid(0x80000007u, a, b, c, d);
    f->fTSCINV_BIT = bit(d, 8);
    f->fTSCINV = f->fTSCINV_BIT;
  }
}

/* 0 when all that the image was built for are here. In the mask, the byte of such a feature is 0xfe, else 0xff. */
int checkCPUFeatures(const unsigned char *mask) {
  CPUFeatures features;
  determineCPUFeatures(&features);
  const unsigned char *feature = (const unsigned char *) &features;
  for (size_t i = 0; i < sizeof features; i++) {
    if ((feature[i] | mask[i]) != 0xff) return 1;
  }
  return 0;
}

int checkCPUFeaturesOrExit(const unsigned char *mask, const char *message) {
  if (checkCPUFeatures(mask)) {
    fprintf(stderr, "%s\n", message);
    exit(1);
  }
  return 0;
}
