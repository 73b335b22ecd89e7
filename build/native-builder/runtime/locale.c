/* libchelper: the locale of the process, as Java names it. */
#define _GNU_SOURCE
#include "svm_locale.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>

static svm_locale_props_t properties;

/* "de_AT.UTF-8@euro" to language, country, script and variant, which live as long as the process. */
static bool split(int category, const char **language, const char **script, const char **country,
                  const char **variant) {
  static const char *const scripts[][2] = {
      {"Arab", "Arab"}, {"cyrillic", "Cyrl"}, {"devanagari", "Deva"}, {"iqtelif", "Latn"}, {"latin", "Latn"}};
  const char *name = setlocale(category, NULL);
  if (!name || !strcmp(name, "C") || !strncmp(name, "C.", 2) || !strcmp(name, "POSIX")) name = "en";
  char *copy = strdup(name);
  if (!copy) return false;

  char *modifier = strchr(copy, '@');
  if (modifier) *modifier++ = 0;
  char *encoding = strchr(copy, '.');
  if (encoding) *encoding = 0;
  char *territory = strchr(copy, '_');
  if (territory) *territory++ = 0;

  *language = *copy ? copy : "en";
  *country = territory && *territory ? territory : NULL;
  *script = NULL;
  *variant = modifier && !strcmp(modifier, "nynorsk") ? "NY" : NULL;
  for (size_t i = 0; modifier && i < sizeof scripts / sizeof *scripts; i++) {
    if (!strcmp(modifier, scripts[i][0])) *script = scripts[i][1];
  }
  return true;
}

int svm_initialize_locale(void) {
  svm_locale_props_t *p = &properties;
  setlocale(LC_ALL, "");
  bool done =
      split(LC_MESSAGES, &p->display_language, &p->display_script, &p->display_country, &p->display_variant) &&
      split(LC_CTYPE, &p->format_language, &p->format_script, &p->format_country, &p->format_variant);
  return done ? SVM_LOCALE_INITIALIZATION_SUCCEEDED : SVM_LOCALE_INITIALIZATION_OUT_OF_MEMORY;
}

const svm_locale_props_t *svm_get_locale(void) { return &properties; }
