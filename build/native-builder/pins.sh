# shellcheck shell=sh disable=SC2034
# What the builder is made of. A change here, or in any source beside it, makes a new builder.
# "pins --check" says which of these parts can still be had; README.md says how they are moved.

# GraalVM CE's image builder: org.graalvm.nativeimage:svm and its dependencies, from Maven Central.
# builder-jars.sha256 holds the checksum of each jar.
svm_version=25.0.2
svm_release=25.0.2+10.1 # as the release of that version names itself; Quarkus reads no shorter form
maven_dependency_plugin=3.8.1

# The JDK updates that svm works with. It refuses older ones itself, but not newer ones, in some of which Reference.get
# calls a native method that it does not know: images of 25.0.5.1 were built, and failed when they ran.
jdk_at_least=25.0.2
jdk_at_most=25.0.3

# Where Debian's archive keeps the files below, whatever its index lists.
openjdk_pool=pool/main/o/openjdk-25

# The JDK's sources, best first: FILE SHA256. The first is of the JDK that the builder was tested with.
openjdk_sources='
openjdk-25_25.0.3+9.orig.tar.xz 2dd6c441b49705480db1ebfcd03f43d5dcb7f1d4290e98c1fa6eeefae50cfa07
openjdk-25_25.0.4+7.orig.tar.xz 9deeff6ea42325d38391e5293f1ddce11a451ac383f9dd3bb197616541e9a960
'

# A JDK for machines that have none which fits: Debian 13's packages, FILE SHA256, and the C library that they ask for.
openjdk_packages='
openjdk-25-jre-headless_25.0.3+9-2~deb13u1_amd64.deb 26a9ece9acb18eed8ded435fcb7cee478a811c2472cf3aaf82432bd58c6ece0b
openjdk-25-jdk-headless_25.0.3+9-2~deb13u1_amd64.deb ca84d98b0ab085ac367bfc28971f25d6cf9434f4fc7fe1bf81378b993236d4e1
'
openjdk_packages_glibc=2.38

# Seconds that one file may take to be fetched.
fetch_limit=300
