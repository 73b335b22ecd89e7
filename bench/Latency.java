import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Requests at a constant rate, whatever the responses take: {@code Latency url requests-a-second seconds}. Each request has its
 * time, on one of 64 connections in turn, and its latency counts from then on even if it could not be sent because the response
 * before it was late: a stall costs all the requests that it holds up, not one. The first two seconds are not counted.
 *
 * <p>Prints the 50th, 90th, 99th and 99.9th percentile and the longest latency in microseconds, and the number of requests.
 */
public class Latency {
    private static final int CONNECTIONS = 64;
    private static final int WARM_UP_SECONDS = 2;
    private static final long LONGEST_MICROS = 3_600_000_000L;
    private static final int DIGITS = 3;

    public static void main(String[] arguments) throws Exception {
        var url = URI.create(arguments[0]);
        var rate = Integer.parseInt(arguments[1]);
        run(url, rate, WARM_UP_SECONDS);
        var times = run(url, rate, Integer.parseInt(arguments[2]));
        for (var percentile : List.of(50.0, 90.0, 99.0, 99.9)) {
            System.out.print(times.getValueAtPercentile(percentile) + " ");
        }
        System.out.println(times.getMaxValue() + " " + times.getTotalCount());
    }

    private static Histogram run(URI url, int rate, int seconds) throws Exception {
        var began = System.nanoTime();
        var all = new Histogram(LONGEST_MICROS, DIGITS);
        var threads = new ArrayList<Thread>();
        var failures = new ArrayList<Throwable>();
        for (var i = 0; i < CONNECTIONS; i++) {
            var first = i;
            var thread = Thread.ofPlatform().unstarted(() -> {
                var times = send(url, rate, (long) rate * seconds, began, first);
                synchronized (all) {
                    all.add(times);
                }
            });
            thread.setUncaughtExceptionHandler((ended, failure) -> {
                synchronized (failures) {
                    failures.add(failure);
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (var thread : threads) {
            thread.join();
        }
        if (!failures.isEmpty()) {
            throw new IllegalStateException(failures.size() + " connections failed", failures.getFirst());
        }
        return all;
    }

    private static Histogram send(URI url, int rate, long requests, long began, int first) {
        var times = new Histogram(LONGEST_MICROS, DIGITS);
        var request = ("GET " + url.getPath() + " HTTP/1.1\r\nHost: bench\r\n\r\n").getBytes();
        try (var socket = new Socket(url.getHost(), url.getPort())) {
            socket.setTcpNoDelay(true);
            var in = new BufferedInputStream(socket.getInputStream());
            for (var i = (long) first; i < requests; i += CONNECTIONS) {
                var due = began + i * 1_000_000_000L / rate;
                for (var left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                socket.getOutputStream().write(request);
                readResponse(in);
                times.recordValue(Math.min((System.nanoTime() - due) / 1000, LONGEST_MICROS));
            }
        } catch (IOException cut) {
            throw new IllegalStateException(cut);
        }
        return times;
    }

    private static void readResponse(BufferedInputStream in) throws IOException {
        var head = new StringBuilder(512);
        while (head.length() < 4 || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
            var next = in.read();
            if (next < 0) {
                throw new IOException("closed");
            }
            head.append((char) next);
        }
        var text = head.toString();
        if (!text.startsWith("HTTP/1.1 200 ")) {
            throw new IOException(text.lines().findFirst().orElseThrow());
        }
        var lower = text.toLowerCase();
        var at = lower.indexOf("content-length:") + "content-length:".length();
        in.skipNBytes(Integer.parseInt(lower.substring(at, lower.indexOf('\r', at)).strip()));
    }
}
