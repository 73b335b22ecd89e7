package io.wunderproxy.testkit;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.internal.StringUtil;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** Netty's own detector of buffers that nobody releases, which remembers what it finds instead of writing it into a log. */
final class LeakDetector<T> extends ResourceLeakDetector<T> {
    private static final List<LeakDetector<?>> ALL = new CopyOnWriteArrayList<>();
    private static final Queue<String> FOUND = new ConcurrentLinkedQueue<>();

    private LeakDetector(Class<?> type, int interval) {
        super(type, interval);
        ALL.add(this);
    }

    /** Netty makes each of its detectors here. */
    private static final class Factory extends ResourceLeakDetectorFactory {
        @Override
        @Deprecated
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> type, int interval, long mostActive) {
            return new LeakDetector<>(type, interval);
        }

        @Override
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> type, int interval) {
            return new LeakDetector<>(type, interval);
        }
    }

    /** Remembers from now on what Netty's detectors find. It comes too late for those that are there already. */
    static void install() {
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new Factory());
    }

    /** Loses an object that a detector watches. */
    static void loseOne() {
        new LeakDetector<>(Lost.class, 1).track(new Lost());
    }

    /** An object that is lost on purpose. */
    private static final class Lost {}

    /** Lets all detectors look at what the collector has found since, and removes and returns what they report. */
    static List<String> found() {
        ALL.forEach(LeakDetector::look);
        var found = List.copyOf(FOUND);
        FOUND.removeAll(found);
        return found;
    }

    static boolean isLostOne(String report) {
        return report.startsWith(StringUtil.simpleClassName(Lost.class) + ":");
    }

    /** A detector looks whenever it is given something to watch. */
    @SuppressWarnings("unchecked")
    private void look() {
        var watched = (T) new Object();
        track(watched).close(watched);
    }

    @Override
    protected boolean needReport() {
        return true;
    }

    @Override
    protected void reportTracedLeak(String type, String records) {
        FOUND.add(type + ":" + records.replaceAll("\\n\t(org\\.junit|org\\.apache\\.maven|java\\.base)[^\n]*", ""));
    }

    @Override
    protected void reportUntracedLeak(String type) {
        FOUND.add(type + ":");
    }
}
