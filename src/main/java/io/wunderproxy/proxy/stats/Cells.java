package io.wunderproxy.proxy.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Numbers that one thread changes and every thread may read. A change is an ordinary addition without a locked instruction; what
 * another thread reads may be a moment old, but never goes back, and is never older than what it read before.
 */
final class Cells {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    /** On either side, so that two loops do not write to the same cache line. */
    private static final int MARGIN = 16;

    private final long[] cells;

    Cells(int number) {
        cells = new long[MARGIN + number + MARGIN];
    }

    /** Changes one; on the thread that they belong to. */
    void add(int index, long more) {
        CELL.setRelease(cells, MARGIN + index, cells[MARGIN + index] + more);
    }

    long get(int index) {
        return (long) CELL.getAcquire(cells, MARGIN + index);
    }
}
