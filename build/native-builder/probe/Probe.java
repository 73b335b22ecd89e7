import com.sun.management.UnixOperatingSystemMXBean;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.security.KeyStore;
import java.time.ZoneId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import sun.misc.Signal;

/** Does in an image, one at a time, what needs the native side of the runtime: PROBE [ARGUMENT]... prints one line. */
public final class Probe {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private Probe() {}

  public static void main(String[] args) throws Exception {
    String answer =
        switch (args[0]) {
          case "hello" -> "hello from " + System.getProperty("java.vm.name");
          case "virtual-threads" -> virtualThreads();
          case "unix-socket" -> unixSocket(Path.of(args[1]));
          case "tls" -> tls(Path.of(args[1]), Path.of(args[2]));
          case "signal" -> signal();
          case "wait" -> waitForTermination();
          case "library" -> library(Path.of(args[1]));
          case "limits" -> limits();
          case "process-statistics" -> processStatistics();
          case "zip" -> zip("text ".repeat(1000));
          case "process" -> process();
          case "watch" -> watch(Path.of(args[1]));
          case "stack-overflow" -> stackOverflow();
          case "names" -> InetAddress.getByName("localhost").isLoopbackAddress() + " " + ZoneId.systemDefault();
          default -> throw new IllegalArgumentException(args[0]);
        };
    System.out.println(answer);
  }

  private static String virtualThreads() {
    var count = new AtomicInteger();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 1000; i++) {
        executor.submit(
            () -> {
              Thread.sleep(10);
              return count.incrementAndGet();
            });
      }
    }
    return count + " ended";
  }

  private static String unixSocket(Path path) throws Exception {
    var address = UnixDomainSocketAddress.of(path);
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address);
      Thread.startVirtualThread(
          () -> {
            try (var client = SocketChannel.open(address)) {
              client.write(ByteBuffer.wrap("through a socket".getBytes()));
            } catch (Exception e) {
              e.printStackTrace();
            }
          });
      try (var connection = server.accept()) {
        var text = ByteBuffer.allocate(100);
        while (connection.read(text) >= 0) {}
        return new String(text.array(), 0, text.position());
      }
    }
  }

  /** A server with a certificate of its own, and a client that trusts nobody but it. */
  private static String tls(Path keyStore, Path trustStore) throws Exception {
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(KeyStore.getInstance(keyStore.toFile(), PASSWORD), PASSWORD);
    var serverSide = SSLContext.getInstance("TLS");
    serverSide.init(keys.getKeyManagers(), null, null);
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(KeyStore.getInstance(trustStore.toFile(), PASSWORD));
    var clientSide = SSLContext.getInstance("TLS");
    clientSide.init(null, trust.getTrustManagers(), null);

    var server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(serverSide));
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try (var body = exchange.getResponseBody()) {
            body.write("over TLS".getBytes());
          }
        });
    server.start();
    try (var client = HttpClient.newBuilder().sslContext(clientSide).build()) {
      var uri = URI.create("https://localhost:" + server.getAddress().getPort() + "/");
      var response = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
      return response.statusCode() + " " + response.body() + " " + response.sslSession().orElseThrow().getProtocol();
    } finally {
      server.stop(0);
    }
  }

  private static String signal() throws Exception {
    var caught = new CompletableFuture<String>();
    Signal.handle(new Signal("USR2"), signal -> caught.complete(signal.getName()));
    Signal.raise(new Signal("USR2"));
    return caught.get(10, TimeUnit.SECONDS);
  }

  /** Says that it waits, and when it is told to end. */
  private static String waitForTermination() throws Exception {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("shut down")));
    System.out.println("waiting");
    new CountDownLatch(1).await(20, TimeUnit.SECONDS);
    return "nobody came";
  }

  private static native String fromLibrary(String text);

  private static String library(Path path) {
    System.load(path.toAbsolutePath().toString());
    return fromLibrary("image");
  }

  private static String limits() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.availableProcessors() + " CPU, " + runtime.maxMemory() / 1_000_000 + " MB of heap";
  }

  private static String processStatistics() {
    var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    boolean known =
        system.getProcessCpuTime() >= 0
            && system.getProcessCpuLoad() >= 0
            && system.getSystemLoadAverage() >= 0
            && system.getTotalMemorySize() > 0
            && system.getOpenFileDescriptorCount() > 0;
    return known ? "known" : "unknown";
  }

  private static String zip(String text) throws Exception {
    var zipped = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(zipped)) {
      out.write(text.getBytes());
    }
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(zipped.toByteArray()))) {
      return zipped.size() < text.length() && new String(in.readAllBytes()).equals(text) ? "the same" : "changed";
    }
  }

  private static String process() throws Exception {
    Process process = new ProcessBuilder("echo", "from a process").start();
    return new String(process.getInputStream().readAllBytes()).strip() + ", " + process.waitFor();
  }

  private static String watch(Path folder) throws Exception {
    try (var watcher = FileSystems.getDefault().newWatchService()) {
      folder.register(watcher, StandardWatchEventKinds.ENTRY_CREATE);
      Files.createFile(folder.resolve("new"));
      var key = watcher.poll(10, TimeUnit.SECONDS);
      return "seen: " + key.pollEvents().getFirst().context();
    }
  }

  private static String stackOverflow() {
    try {
      return "" + depth(0);
    } catch (StackOverflowError e) {
      return "caught";
    }
  }

  private static int depth(int n) {
    return depth(n + 1) + depth(n + 2) + 1;
  }
}
