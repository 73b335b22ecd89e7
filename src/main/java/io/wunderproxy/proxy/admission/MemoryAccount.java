package io.wunderproxy.proxy.admission;

/**
 * The bytes that wait in memory on behalf of one client connection, whatever they wait for: a part of the budget that all
 * connections share, and the measure of whom to cut off when that is overdrawn. On one event loop.
 */
public final class MemoryAccount {
    private final Budget budget;
    private final Runnable onOverdraft;
    private long bytes;

    /** @param onOverdraft runs each time more is counted although the budget is overdrawn; must return at once */
    public MemoryAccount(Budget budget, Runnable onOverdraft) {
        this.budget = budget;
        this.onOverdraft = onOverdraft;
    }

    /** Counts bytes if the budget has that many left; if so, {@link #give} must follow. */
    public boolean take(long more) {
        var taken = budget.take(more);
        if (taken) {
            bytes += more;
        }
        return taken;
    }

    /** Counts bytes that wait already; {@link #give} must follow. */
    public void claim(long more) {
        if (more != 0) {
            bytes += more;
            budget.claim(more);
            if (more > 0 && budget.overdraft() > 0) {
                onOverdraft.run();
            }
        }
    }

    public void give(long less) {
        if (less != 0) {
            bytes -= less;
            budget.give(less);
        }
    }

    /** Whether the budget has nothing left, so that as little as possible should wait. */
    public boolean isSpent() {
        return budget.isSpent();
    }

    /** The bytes that wait now. */
    public long bytes() {
        return bytes;
    }
}
