import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/**
 * Clients that stop half way, and what that costs the proxy: {@code HostileClients pid port tls-port clients seconds phase...}
 * opens that many for each phase in turn, looks at the process for so many seconds and prints a line of what it saw.
 * {@code HostileClients pid port - 0 seconds name} only looks, for what another program does meanwhile. Loopback only.
 */
public class HostileClients {
    private static final String HEAD = "Host: bench\r\nX-Pad: " + "x".repeat(7000) + "\r\n";
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int STREAMS = 10;

    private static Path process;
    private static int port;
    private static final ConcurrentLinkedQueue<Long> LATENCIES = new ConcurrentLinkedQueue<>();
    private static volatile int failures;

    public static void main(String[] arguments) throws Exception {
        process = Path.of("/proc", arguments[0]);
        port = Integer.parseInt(arguments[1]);
        var clients = Integer.parseInt(arguments[3]);
        var seconds = Integer.parseInt(arguments[4]);
        Thread.ofPlatform().daemon().start(HostileClients::beAnotherClient);
        for (var phase : Arrays.copyOfRange(arguments, 5, arguments.length)) {
            var open = new ArrayList<Socket>();
            LATENCIES.clear();
            failures = 0;
            var until = System.nanoTime() + seconds * 1_000_000_000L;
            var most = new long[2];
            for (var i = 0; i < clients && System.nanoTime() < until; i++) {
                try {
                    open.add(open(phase, phase.equals("tls-hello") ? Integer.parseInt(arguments[2]) : port));
                } catch (IOException refused) {
                    // The proxy has cut it off already.
                }
                if (i % 50 == 0) {
                    look(most);
                }
            }
            while (System.nanoTime() < until) {
                look(most);
                Thread.sleep(100);
            }
            print(phase, most, open);
            for (var socket : open) {
                socket.close();
            }
        }
    }

    private static void look(long[] most) throws IOException {
        most[0] = Math.max(most[0], resident());
        try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
            most[1] = Math.max(most[1], descriptors.count());
        }
    }

    /** In KiB. */
    private static long resident() throws IOException {
        for (var line : Files.readAllLines(process.resolve("status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no VmRSS of " + process);
    }

    private static void print(String phase, long[] most, List<Socket> open) {
        var sorted = LATENCIES.stream().mapToLong(Long::longValue).sorted().toArray();
        var p99 = sorted.length == 0 ? Double.NaN : sorted[(int) (sorted.length * 0.99)] / 1e6;
        System.out.printf(
                "%-16s %8d %12d %12d %10.1f %10d %8d%n",
                phase, open.size(), most[0] / 1024, most[1], p99, sorted.length, failures);
    }

    /** One that does nothing wrong, and a new one each time it is cut off. */
    private static void beAnotherClient() {
        var request = "GET /small HTTP/1.1\r\nHost: bench\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        while (true) {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setTcpNoDelay(true);
                socket.setSoTimeout(10_000);
                var in = new DataInputStream(socket.getInputStream());
                var response = new byte[64 * 1024];
                while (true) {
                    var began = System.nanoTime();
                    socket.getOutputStream().write(request);
                    for (var got = 0; got < 1024 || in.available() > 0; ) {
                        var n = in.read(response);
                        if (n < 0) {
                            throw new IOException("cut off");
                        }
                        got += n;
                    }
                    LATENCIES.add(System.nanoTime() - began);
                    Thread.sleep(5);
                }
            } catch (IOException failed) {
                failures++;
            } catch (InterruptedException over) {
                return;
            }
        }
    }

    private static Socket open(String phase, int to) throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), to), 2000);
        socket.setTcpNoDelay(true);
        socket.getOutputStream().write(beginning(phase));
        return socket;
    }

    private static byte[] beginning(String phase) throws IOException {
        return switch (phase) {
            case "connected" -> new byte[0];
            case "half-head" -> text("GET /small HTTP/1.1\r\n" + HEAD);
            case "no-body" -> text("POST /post HTTP/1.1\r\n" + HEAD + "Content-Length: 1000000\r\n\r\n");
            case "half-body" -> text("POST /post HTTP/1.1\r\n" + HEAD + "Content-Length: 1000000\r\n\r\n" + "x".repeat(100_000));
            case "pipelined" -> text(("GET /small HTTP/1.1\r\n" + HEAD + "\r\n").repeat(16));
            case "not-reading" -> text("GET /big HTTP/1.1\r\nHost: bench\r\n\r\n");
            case "h2-preface" -> PREFACE;
            case "h2-window-1" -> windowsOfOne();
            case "tls-hello" -> halfAHello();
            default -> throw new IllegalArgumentException("no such phase: " + phase);
        };
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Each stream asks for 64 KiB and lets one byte of it come. */
    private static byte[] windowsOfOne() throws IOException {
        var bytes = new ByteArrayOutputStream();
        bytes.write(PREFACE);
        bytes.write(frame(4, 0, 0, new byte[] {0, 4, 0, 0, 0, 1}));
        for (var i = 0; i < STREAMS; i++) {
            var head = new ByteArrayOutputStream();
            // GET and http are in the static table (RFC 7541, appendix A); path and authority follow as literals.
            head.write(new byte[] {(byte) 0x82, (byte) 0x86, 4, 6});
            head.write(text("/large"));
            head.write(new byte[] {1, 5});
            head.write(text("bench"));
            bytes.write(frame(1, 5, 2 * i + 1, head.toByteArray()));
        }
        return bytes.toByteArray();
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putShort((short) (payload.length >> 8))
                .put((byte) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** A record of a handshake that announces 512 bytes and has 200 of them. */
    private static byte[] halfAHello() {
        var bytes = new byte[205];
        System.arraycopy(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3}, 0, bytes, 0, 11);
        return bytes;
    }
}
