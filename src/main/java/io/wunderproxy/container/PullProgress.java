package io.wunderproxy.container;

import com.github.dockerjava.api.command.PullImageResultCallback;
import com.github.dockerjava.api.model.PullResponseItem;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Turns the engine's many messages about a pull into few lines: one for each tenth of the bytes known so far. */
final class PullProgress extends PullImageResultCallback {

    private record Layer(long current, long total) {}

    private final String image;
    private final Consumer<String> lines;
    private final Map<String, Layer> layers = new LinkedHashMap<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private long toldTenths = -1;
    private volatile long lastNews = System.nanoTime();

    PullProgress(String image, Consumer<String> lines) {
        this.image = image;
        this.lines = lines;
    }

    /** Nanoseconds since the engine last said anything. */
    long silence() {
        return System.nanoTime() - lastNews;
    }

    /** Waits for the end of the pull; the library's own wait with a time-out would close it. */
    boolean ended(Duration within) throws InterruptedException {
        return end.await(within.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void onComplete() {
        super.onComplete();
        end.countDown();
    }

    @Override
    public void onError(Throwable failure) {
        super.onError(failure);
        end.countDown();
    }

    @Override
    public void onNext(PullResponseItem item) {
        super.onNext(item);
        lastNews = System.nanoTime();
        var detail = item.getProgressDetail();
        if (!"Downloading".equals(item.getStatus()) || detail == null || detail.getTotal() == null) {
            return;
        }
        layers.put(item.getId(), new Layer(detail.getCurrent(), detail.getTotal()));
        var current = layers.values().stream().mapToLong(Layer::current).sum();
        var total = layers.values().stream().mapToLong(Layer::total).sum();
        var tenths = total == 0 ? 0 : 10 * current / total;
        if (tenths > toldTenths) {
            toldTenths = tenths;
            lines.accept("pulling " + image + ": " + current / 1_000_000 + " of " + total / 1_000_000 + " MB");
        }
    }
}
