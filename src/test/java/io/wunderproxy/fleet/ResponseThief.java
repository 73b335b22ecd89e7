package io.wunderproxy.fleet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** Stands before an HTTP server and closes the connection on request instead of passing a response on. */
final class ResponseThief implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)");

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicBoolean steal = new AtomicBoolean();
    private final AtomicInteger stolen = new AtomicInteger();
    private final int target;

    ResponseThief(int target) throws IOException {
        this.target = target;
        Thread.ofVirtual().start(() -> {
            while (!listener.isClosed()) {
                try {
                    var client = listener.accept();
                    Thread.ofVirtual().start(() -> serve(client));
                } catch (IOException closed) {
                    return;
                }
            }
        });
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    void stealNext() {
        steal.set(true);
    }

    int stolen() {
        return stolen.get();
    }

    private void serve(Socket client) {
        try (client;
                var server = new Socket(InetAddress.getLoopbackAddress(), target)) {
            for (var request = message(client.getInputStream());
                    request.length > 0;
                    request = message(client.getInputStream())) {
                server.getOutputStream().write(request);
                var response = message(server.getInputStream());
                if (steal.getAndSet(false)) {
                    stolen.incrementAndGet();
                    return;
                }
                client.getOutputStream().write(response);
            }
        } catch (IOException closed) {
            // The other side sees it as well.
        }
    }

    /** One message with its body; empty at the end. */
    private static byte[] message(InputStream in) throws IOException {
        var message = new ByteArrayOutputStream();
        while (!message.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            var next = in.read();
            if (next < 0) {
                return new byte[0];
            }
            message.write(next);
        }
        var length = LENGTH.matcher(message.toString(StandardCharsets.ISO_8859_1));
        if (length.find()) {
            message.write(in.readNBytes(Integer.parseInt(length.group(1))));
        }
        return message.toByteArray();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
