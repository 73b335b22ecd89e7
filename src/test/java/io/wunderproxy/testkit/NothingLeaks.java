package io.wunderproxy.testkit;

import static org.awaitility.Awaitility.await;

import io.netty.util.ResourceLeakDetector;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Fails the run of tests in which a buffer of Netty was lost: at the end of a class for what the detector has found until then, and at
 * the end of all, when a last collection has found the rest. The report says where the buffer was made; the class may be an earlier one.
 *
 * <p>JUnit finds this extension by itself, before it looks at any test.
 */
public final class NothingLeaks implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    /** For a test of millions of buffers, or one that counts what they take: only some are watched, since each takes a stack. */
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    public @interface Sampled {}

    static {
        // Before any class of Netty is there; Vert.x turns the detector off unless somebody has asked for it by name.
        System.setProperty("io.netty.leakDetection.level", "paranoid");
        // Where it was made is enough to know, and a stack for each use would take minutes; to see the uses, give the
        // second one.
        System.setProperty("io.netty.leakDetection.acquireAndReleaseOnly", "true");
        System.getProperties().putIfAbsent("io.netty.leakDetection.targetRecords", "0");
        LeakDetector.install();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        context.getRoot().getStore(Namespace.create(NothingLeaks.class)).computeIfAbsent(AutoCloseable.class, end ->
                (AutoCloseable) () -> fail(lostUntilTheEnd()));
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        if (context.getRequiredTestMethod().isAnnotationPresent(Sampled.class)) {
            ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.ADVANCED);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (context.getRequiredTestMethod().isAnnotationPresent(Sampled.class)) {
            ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        fail(LeakDetector.found());
    }

    /** What was lost, found by collections that also find an object that is lost here, so that a detector that is off fails too. */
    static List<String> lostUntilTheEnd() {
        var lost = new ArrayList<String>();
        LeakDetector.loseOne();
        await("the detector to find what is lost")
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    System.gc();
                    lost.addAll(LeakDetector.found());
                    return lost.removeIf(LeakDetector::isLostOne);
                });
        lost.addAll(LeakDetector.found());
        if (ResourceLeakDetector.getLevel() != ResourceLeakDetector.Level.PARANOID) {
            lost.add("somebody has turned the detector down to " + ResourceLeakDetector.getLevel());
        }
        return lost;
    }

    private static void fail(List<String> lost) {
        if (!lost.isEmpty()) {
            throw new AssertionError(
                    "buffers that nobody has released, in this class or one before it:\n" + String.join("\n\n", lost));
        }
    }
}
