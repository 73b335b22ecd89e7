package io.wunderproxy.blackbox;

/** Which of the processes that run test classes at the same time this is, from 1. */
final class Fork {
    static final int NUMBER = Integer.getInteger("surefire.forkNumber", 1);

    private Fork() {}
}
