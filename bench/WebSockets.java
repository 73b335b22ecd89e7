import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.concurrent.Semaphore;

/** Idle WebSockets: {@code serve port} accepts them, {@code open port number} opens them, prints how many, and waits. */
public class WebSockets {
    private static final byte[] REQUEST = ("GET /ws HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            .getBytes();
    private static final byte[] ANSWER = ("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                    + "Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
            .getBytes();

    public static void main(String[] arguments) throws Exception {
        var port = Integer.parseInt(arguments[1]);
        if (arguments[0].equals("serve")) {
            serve(port);
        } else {
            open(port, Integer.parseInt(arguments[2]));
        }
    }

    private static void serve(int port) throws IOException {
        try (var listener = new ServerSocket(port, 4096)) {
            while (true) {
                var socket = listener.accept();
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        readHead(socket);
                        socket.getOutputStream().write(ANSWER);
                        socket.getInputStream().read();
                    } catch (IOException closed) {
                        // The client went away.
                    }
                });
            }
        }
    }

    private static void open(int port, int number) throws Exception {
        var sockets = new ArrayList<Socket>();
        var atOnce = new Semaphore(64);
        var threads = new ArrayList<Thread>();
        for (var i = 0; i < number; i++) {
            atOnce.acquire();
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    var socket = new Socket(InetAddress.getLoopbackAddress(), port);
                    socket.getOutputStream().write(REQUEST);
                    readHead(socket);
                    synchronized (sockets) {
                        sockets.add(socket);
                    }
                } catch (IOException refused) {
                    // It is not counted.
                } finally {
                    atOnce.release();
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        System.out.println(sockets.size());
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void readHead(Socket socket) throws IOException {
        var in = socket.getInputStream();
        for (var last = 0; last != 0x0d0a0d0a; ) {
            var next = in.read();
            if (next < 0) {
                throw new IOException("closed");
            }
            last = last << 8 | next;
        }
    }
}
