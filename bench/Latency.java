import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Requests at a steady rate, whatever the responses take: {@code Latency url seconds}. Prints the median and the 99th
 * percentile in microseconds, counted from when a request was due, and the number of requests.
 */
public class Latency {
    private static final int RATE = 1000;
    private static final int CONNECTIONS = 8;

    public static void main(String[] arguments) throws Exception {
        var url = URI.create(arguments[0]);
        var seconds = Integer.parseInt(arguments[1]);
        run(url, 2);
        var times = run(url, seconds);
        Collections.sort(times);
        System.out.println(times.get(times.size() / 2) / 1000 + " " + times.get(times.size() * 99 / 100) / 1000 + " "
                + times.size());
    }

    private static List<Long> run(URI url, int seconds) throws Exception {
        var times = Collections.synchronizedList(new ArrayList<Long>());
        var began = System.nanoTime();
        var threads = new ArrayList<Thread>();
        for (var i = 0; i < CONNECTIONS; i++) {
            var offset = i;
            threads.add(Thread.ofPlatform().start(() -> send(url, began, offset, seconds, times)));
        }
        for (var thread : threads) {
            thread.join();
        }
        return times;
    }

    private static void send(URI url, long began, int offset, int seconds, List<Long> times) {
        var request = ("GET " + url.getPath() + " HTTP/1.1\r\nHost: bench\r\n\r\n").getBytes();
        try (var socket = new Socket(url.getHost(), url.getPort())) {
            socket.setTcpNoDelay(true);
            var in = new BufferedInputStream(socket.getInputStream());
            for (var i = offset; i < RATE * seconds; i += CONNECTIONS) {
                var due = began + i * (1_000_000_000L / RATE);
                for (var left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                socket.getOutputStream().write(request);
                readAnswer(in);
                times.add(System.nanoTime() - due);
            }
        } catch (IOException cut) {
            throw new IllegalStateException(cut);
        }
    }

    private static void readAnswer(BufferedInputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            var next = in.read();
            if (next < 0) {
                throw new IOException("closed");
            }
            head.append((char) next);
        }
        var text = head.toString().toLowerCase();
        var at = text.indexOf("content-length:") + "content-length:".length();
        in.skipNBytes(Integer.parseInt(text.substring(at, text.indexOf('\r', at)).strip()));
    }
}
